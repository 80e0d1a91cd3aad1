// SPDX-License-Identifier: Apache-2.0
#include "host/settings.hpp"

#include <algorithm>
#include <array>

#include "host/dynamic_range.hpp"
#include "snapshot/app_config.hpp"

namespace pinhole::host {
namespace {

void add_once(std::vector<const catalogue::Setting*>& settings, const catalogue::Setting* setting) {
  if (std::ranges::find(settings, setting) == settings.end()) {
    settings.push_back(setting);
  }
}

std::optional<registry::Value> read(const catalogue::Setting& setting,
                                    const registry::View& registry, const ReadConfig& config) {
  if (setting.type != catalogue::ValueType::app_setting) {
    return registry.get(setting.key, setting.value);
  }
  const auto text = config(setting.key);
  if (!text) {
    return std::nullopt;
  }
  const auto value = snapshot::find_app_setting(*text, setting.value);
  return value ? std::optional(registry::Value::of_sz(*value)) : std::nullopt;
}

}  // namespace

bool is_served(const catalogue::Listener& listener) {
  using catalogue::Sequence;
  const bool rpc =
      listener.sequence == Sequence::ncacn_ip_tcp || listener.sequence == Sequence::ncacn_http;
  return listener.sequence == Sequence::rfc1006 || (rpc && !listener.interfaces.empty());
}

std::vector<const catalogue::Setting*> settings_of(const catalogue::Catalogue& catalogue,
                                                   const catalogue::Service& service) {
  std::vector<const catalogue::Setting*> settings;
  bool dynamic = false;
  for (const catalogue::Listener& listener : service.listeners) {
    if (!is_served(listener)) {
      continue;
    }
    for (const catalogue::Setting* setting : listener.settings) {
      if (setting->holds == catalogue::Holds::port) {
        add_once(settings, setting);
      }
    }
    dynamic = dynamic || !listener.default_port();
  }
  if (dynamic) {
    for (const catalogue::Setting& setting : catalogue.settings) {
      if (std::ranges::find(kRangeSettings, setting.id) != kRangeSettings.end()) {
        add_once(settings, &setting);
      }
    }
  }
  return settings;
}

Readings read_settings(const std::vector<const catalogue::Setting*>& settings,
                       const registry::View& registry, const ReadConfig& config) {
  Readings readings;
  for (const catalogue::Setting* setting : settings) {
    readings.emplace(setting->id, read(*setting, registry, config));
  }
  return readings;
}

std::vector<const catalogue::Setting*> changed_settings(
    const std::vector<const catalogue::Setting*>& settings, const Readings& at_start,
    const Readings& now) {
  const auto value_in = [](const Readings& readings, std::string_view id) {
    const auto at = readings.find(id);
    return at == readings.end() ? std::optional<registry::Value>() : at->second;
  };
  std::vector<const catalogue::Setting*> changed;
  std::ranges::copy_if(settings, std::back_inserter(changed), [&](const auto* setting) {
    return value_in(at_start, setting->id) != value_in(now, setting->id);
  });
  return changed;
}

std::optional<catalogue::Restart> awaited_restart(
    const std::vector<const catalogue::Setting*>& changed) {
  std::optional<catalogue::Restart> awaited;
  for (const catalogue::Setting* setting : changed) {
    if (!awaited || setting->restart == catalogue::Restart::computer) {
      awaited = setting->restart;
    }
  }
  return awaited;
}

}  // namespace pinhole::host
