// SPDX-License-Identifier: Apache-2.0
#include "host/world.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "catalogue/load.hpp"
#include "store/store.hpp"

namespace pinhole::host {
namespace {

Checked<catalogue::Catalogue> open_catalogue(const std::string& folder) {
  if (folder.empty()) {
    return catalogue::builtin();
  }
  std::vector<std::string> texts;
  for (const std::string_view name : catalogue::data_file_names()) {
    std::ifstream in(std::filesystem::path(folder) / name, std::ios::binary);
    if (!in) {
      return failure({"cannot-read",
                      Severity::error,
                      {fmt::format("{}/{}", folder, name), 0, 0, {}},
                      "cannot be read",
                      "name a folder with all files of data/",
                      Exit::environment});
    }
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  std::vector<catalogue::DataFile> files;
  for (const std::string_view name : catalogue::data_file_names()) {
    files.push_back({name, texts[files.size()]});
  }
  return catalogue::load(files);
}

std::map<std::string, std::string> read_app_configs(const std::string& folder) {
  std::map<std::string, std::string> configs;
  std::error_code error;
  if (folder.empty()) {
    return configs;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".config") {
      std::ifstream in(entry.path(), std::ios::binary);
      configs[entry.path().filename().string()] = {std::istreambuf_iterator<char>(in), {}};
    }
  }
  return configs;
}

}  // namespace

Checked<World> World::open(const ServeConfig& config) {
  World world;
  auto catalogue = open_catalogue(config.data);
  if (!catalogue) {
    return tl::unexpected(std::move(catalogue).error());
  }
  world.catalogue = std::move(*catalogue);
  world.product = find_product(world.catalogue, config.product);
  if (world.product == nullptr) {
    std::vector<std::string_view> ids;
    for (const catalogue::Product& each : world.catalogue.products) {
      ids.push_back(each.id);
    }
    return failure({"unknown-product",
                    Severity::error,
                    {"--product " + config.product, 0, 0, {}},
                    "no such product",
                    fmt::format("choose one of: {}", fmt::join(ids, ", ")),
                    Exit::usage});
  }
  auto hives = store::HiveStore::open(config.registry, {});
  if (!hives) {
    return tl::unexpected(std::move(hives).error());
  }
  world.warnings = hives->warnings();
  world.registry = std::make_shared<registry::View>(std::move(hives->view()));
  world.app_configs =
      std::make_shared<std::map<std::string, std::string>>(read_app_configs(config.config_dir));
  for (const catalogue::Service* service : services_of(world.catalogue, *world.product)) {
    for (const catalogue::Listener& listener : service->listeners) {
      for (const PortRange& range : listener.ports) {
        world.known_ports.insert(range);
      }
    }
  }
  world.known_ports.insert({config.epm_port, config.epm_port});
  world.known_ports.insert({config.epm_http_port, config.epm_http_port});
  return world;
}

Readings World::read(const catalogue::Service& service) const {
  const ReadConfig config = [this](std::string_view name) -> std::optional<std::string> {
    const auto found = app_configs.find(std::string(name));
    return found == app_configs.end() ? std::nullopt : std::optional(found->second);
  };
  return read_settings(settings_of(catalogue, service), *registry, config);
}

Readings effective(const World& world, const catalogue::Service& service, Readings now,
                   const Readings& boot) {
  for (const catalogue::Setting* setting : settings_of(world.catalogue, service)) {
    const auto at_boot = boot.find(setting->id);
    if (setting->restart == catalogue::Restart::computer && at_boot != boot.end()) {
      now[std::string(setting->id)] = at_boot->second;
    }
  }
  return now;
}

nlohmann::json to_json(const Readings& readings) {
  nlohmann::json document = nlohmann::json::object();
  for (const auto& [id, value] : readings) {
    if (value) {
      document[id] = {{"type", static_cast<std::uint32_t>(value->type)},
                      {"data", to_hex(value->data)}};
    } else {
      document[id] = nullptr;
    }
  }
  return document;
}

Readings readings_from(const nlohmann::json& document) {
  Readings readings;
  for (const auto& [id, value] : document.items()) {
    auto& reading = readings[id];
    if (value.is_object()) {
      reading = registry::Value{static_cast<registry::Type>(value.at("type").get<std::uint32_t>()),
                                from_hex(value.at("data").get<std::string>())};
    }
  }
  return readings;
}

Checked<std::vector<const catalogue::Service*>> services_to_run(const World& world,
                                                                const ServeConfig& config) {
  std::vector<std::string_view> roles(config.roles.begin(), config.roles.end());
  for (const std::string_view role : roles) {
    if (std::ranges::find(world.product->roles, role) == world.product->roles.end()) {
      return failure({"unknown-role",
                      Severity::error,
                      {fmt::format("--role {}", role), 0, 0, {}},
                      fmt::format("{} has no such role", world.product->title),
                      world.product->roles.empty()
                          ? "leave --role out"
                          : fmt::format("choose among: {}", fmt::join(world.product->roles, ", ")),
                      Exit::usage});
    }
  }
  auto services = services_of(world.catalogue, *world.product, roles);
  std::erase_if(services, [](const auto* service) { return !service->served(); });
  return services;
}

}  // namespace pinhole::host
