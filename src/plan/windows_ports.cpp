// SPDX-License-Identifier: Apache-2.0
#include "plan/windows_ports.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "plan/plan.hpp"
#include "plan/rule_subject.hpp"

namespace pinhole::plan {
namespace {

constexpr std::uint32_t kLeastMaxUserPort = 5000;  // DYN-MAXUSER
constexpr std::uint32_t kMostMaxUserPort = 65534;

const registry::Value* value_of(const State& state, const catalogue::Catalogue& catalogue,
                                std::string_view id) {
  const auto setting = std::ranges::find(catalogue.settings, id, &catalogue::Setting::id);
  return setting == catalogue.settings.end() ? nullptr : find_value(state, *setting);
}

/// One line that is no range voids all of them.
PortSet lines_of(const registry::Value* value) {
  const auto lines = value != nullptr && value->type == registry::Type::multi_sz ? value->multi_sz()
                                                                                 : std::nullopt;
  PortSet ports;
  for (const std::string& line : lines.value_or(std::vector<std::string>())) {
    const auto set = parse_port_set(line);
    if (!set) {
      return {};
    }
    for (const PortRange& range : set->ranges()) {
      ports.insert(range);
    }
  }
  return ports;
}

}  // namespace

PortSet dynamic_ports_of(const Server& server, const State* state,
                         const catalogue::Catalogue& catalogue) {
  PortRange range = dynamic_range_of(server, catalogue);
  if (state == nullptr || !state->registry) {
    return PortSet(range);
  }
  if (server.system <= OperatingSystem::windows_2003) {
    const registry::Value* most = value_of(*state, catalogue, "tcpip-max-user-port");
    const auto number = most == nullptr ? std::nullopt : most->dword();
    if (number && *number >= kLeastMaxUserPort && *number <= kMostMaxUserPort) {
      range.last = static_cast<std::uint16_t>(*number);
    }
  }
  PortSet ports(range);
  const PortSet reserved = lines_of(value_of(*state, catalogue, "tcpip-reserved-ports"));
  for (const PortRange& each : reserved.ranges()) {
    ports.erase(each);
  }
  return ports;
}

PortSet internet_ports_of(const State* state, const catalogue::Catalogue& catalogue) {
  return state == nullptr ? PortSet() : lines_of(value_of(*state, catalogue, "rpc-internet-ports"));
}

}  // namespace pinhole::plan
