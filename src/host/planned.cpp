// SPDX-License-Identifier: Apache-2.0
#include "host/planned.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "plan/change_record.hpp"
#include "plan/registry_files.hpp"
#include "store/store.hpp"

namespace pinhole::host {
namespace {

namespace fs = std::filesystem;

Checked<void> write_registry(const std::string& path, const std::vector<registry::Edit>& edits) {
  auto hives = store::HiveStore::open(
      path, {store::Access::write, store::Missing::create, store::Dirty::refuse});
  if (!hives) {
    return tl::unexpected(std::move(hives).error());
  }
  PINHOLE_CHECK(hives->view().apply(edits, path));
  const auto saved = hives->save();
  if (!saved) {
    return tl::unexpected(saved.error());
  }
  return {};
}

/// What stands in each .config file, by its name.
std::map<std::string, std::string, std::less<>> config_lines(
    const plan::Plan& plan, plan::Index server, const catalogue::Catalogue& catalogue) {
  std::map<std::string, std::string, std::less<>> lines;
  for (const plan::Assignment& assignment : plan.assignments) {
    const auto* setting = catalogue::find_setting_by_id(catalogue, assignment.setting);
    if (assignment.server == server && setting != nullptr &&
        setting->type == catalogue::ValueType::app_setting) {
      lines[std::string(setting->key)] +=
          fmt::format("    {}\n", plan::app_setting_line(*setting, assignment.port));
    }
  }
  return lines;
}

}  // namespace

Checked<ServeConfig> planned_config(ServeConfig config, const plan::Plan& plan, plan::Index server,
                                    const catalogue::Catalogue& catalogue) {
  const plan::Server& planned = plan.topology.servers[server];
  const auto* product = catalogue::find_product(catalogue, planned.product);
  if (product == nullptr) {
    return failure({"plan-no-product",
                    Severity::error,
                    {planned.name, 0, 0, {}},
                    "the server has no Exchange product, which is what `serve` runs",
                    "name another server of the plan",
                    Exit::usage});
  }
  config.product = planned.product;
  // Roles that Windows brings are none of the product's.
  std::ranges::copy_if(planned.roles, std::back_inserter(config.roles), [&](const auto& role) {
    return std::ranges::find(product->roles, role) != product->roles.end();
  });
  config.registry = config.state + "/registry.hive";
  config.config_dir = config.state + "/config";
  return config;
}

Checked<void> apply_plan(const ServeConfig& config, const plan::Plan& plan, plan::Index server,
                         const catalogue::Catalogue& catalogue) {
  PINHOLE_CHECK(write_registry(config.registry, plan::registry_edits(plan, server, catalogue)));
  std::error_code error;
  fs::create_directories(config.config_dir, error);
  if (error) {
    return failure({"state-folder-unusable",
                    Severity::error,
                    {config.config_dir, 0, 0, {}},
                    error.message(),
                    "choose another folder with --state",
                    Exit::environment});
  }
  for (const auto& [name, lines] : config_lines(plan, server, catalogue)) {
    const std::string text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<configuration>\n  <appSettings>\n{}"
        "  </appSettings>\n</configuration>\n",
        lines);
    PINHOLE_CHECK(store::write_atomic(fs::path(config.config_dir) / name, bytes_of(text)));
  }
  return {};
}

}  // namespace pinhole::host
