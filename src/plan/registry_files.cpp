// SPDX-License-Identifier: Apache-2.0
#include "plan/registry_files.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"

namespace pinhole::plan {
namespace {

using registry::Edit;
using registry::Key;
using registry::Path;
using registry::Value;

/// One assignment as a place in the registry.
struct Target {
  const Assignment* assignment = nullptr;
  const catalogue::Setting* setting = nullptr;
  Path path;
  Value value;
};

std::vector<Target> targets_of(const Plan& plan, Index server,
                               const catalogue::Catalogue& catalogue) {
  std::vector<Target> targets;
  if (!has_registry(plan.topology.servers[server])) {
    return targets;
  }
  const auto mine = std::ranges::equal_range(plan.assignments, server, {}, &Assignment::server);
  for (const Assignment& assignment : mine) {
    const auto* setting = catalogue::find_setting_by_id(catalogue, assignment.setting);
    auto value =
        setting != nullptr ? registry_value_of(*setting, assignment.port) : std::optional<Value>();
    if (!value) {
      continue;
    }
    if (auto path = registry::parse_path(setting->key)) {
      targets.push_back({&assignment, setting, *std::move(path), *std::move(value)});
    }
  }
  // Values of one key stand together, under one heading.
  std::ranges::sort(targets, {}, [](const Target& target) {
    return std::pair(target.setting->key, target.setting->id);
  });
  return targets;
}

/// A key that the edits make: its own state says that it was not there. A partial state, such as a
/// .reg file of some other key, says nothing about it.
bool was_made(const Key& tree, const Path& path) {
  Path above = path;
  above.parts.pop_back();
  return registry::find(tree, path) == nullptr && registry::find(tree, above) != nullptr;
}

Edit undo_from_state(const Key& tree, const Target& target) {
  const std::string name(target.setting->value);
  if (was_made(tree, target.path)) {
    return {Edit::Kind::delete_key, target.path, {}, {}, 0};
  }
  const Key* key = registry::find(tree, target.path);
  const Value* value = key != nullptr ? key->find_value(name) : nullptr;
  return value != nullptr ? Edit{Edit::Kind::set_value, target.path, name, *value, 0}
                          : Edit{Edit::Kind::delete_value, target.path, name, {}, 0};
}

Edit undo_from_before(const Target& target) {
  const std::string name(target.setting->value);
  const auto before = target.assignment->before;
  const auto value = before ? registry_value_of(*target.setting, *before) : std::optional<Value>();
  return value ? Edit{Edit::Kind::set_value, target.path, name, *value, 0}
               : Edit{Edit::Kind::delete_value, target.path, name, {}, 0};
}

}  // namespace

std::optional<Value> registry_value_of(const catalogue::Setting& setting, std::uint16_t port) {
  switch (setting.type) {
    case catalogue::ValueType::reg_dword:
      return Value::of_dword(port);
    case catalogue::ValueType::reg_sz:
      return Value::of_sz(fmt::to_string(port));
    case catalogue::ValueType::reg_multi_sz:
      return Value::of_multi_sz({fmt::format("ncacn_ip_tcp,0,{}", port)});
    case catalogue::ValueType::app_setting:
    case catalogue::ValueType::command:
      break;
  }
  return std::nullopt;
}

bool has_registry(const Server& server) {
  return server.system != OperatingSystem::linux || !server.product.empty();
}

std::vector<Edit> registry_edits(const Plan& plan, Index server,
                                 const catalogue::Catalogue& catalogue) {
  std::vector<Edit> edits;
  for (Target& target : targets_of(plan, server, catalogue)) {
    edits.push_back({Edit::Kind::set_value, std::move(target.path),
                     std::string(target.setting->value), std::move(target.value), 0});
  }
  return edits;
}

std::vector<Edit> registry_undo(const Plan& plan, Index server,
                                const catalogue::Catalogue& catalogue, const State* state) {
  const bool known = state != nullptr && state->registry;
  std::vector<Edit> edits;
  for (const Target& target : targets_of(plan, server, catalogue)) {
    Edit edit = known ? undo_from_state(*state->registry, target) : undo_from_before(target);
    // Two values of a key that goes are gone with it.
    if (edits.empty() || edits.back() != edit) {
      edits.push_back(std::move(edit));
    }
  }
  return edits;
}

registry::RegForm reg_form_of(const Server& server) {
  return server.system == OperatingSystem::nt4 ? registry::RegForm::regedit4
                                               : registry::RegForm::version5;
}

}  // namespace pinhole::plan
