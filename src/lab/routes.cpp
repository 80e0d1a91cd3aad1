// SPDX-License-Identifier: Apache-2.0
#include "lab/routes.hpp"

#include <algorithm>
#include <utility>

#include "plan/paths.hpp"

namespace pinhole::lab {
namespace {

/// The way out of a node: one of its links and, on it, the next device.
struct WayOut {
  const Link* link = nullptr;
  plan::Index device = 0;
};

std::optional<IpAddress> first_of(const Link& link, Family family) {
  const auto at = std::ranges::find(link.addresses, family, &IpAddress::family);
  return at == link.addresses.end() ? std::nullopt : std::optional(*at);
}

class Router {
 public:
  Router(const plan::Topology& topology, const Addresses& addresses, const Layout& layout)
      : topology_(&topology), layout_(&layout), paths_(topology) {
    for (plan::Index zone = 0; zone < topology.zones.size(); ++zone) {
      local_.push_back(addresses.networks(zone));
    }
    for (const Node& node : layout.nodes) {
      for (const Link& link : node.links) {
        add_hosts(link);
      }
    }
  }

  std::vector<Route> routes_of(const Node& node) {
    std::vector<Route> routes;
    for (const Link& link : node.links) {
      for (const IpPrefix& prefix : local_[link.zone]) {
        if (first_of(link, prefix.address.family) && !is_own(link, prefix)) {
          routes.push_back({prefix, link.interface, std::nullopt});
        }
      }
    }
    for (plan::Index zone = 0; zone < topology_->zones.size(); ++zone) {
      if (const auto out = way_out_of(node, zone)) {
        add_distant(*out, zone, routes);
      }
    }
    return routes;
  }

 private:
  /// An address outside the networks of its zone is reached on the link too.
  void add_hosts(const Link& link) {
    for (const IpAddress& address : link.addresses) {
      if (!is_in(local_[link.zone], address)) {
        local_[link.zone].push_back(host_prefix(address));
      }
    }
  }

  static bool is_own(const Link& link, const IpPrefix& prefix) {
    return std::ranges::any_of(
        link.addresses, [&](const IpAddress& address) { return host_prefix(address) == prefix; });
  }

  [[nodiscard]] std::optional<WayOut> way_out_of(const Node& node, plan::Index zone) {
    const Link* link = &node.links.front();
    if (node.kind == Kind::device) {
      const auto side = plan::sides_of(*topology_, node.index)[zone];
      if (!side) {
        return std::nullopt;
      }
      link = &node.links[*side];
    }
    const plan::Path& way = paths_.between(link->zone, zone);
    if (!way || way->empty()) {
      return std::nullopt;
    }
    return WayOut{link, way->front().device};
  }

  void add_distant(const WayOut& out, plan::Index zone, std::vector<Route>& routes) const {
    // The layout begins with the devices, in the topology's order.
    const Node& next = layout_->nodes[out.device];
    const auto at = std::ranges::find(next.links, out.link->zone, &Link::zone);
    if (at == next.links.end()) {
      return;
    }
    std::vector<IpPrefix> prefixes = local_[zone];
    if (topology_->zones[zone].networks.empty()) {
      prefixes = {{IpAddress::v4(0), 0}, {IpAddress::v6({}), 0}};
    }
    for (const IpPrefix& prefix : prefixes) {
      const Family family = prefix.address.family;
      const auto via = first_of(*at, family);
      if (via && first_of(*out.link, family)) {
        routes.push_back({prefix, out.link->interface, via});
      }
    }
  }

  const plan::Topology* topology_;
  const Layout* layout_;
  plan::Paths paths_;
  std::vector<std::vector<IpPrefix>> local_;  // by zone
};

}  // namespace

void add_routes(const plan::Topology& topology, const Addresses& addresses, Layout& layout) {
  Router router(topology, addresses, layout);
  for (Node& node : layout.nodes) {
    node.routes = router.routes_of(node);
  }
}

}  // namespace pinhole::lab
