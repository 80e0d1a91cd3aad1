// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "firewall/minimise.hpp"
#include "firewall/nft_print.hpp"
#include "lab/addresses.hpp"
#include "lab/ip_text.hpp"
#include "lab/make.hpp"
#include "lab/spaces.hpp"
#include "netfilter/nftables.hpp"
#include "plan/lower.hpp"

namespace pinhole::lab {
namespace {

/// A client always gets the same server of a load balancer, and the server answers through it.
std::string balancing(const plan::Topology& topology, const plan::LoadBalancer& balancer) {
  std::string rules;
  for (const Family family : kFamilies) {
    std::vector<std::string> inside;
    for (const plan::Index server : balancer.servers) {
      const auto& addresses = topology.servers[server].addresses;
      const auto at = std::ranges::find(addresses, family, &IpAddress::family);
      if (at != addresses.end()) {
        inside.push_back(fmt::format("{} : {}", inside.size(), to_string(*at)));
      }
    }
    const std::string_view word = family == Family::v4 ? "ip" : "ip6";
    for (const IpAddress& address : balancer.addresses) {
      if (address.family == family && !inside.empty()) {
        rules +=
            fmt::format("    {0} daddr {1} dnat {0} to jhash {0} saddr mod {2} map {{ {3} }}\n",
                        word, to_string(address), inside.size(), fmt::join(inside, ", "));
      }
    }
  }
  return fmt::format(
      "table inet {0}\ndelete table inet {0}\ntable inet {0} {{\n"
      "  chain balance {{\n    type nat hook prerouting priority dstnat;\n{1}  }}\n"
      "  chain answer {{\n    type nat hook postrouting priority srcnat;\n    masquerade\n  }}\n"
      "}}\n",
      netfilter::kTable, rules);
}

/// What the kernel of a namespace is told before it has any interface.
Checked<void> set_up_kernel(const plan::Plan& plan, const Node& node) {
  PINHOLE_CHECK(set_kernel("net/ipv6/conf/default/accept_dad", "0"));
  if (node.kind == Kind::device || node.kind == Kind::load_balancer) {
    PINHOLE_CHECK(set_kernel("net/ipv4/ip_forward", "1"));
    PINHOLE_CHECK(set_kernel("net/ipv6/conf/all/forwarding", "1"));
    PINHOLE_CHECK(set_kernel("net/ipv4/conf/all/rp_filter", "0"));
    PINHOLE_CHECK(set_kernel("net/ipv4/conf/default/rp_filter", "0"));
  }
  std::vector<std::uint16_t> reserved;
  for (const plan::Assignment& assignment : plan.assignments) {
    if (assignment.server == node.server) {
      reserved.push_back(assignment.port);
    }
  }
  if (!reserved.empty()) {
    PINHOLE_CHECK(set_kernel("net/ipv4/ip_local_reserved_ports",
                             fmt::format("{}", fmt::join(reserved, ","))));
  }
  return {};
}

}  // namespace

Checked<std::vector<std::string>> rules_of(const plan::Plan& plan, const Layout& layout,
                                           const catalogue::Catalogue& catalogue) {
  std::vector<std::string> rules;
  for (const Node& node : layout.nodes) {
    std::string& text = rules.emplace_back();
    if (node.kind == Kind::load_balancer) {
      text = balancing(plan.topology, plan.topology.load_balancers[node.index]);
    }
    if (node.kind != Kind::device) {
      continue;
    }
    firewall::Policy policy = plan::policy_for(plan, node.index, catalogue);
    for (std::size_t i = 0; i < node.links.size(); ++i) {
      policy.zones[i].interface = node.links[i].interface;
    }
    auto printed = firewall::print_nft(firewall::minimise(policy));
    if (!printed) {
      return tl::unexpected(std::move(printed).error());
    }
    text = *std::move(printed);
  }
  return rules;
}

Checked<void> make_network(const plan::Plan& plan, const Layout& layout,
                           const std::vector<std::string>& rules, int lock) {
  PINHOLE_CHECK(run_ip({}, space_commands(layout), lock));
  for (const Node& node : layout.nodes) {
    const auto inside = Inside::enter(node.space);
    if (!inside) {
      return tl::unexpected(inside.error());
    }
    PINHOLE_CHECK(set_up_kernel(plan, node));
  }
  PINHOLE_CHECK(run_ip({"-n", layout.wires}, wire_commands(layout), lock));
  for (std::size_t i = 0; i < layout.nodes.size(); ++i) {
    const Node& node = layout.nodes[i];
    // Nothing passes a device before it has its rules.
    if (!rules[i].empty()) {
      const auto inside = Inside::enter(node.space);
      if (!inside) {
        return tl::unexpected(inside.error());
      }
      PINHOLE_CHECK(netfilter::apply(rules[i]));
    }
    PINHOLE_CHECK(run_ip({"-n", node.space}, node_commands(node), lock));
  }
  return {};
}

}  // namespace pinhole::lab
