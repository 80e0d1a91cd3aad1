// SPDX-License-Identifier: Apache-2.0
#include "host/view.hpp"

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "host/service_process.hpp"

namespace pinhole::host {
namespace {

using nlohmann::json;

/// `settings` of `managed` that the registry holds otherwise than the running process read them.
json changes_of(const ServeConfig& config, const Managed& managed, json& awaits) {
  json changes = json::array();
  const auto now = read_settings_now(config, managed.settings);
  if (!now || !managed.child || !managed.bound) {
    return changes;
  }
  const auto changed = changed_settings(managed.settings, managed.at_start, *now);
  const auto text = [](const Readings& readings, std::string_view id) {
    const auto at = readings.find(id);
    return at == readings.end() || !at->second ? json() : json(registry::display(*at->second));
  };
  for (const catalogue::Setting* setting : changed) {
    changes.push_back({{"setting", fmt::format("{}\\{}", setting->key, setting->value)},
                       {"read", text(managed.at_start, setting->id)},
                       {"now", text(*now, setting->id)},
                       {"restart", to_string(setting->restart)}});
  }
  if (const auto restart = awaited_restart(changed)) {
    awaits = to_string(*restart);
  }
  return changes;
}

}  // namespace

json show(const ServeConfig& config, const std::vector<std::unique_ptr<Managed>>& services) {
  json rows = json::array();
  for (const auto& managed : services) {
    json ports = json::array();
    for (const json& listener : managed->listeners) {
      if (!listener.at("port").is_null()) {
        ports.push_back(listener.at("port"));
      }
    }
    json awaits;
    json changes = changes_of(config, *managed, awaits);
    rows.push_back(
        {{"name", managed->name},
         {"title", managed->service->title},
         {"state", to_string(managed->state)},
         {"pid", managed->child ? json(managed->child->pid()) : json()},
         {"registered", managed->registered},
         {"ports", std::move(ports)},
         {"awaits_restart_of", std::move(awaits)},
         {"changes", std::move(changes)},
         {"failure", managed->last_failure.empty() ? json() : json(managed->last_failure)},
         {"listeners", managed->listeners}});
  }
  return {{"product", config.product}, {"services", std::move(rows)}};
}

}  // namespace pinhole::host
