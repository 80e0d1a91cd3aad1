// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.hpp"

#include <algorithm>
#include <tuple>

#include "catalogue/lookup.hpp"
#include "plan/windows_ports.hpp"

namespace pinhole::plan {
namespace {

constexpr PortRange kVistaRange{49152, 65535};  // DYN-VISTA; Samba's default is the same

/// The row of port_rules that gives a system's own dynamic range.
std::string_view dynamic_rule(OperatingSystem system) {
  switch (system) {
    case OperatingSystem::nt4:
      return "DYN-NT";
    case OperatingSystem::windows_2000:
    case OperatingSystem::windows_2003:
      return "DYN-2000";
    case OperatingSystem::windows_2008:
    case OperatingSystem::windows_2008_r2:
    case OperatingSystem::windows_2012:
    case OperatingSystem::linux:
      break;
  }
  return "DYN-VISTA";
}

PortRange range_of_system(OperatingSystem system, const catalogue::Catalogue& catalogue) {
  return range_of_rule(catalogue, dynamic_rule(system)).value_or(kVistaRange);
}

/// Where nothing is assigned, the listener behind a setting has its default or a dynamic port.
void insert_unassigned(PortSet& ports, const Server& server, std::string_view setting,
                       const catalogue::Catalogue& catalogue) {
  for (const catalogue::Service& service : catalogue.services) {
    for (const catalogue::Listener& listener : service.listeners) {
      const bool reads = std::ranges::any_of(
          listener.settings, [&](const catalogue::Setting* each) { return each->id == setting; });
      if (const auto port = listener.default_port(); reads && port) {
        ports.insert({*port, *port});
        return;
      }
    }
  }
  ports.insert(dynamic_range_of(server, catalogue));
}

}  // namespace

PortRange dynamic_range_of(const Server& server, const catalogue::Catalogue& catalogue) {
  const auto* product = catalogue::find_product(catalogue, server.product);
  if (product != nullptr && !product->dynamic_ranges.empty()) {
    for (const catalogue::DynamicRange& each : product->dynamic_ranges) {
      if (each.windows == title_of(server.system)) {
        return each.range;
      }
    }
    // Exchange's services on Linux are ours, and keep to what the product does first.
    if (server.system == OperatingSystem::linux) {
      return product->dynamic_ranges.front().range;
    }
  }
  return range_of_system(server.system, catalogue);
}

const Assignment* find_assignment(const Plan& plan, Index server, std::string_view setting) {
  const auto key = [](const Assignment& each) {
    return std::tuple(each.server, std::string_view(each.setting));
  };
  const auto at = std::ranges::lower_bound(plan.assignments, std::tuple(server, setting), {}, key);
  return at == plan.assignments.end() || key(*at) != std::tuple(server, setting) ? nullptr : &*at;
}

PortSet ports_of(const Plan& plan, const Flow& flow, const catalogue::Catalogue& catalogue) {
  PortSet ports = flow.ports.fixed;
  for (const PortSetting& setting : flow.ports.settings) {
    if (const Assignment* assigned = find_assignment(plan, setting.server, setting.setting)) {
      ports.insert({assigned->port, assigned->port});
    } else {
      insert_unassigned(ports, plan.topology.servers[setting.server], setting.setting, catalogue);
    }
  }
  if (flow.ports.dynamic_of) {
    ports.insert(dynamic_range_of(plan.topology.servers[*flow.ports.dynamic_of], catalogue));
  }
  return ports;
}

}  // namespace pinhole::plan
