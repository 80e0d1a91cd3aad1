// SPDX-License-Identifier: Apache-2.0
#include "cli/verify_registry.hpp"

#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "cli/hive_file.hpp"
#include "cli/plan_file.hpp"
#include "cli/refusal.hpp"
#include "cli/text_file.hpp"
#include "plan/state_read.hpp"
#include "registry/hive_check.hpp"

namespace pinhole::cli {
namespace {

namespace fs = std::filesystem;
using States = std::map<plan::Index, plan::State>;

Checked<plan::State> read_one(const std::string& path) {
  plan::State state;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    const auto content = read_input(path, registry::kMaxHiveFile);
    if (!content) {
      return tl::unexpected(content.error());
    }
    if (plan::recognise(*content) != plan::StateKind::hive) {
      PINHOLE_CHECK(plan::read_state(state, plan::StateKind::reg, *content, path));
      return state;
    }
  }
  PINHOLE_CHECK(read_hives(state, path));
  return state;
}

/// The one server whose settings the checks are about.
Checked<plan::Index> only_server(const std::string& path, const plan::Plan& plan,
                                 const std::vector<inspect::Check>& checks) {
  std::set<plan::Index> servers;
  for (const inspect::Check& check : checks) {
    for (const plan::PortSetting& each : plan.flows[check.flow].ports.settings) {
      servers.insert(each.server);
    }
  }
  if (servers.size() == 1) {
    return *servers.begin();
  }
  return refusal(
      "verify-registry", path,
      fmt::format("the flows from here are to {} servers with static ports", servers.size()),
      "say of which server it is: --registry SERVER=PATH");
}

}  // namespace

Checked<States> read_registries(const std::vector<std::string>& arguments, const plan::Plan& plan,
                                const std::vector<inspect::Check>& checks) {
  States states;
  for (const std::string& argument : arguments) {
    const auto equals = argument.find('=');
    const std::string path = equals == std::string::npos ? argument : argument.substr(equals + 1);
    const auto server = equals == std::string::npos ? only_server(path, plan, checks)
                                                    : server_of(plan, argument.substr(0, equals));
    if (!server) {
      return tl::unexpected(server.error());
    }
    auto state = read_one(path);
    if (!state) {
      return tl::unexpected(std::move(state).error());
    }
    if (!states.emplace(*server, *std::move(state)).second) {
      return refusal("state-twice", path, "a second registry of the same server",
                     "give one for each server");
    }
  }
  return states;
}

}  // namespace pinhole::cli
