// SPDX-License-Identifier: Apache-2.0
#include "lab/layout.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "lab/addresses.hpp"
#include "lab/routes.hpp"
#include "plan/topology_lookup.hpp"

namespace pinhole::lab {
namespace {

/// Where a search for a free address begins.
constexpr std::uint32_t kFirstOfDevices = 1;
constexpr std::uint32_t kFirstOfClients = 100;
/// IFNAMSIZ of the kernel, with the zero at the end.
constexpr std::size_t kMaxInterface = 15;

constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789";

tl::unexpected<Diagnostics> no_address(const plan::Zone& zone, Family family) {
  return failure(
      {"lab-no-address", Severity::error, zone.place,
       fmt::format("no IPv{} address is left in zone {}", family == Family::v4 ? 4 : 6, zone.name),
       "give the zone a larger network, or the clients one of several addresses", Exit::usage});
}

/// Whether Linux takes this name, and `ip` takes it for nothing else.
bool is_interface_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxInterface && name != "lo" && name != "all" &&
         name != "default" && name.front() != '-' && name.front() != '.' &&
         name.find_first_of("/:@") == std::string_view::npos;
}

class Builder {
 public:
  Builder(const plan::Topology& topology, std::string_view name)
      : topology_(&topology), prefix_(fmt::format("pinhole-{}-", name)), addresses_(topology) {
    layout_.wires = space_of("wires");
  }

  Checked<Layout> make() {
    for (plan::Index i = 0; i < topology_->devices.size(); ++i) {
      PINHOLE_CHECK(add_device(i));
    }
    for (plan::Index i = 0; i < topology_->servers.size(); ++i) {
      if (!topology_->servers[i].device) {
        add_server(i);
      }
    }
    for (plan::Index i = 0; i < topology_->load_balancers.size(); ++i) {
      const plan::LoadBalancer& row = topology_->load_balancers[i];
      Node& node = add(Kind::load_balancer, i, row.name);
      node.links.push_back({row.zone, "eth0", row.addresses});
    }
    for (plan::Index zone = 0; zone < topology_->zones.size(); ++zone) {
      PINHOLE_CHECK(add_clients(zone));
    }
    add_routes(*topology_, addresses_, layout_);
    return std::move(layout_);
  }

 private:
  /// A name for a namespace that no other has: what is no plain letter or digit becomes a hyphen.
  std::string space_of(std::string_view name) {
    std::string text = prefix_;
    for (const char c : name) {
      const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      text += kPlain.find(lower) == std::string_view::npos ? '-' : lower;
    }
    std::string unique = text;
    for (int i = 2; !spaces_.insert(unique).second; ++i) {
      unique = fmt::format("{}-{}", text, i);
    }
    return unique;
  }

  Node& add(Kind kind, plan::Index index, const std::string& name) {
    Node& node = layout_.nodes.emplace_back();
    node.kind = kind;
    node.index = index;
    node.name = name;
    node.space = space_of(name);
    return node;
  }

  Checked<void> add_device(plan::Index index) {
    const plan::Device& device = topology_->devices[index];
    Node& node = add(Kind::device, index, device.name);
    const auto self =
        std::ranges::find(topology_->servers, std::optional(index), &plan::Server::device);
    if (self != topology_->servers.end()) {
      node.server = static_cast<plan::Index>(self - topology_->servers.begin());
    }
    std::set<std::string> names;
    for (const plan::DeviceInterface& interface : device.interfaces) {
      if (is_interface_name(interface.name)) {
        names.insert(interface.name);
      }
    }
    for (const plan::DeviceInterface& interface : device.interfaces) {
      Link link{interface.zone, interface.name, {}};
      for (int i = 1; !is_interface_name(link.interface); ++i) {
        const std::string name = fmt::format("eth{}", i);
        link.interface = names.insert(name).second ? name : "";
      }
      PINHOLE_CHECK(address_device(node, link));
      node.links.push_back(std::move(link));
    }
    return {};
  }

  /// The device's own addresses in a zone, then those that it answers for in others' names.
  Checked<void> address_device(const Node& node, Link& link) {
    if (node.server) {
      for (const IpAddress& address : addresses_of(*node.server)) {
        if (plan::zone_of(*topology_, address) == link.zone) {
          link.addresses.push_back(address);
        }
      }
    }
    const auto& networks = addresses_.networks(link.zone);
    for (const Family family : kFamilies) {
      const bool has = std::ranges::any_of(
          link.addresses, [&](const IpAddress& address) { return address.family == family; });
      const bool wants = std::ranges::any_of(
          networks, [&](const IpPrefix& network) { return network.address.family == family; });
      if (wants && !has) {
        const auto address = addresses_.take(networks, family, kFirstOfDevices);
        if (!address) {
          return no_address(topology_->zones[link.zone], family);
        }
        link.addresses.push_back(*address);
      }
    }
    for (const plan::Translation& each : topology_->devices[node.index].translations) {
      if (plan::zone_of(*topology_, each.outside) == link.zone &&
          std::ranges::find(link.addresses, each.outside) == link.addresses.end()) {
        link.addresses.push_back(each.outside);
      }
    }
    return {};
  }

  /// Its own, and those of the arrays and clusters of which it is the first server.
  [[nodiscard]] std::vector<IpAddress> addresses_of(plan::Index server) const {
    std::vector<IpAddress> addresses = topology_->servers[server].addresses;
    const auto add_groups = [&](const std::vector<plan::ServerGroup>& groups) {
      for (const plan::ServerGroup& group : groups) {
        if (!group.servers.empty() && group.servers.front() == server) {
          addresses.insert(addresses.end(), group.addresses.begin(), group.addresses.end());
        }
      }
    };
    add_groups(topology_->arrays);
    add_groups(topology_->clusters);
    return addresses;
  }

  void add_server(plan::Index index) {
    const plan::Server& server = topology_->servers[index];
    Node& node = add(Kind::server, index, server.name);
    node.server = index;
    node.links.push_back({server.zone, "eth0", addresses_of(index)});
  }

  /// One namespace for all groups of clients of a zone. A group whose networks hold none of the
  /// addresses so far brings one more.
  Checked<void> add_clients(plan::Index zone) {
    Link link{zone, "eth0", {}};
    bool is_there = false;
    for (const plan::ClientGroup& group : topology_->clients) {
      if (group.zone != zone) {
        continue;
      }
      is_there = true;
      const auto& networks = group.networks.empty() ? addresses_.networks(zone) : group.networks;
      for (const Family family : kFamilies) {
        const bool wants = std::ranges::any_of(
            networks, [&](const IpPrefix& network) { return network.address.family == family; });
        const bool has = std::ranges::any_of(link.addresses, [&](const IpAddress& address) {
          return address.family == family && is_in(networks, address);
        });
        if (!wants || has) {
          continue;
        }
        const auto address = addresses_.take(networks, family, kFirstOfClients);
        if (!address) {
          return no_address(topology_->zones[zone], family);
        }
        link.addresses.push_back(*address);
      }
    }
    if (is_there) {
      Node& node = add(Kind::clients, zone, topology_->zones[zone].name);
      node.links.push_back(std::move(link));
    }
    return {};
  }

  const plan::Topology* topology_;
  std::string prefix_;
  Addresses addresses_;
  std::set<std::string> spaces_;
  Layout layout_;
};

}  // namespace

Checked<Layout> make_layout(const plan::Topology& topology, std::string_view name) {
  return Builder(topology, name).make();
}

}  // namespace pinhole::lab
