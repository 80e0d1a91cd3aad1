// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a process of the host reads at its start: the catalogue, the registry, the .config files.

#include <map>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/diagnostic.hpp"
#include "catalogue/lookup.hpp"
#include "host/config.hpp"
#include "host/settings.hpp"

namespace pinhole::host {

struct World {
  catalogue::Catalogue catalogue;
  const catalogue::Product* product = nullptr;
  std::shared_ptr<const registry::View> registry;
  std::map<std::string, std::string> app_configs;  // .config files by name
  /// Ports that the product's services have by nature, and the mapper's: never given out as
  /// dynamic ones.
  PortSet known_ports;
  Diagnostics warnings;

  /// Fails where the product is unknown or the registry cannot be read.
  [[nodiscard]] static Checked<World> open(const ServeConfig& config);

  /// What the service would read if it started now.
  [[nodiscard]] Readings read(const catalogue::Service& service) const;
};

/// `now`, but where only a restart of the computer makes a setting count, what `boot` says.
[[nodiscard]] Readings effective(const World& world, const catalogue::Service& service,
                                 Readings now, const Readings& boot);

/// Readings as processes hand them to one another.
[[nodiscard]] nlohmann::json to_json(const Readings& readings);
[[nodiscard]] Readings readings_from(const nlohmann::json& document);

/// The services that run: of the product, of the roles where any are named, and served.
[[nodiscard]] Checked<std::vector<const catalogue::Service*>> services_to_run(
    const World& world, const ServeConfig& config);

}  // namespace pinhole::host
