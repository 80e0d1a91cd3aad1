// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_file.hpp"

#include <filesystem>
#include <iostream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/data_option.hpp"
#include "cli/refusal.hpp"
#include "plan/plan_files.hpp"
#include "plan/plan_json.hpp"
#include "registry/text.hpp"
#include "store/file.hpp"

namespace pinhole::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostListed = 12;

tl::unexpected<Diagnostics> no_plan(const fs::path& path, std::string message) {
  return refusal("plan-missing", path.string(), std::move(message),
                 "name a folder that `pinhole plan -o` wrote, or its plan.json");
}

}  // namespace

Checked<plan::Plan> open_plan(const std::string& path, const catalogue::Catalogue& catalogue) {
  if (path == "-") {
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    return plan::read_plan(text, "standard input", catalogue);
  }
  std::error_code error;
  const bool folder = fs::is_directory(path, error);
  const fs::path file = folder ? fs::path(path) / plan::kPlanFile : fs::path(path);
  if (!fs::is_regular_file(file, error)) {
    return no_plan(file, folder ? "the folder holds no plan" : "no such file");
  }
  const auto bytes = store::read_file(file, plan::kMaxPlanFile);
  if (!bytes) {
    return no_plan(file, bytes.error().front().message);
  }
  return plan::read_plan(text_of(*bytes), file.string(), catalogue);
}

Checked<OpenedPlan> open_plan(const std::string& path, const std::string& data) {
  auto catalogue = open_catalogue(data);
  if (!catalogue) {
    return tl::unexpected(std::move(catalogue).error());
  }
  auto plan = open_plan(path, *catalogue);
  if (!plan) {
    return tl::unexpected(std::move(plan).error());
  }
  return OpenedPlan{*std::move(catalogue), *std::move(plan)};
}

Checked<plan::Index> server_of(const plan::Plan& plan, const std::string& name) {
  std::vector<std::string_view> names;
  for (plan::Index i = 0; i < plan.topology.servers.size(); ++i) {
    if (registry::same_name(plan.topology.servers[i].name, name)) {
      return i;
    }
    names.emplace_back(plan.topology.servers[i].name);
  }
  names.resize(std::min(names.size(), kMostListed));
  return refusal("plan-server", name, "the plan has no server of this name",
                 fmt::format("it has {}{}", fmt::join(names, ", "),
                             plan.topology.servers.size() > kMostListed ? ", ..." : ""));
}

}  // namespace pinhole::cli
