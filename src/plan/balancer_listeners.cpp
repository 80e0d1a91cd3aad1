// SPDX-License-Identifier: Apache-2.0
#include "plan/balancer_listeners.hpp"

#include <algorithm>

#include "plan/apply_quote.hpp"
#include "plan/apply_ways.hpp"

namespace pinhole::plan {

Listeners listeners_of(const Plan& plan, Index balancer, const catalogue::Catalogue& catalogue) {
  Listeners listeners;
  for (const Flow& flow : plan.flows) {
    const bool mine = flow.to == Party{Party::Kind::load_balancer, balancer} &&
                      flow.transport == Transport::tcp && !flow.ports.dynamic_of;
    if (!mine) {
      continue;
    }
    if (flow.ports.settings.empty()) {
      const PortSet ports = ports_of(plan, flow, catalogue);
      const auto& servers = plan.topology.load_balancers[balancer].servers;
      for (const PortRange& range : ports.ranges()) {
        for (std::uint32_t port = range.first; port <= range.last; ++port) {
          listeners[static_cast<std::uint16_t>(port)].insert(servers.begin(), servers.end());
        }
      }
    }
    for (const PortSetting& setting : flow.ports.settings) {
      if (const auto* found = find_assignment(plan, setting.server, setting.setting)) {
        listeners[found->port].insert(setting.server);
      }
    }
  }
  return listeners;
}

std::string section_name(std::string_view text) {
  std::string name = comment_text(text);
  std::ranges::replace_if(
      name,
      [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return !letter && !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '_';
      },
      '_');
  return name;
}

}  // namespace pinhole::plan
