// SPDX-License-Identifier: Apache-2.0
#include "plan/windows_ports.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "catalogue/lookup.hpp"
#include "plan/plan.hpp"
#include "plan/rule_subject.hpp"

namespace pinhole::plan {
namespace {

const registry::Value* value_of(const State& state, const catalogue::Catalogue& catalogue,
                                std::string_view id) {
  const auto* setting = catalogue::find_setting_by_id(catalogue, id);
  return setting == nullptr ? nullptr : find_value(state, *setting);
}

/// One line that is no range voids all of them.
PortSet lines_of(const registry::Value* value) {
  const auto lines = value != nullptr && value->type == registry::Type::multi_sz ? value->multi_sz()
                                                                                 : std::nullopt;
  return parse_port_lines(lines.value_or(std::vector<std::string>())).value_or(PortSet());
}

}  // namespace

std::optional<PortRange> range_of_rule(const catalogue::Catalogue& catalogue,
                                       std::string_view rule) {
  const auto at = std::ranges::find(catalogue.rules, rule, &catalogue::PortRule::id);
  if (at == catalogue.rules.end()) {
    return std::nullopt;
  }
  const catalogue::PortRule& row = *at;
  if (!row.low || !row.high) {
    return std::nullopt;
  }
  return PortRange{static_cast<std::uint16_t>(*row.low), static_cast<std::uint16_t>(*row.high)};
}

PortSet dynamic_ports_of(const Server& server, const State* state,
                         const catalogue::Catalogue& catalogue) {
  PortRange range = dynamic_range_of(server, catalogue);
  if (state == nullptr || !state->registry) {
    return PortSet(range);
  }
  if (server.system <= OperatingSystem::windows_2003) {
    const registry::Value* most = value_of(*state, catalogue, "tcpip-max-user-port");
    const auto number = most == nullptr ? std::nullopt : most->dword();
    if (number && *number >= catalogue::kMaxUserPorts.first &&
        *number <= catalogue::kMaxUserPorts.last) {
      range.last = static_cast<std::uint16_t>(*number);
    }
  }
  return PortSet(range) - lines_of(value_of(*state, catalogue, "tcpip-reserved-ports"));
}

PortSet internet_ports_of(const State* state, const catalogue::Catalogue& catalogue) {
  return state == nullptr ? PortSet() : lines_of(value_of(*state, catalogue, "rpc-internet-ports"));
}

}  // namespace pinhole::plan
