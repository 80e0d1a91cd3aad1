// SPDX-License-Identifier: Apache-2.0
#include "plan/apply_change.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "plan/port_settings.hpp"
#include "plan/registry_files.hpp"

namespace pinhole::plan {
namespace {

using catalogue::ValueType;
using registry::Edit;
using registry::Value;

constexpr std::string_view kValidPorts = "rpc-proxy-valid-ports";

/// The rows of data/flows.toml that a proxy's ncacn_http flows are for.
constexpr auto kProxyRows = std::to_array<std::string_view>({"F32", "F33", "F34"});

std::span<const Assignment> assignments_of(const Plan& plan, Index server) {
  const auto mine = std::ranges::equal_range(plan.assignments, server, {}, &Assignment::server);
  return {mine.begin(), mine.end()};
}

std::optional<std::uint16_t> wanted(const Assignment& assignment, Direction direction) {
  return direction == Direction::there ? std::optional(assignment.port) : assignment.before;
}

void add_entries(ServerChange& change, const Plan& plan, Index server,
                 const catalogue::Catalogue& catalogue) {
  const bool samba = !has_registry(plan.topology.servers[server]);
  for (const Assignment& assignment : assignments_of(plan, server)) {
    const auto* setting = catalogue::find_setting_by_id(catalogue, assignment.setting);
    if (setting == nullptr) {
      continue;
    }
    const auto port = wanted(assignment, change.direction);
    if (setting->type == ValueType::app_setting) {
      change.app_settings.push_back({std::string(setting->key), std::string(setting->value), port});
    } else if (setting->type == ValueType::command) {
      change.dfsr = port.value_or(0);
    } else if (samba) {
      if (const auto parameter = samba_parameter(setting->id); !parameter.empty()) {
        change.samba.push_back({{}, std::string(parameter), port});
      }
    }
  }
}

void add_reserved(ServerChange& change, const Plan& plan, Index server) {
  if (change.system != OperatingSystem::linux) {
    return;
  }
  PortSet ports;
  for (const Assignment& assignment : assignments_of(plan, server)) {
    if (assignment.port >= kLinuxEphemeral.first && assignment.port <= kLinuxEphemeral.last) {
      ports.insert({assignment.port, assignment.port});
    }
  }
  change.reserves = !ports.empty();
  if (change.direction == Direction::there) {
    change.reserved = ports;
  }
}

/// What the value was, where the server's own registry tells.
std::optional<Edit> back_to(const State* state, Edit edit) {
  if (state == nullptr || !state->registry) {
    return std::nullopt;
  }
  const registry::Key* key = registry::find(*state->registry, edit.path);
  if (key == nullptr) {
    return std::nullopt;
  }
  const Value* value = key->find_value(edit.name);
  edit.kind = value != nullptr ? Edit::Kind::set_value : Edit::Kind::delete_value;
  edit.value = value != nullptr ? *value : Value{};
  return edit;
}

void add_proxy(ServerChange& change, const Plan& plan, Index server, const State* state,
               const catalogue::Catalogue& catalogue) {
  const std::string ports = valid_ports(plan, server, catalogue);
  const auto* setting = catalogue::find_setting_by_id(catalogue, kValidPorts);
  const auto path =
      setting != nullptr ? registry::parse_path(setting->key) : std::optional<registry::Path>();
  if (ports.empty() || !path) {
    return;
  }
  const Edit there{Edit::Kind::set_value, *path, std::string(setting->value), Value::of_sz(ports),
                   0};
  if (change.direction == Direction::there) {
    change.edits.push_back(there);
    change.remarks.push_back(
        "ValidPorts holds the servers of the plan alone; add a full name where clients use one");
  } else if (const auto back = back_to(state, there)) {
    change.edits.push_back(*back);
  } else {
    change.remarks.push_back(
        "what ValidPorts was is not known; it stays as the change has written it");
    return;
  }
  if (!change.restarts_computer) {
    change.services.emplace_back(setting->service);
  }
}

std::string first_label(const std::string& name) {
  return name.substr(0, name.find('.'));
}

}  // namespace

std::string valid_ports(const Plan& plan, Index server, const catalogue::Catalogue& catalogue) {
  std::map<Index, PortSet> reached;
  for (const Flow& flow : plan.flows) {
    if (flow.from == Party{Party::Kind::server, server} && flow.to.kind == Party::Kind::server &&
        std::ranges::find(kProxyRows, flow.catalogue_flow) != kProxyRows.end()) {
      reached[flow.to.index].insert(ports_of(plan, flow, catalogue));
    }
  }
  std::vector<std::string> parts;
  for (const auto& [index, ports] : reached) {
    const std::string& name = plan.topology.servers[index].name;
    std::vector<std::string> hosts{first_label(name)};
    if (hosts.front() != name) {
      hosts.push_back(name);
    }
    for (const std::string& host : hosts) {
      for (const PortRange& range : ports.ranges()) {
        parts.push_back(range.first == range.last
                            ? fmt::format("{}:{}", host, range.first)
                            : fmt::format("{}:{}-{}", host, range.first, range.last));
      }
    }
  }
  return fmt::format("{}", fmt::join(parts, ";"));
}

ServerChange change_of(const Plan& plan, Index server, const State* state,
                       const catalogue::Catalogue& catalogue, Direction direction) {
  const Server& each = plan.topology.servers[server];
  ServerChange change;
  change.server = each.name;
  change.system = each.system;
  change.direction = direction;
  change.edits = direction == Direction::there ? registry_edits(plan, server, catalogue)
                                               : registry_undo(plan, server, catalogue, state);
  for (const Assignment& assignment : assignments_of(plan, server)) {
    change.ports.insert({assignment.port, assignment.port});
  }
  add_entries(change, plan, server, catalogue);
  add_reserved(change, plan, server);
  for (const RestartStep& step : plan.restarts) {
    if (step.server != server) {
      continue;
    }
    change.restarts_computer |= step.what == catalogue::Restart::computer;
    change.services.insert(change.services.end(), step.services.begin(), step.services.end());
  }
  if (change.restarts_computer) {
    change.services.clear();
  }
  add_proxy(change, plan, server, state, catalogue);
  return change;
}

}  // namespace pinhole::plan
