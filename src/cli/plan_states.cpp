// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_states.hpp"

#include <array>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "cli/hive_file.hpp"
#include "plan/make_plan.hpp"
#include "plan/state_read.hpp"
#include "plan/topology_read.hpp"
#include "store/file.hpp"

namespace pinhole::cli {
namespace {

namespace fs = std::filesystem;
using plan::StateKind;

constexpr std::size_t kMaxStateFile = std::size_t{64} << 20U;

/// What a server's `state` names, and as which kind.
struct Named {
  StateKind kind;
  std::string plan::StateFiles::* file;
};

constexpr std::array<Named, 6> kNamed = {{{StateKind::hive, &plan::StateFiles::registry},
                                          {StateKind::dump, &plan::StateFiles::dump},
                                          {StateKind::rpcdump, &plan::StateFiles::rpcdump},
                                          {StateKind::netstat, &plan::StateFiles::netstat},
                                          {StateKind::smb_conf, &plan::StateFiles::smb_conf},
                                          {StateKind::app_config, &plan::StateFiles::app_config}}};

Diagnostic unreadable(const plan::Server& server, const fs::path& path, std::string_view why) {
  return {"state-missing",
          Severity::error,
          server.place,
          fmt::format("the state file {} of server \"{}\" cannot be read: {}", path.string(),
                      server.name, why),
          "correct its path, which is relative to the topology's file, or leave it out",
          Exit::usage};
}

Checked<void> read_one(plan::State& state, const plan::Server& server, StateKind kind,
                       const fs::path& path) {
  std::error_code error;
  const bool folder = fs::is_directory(path, error);
  if (folder && kind == StateKind::hive) {
    return read_hives(state, path);
  }
  if (!folder && !fs::is_regular_file(path, error)) {
    return failure(unreadable(server, path, error ? error.message() : "it is no regular file"));
  }
  const auto bytes = store::read_file(path, kMaxStateFile);
  if (!bytes) {
    return failure(unreadable(server, path, bytes.error().front().message));
  }
  if (kind == StateKind::hive && plan::recognise(*bytes) == StateKind::hive) {
    return read_hives(state, path);
  }
  return plan::read_state(state, kind, *bytes, path.string(), server.addresses);
}

Checked<std::vector<plan::State>> read_states_of(const plan::Topology& topology,
                                                 const fs::path& folder) {
  std::vector<plan::State> states;
  Diagnostics wrong;
  for (const plan::Server& server : topology.servers) {
    plan::State state;
    state.name = server.name;
    bool any = false;
    for (const Named& named : kNamed) {
      const std::string& file = server.state.*(named.file);
      if (file.empty()) {
        continue;
      }
      any = true;
      if (auto read = read_one(state, server, named.kind, folder / file); !read) {
        std::ranges::move(read.error(), std::back_inserter(wrong));
      }
    }
    if (any) {
      states.push_back(std::move(state));
    }
  }
  if (!wrong.empty()) {
    return tl::unexpected(std::move(wrong));
  }
  return states;
}

}  // namespace

Checked<Planned> plan_of_topology(const std::string& text, const std::string& title,
                                  const fs::path& folder, const catalogue::Catalogue& catalogue) {
  auto topology = plan::read_topology(text, title, catalogue);
  if (!topology) {
    return tl::unexpected(std::move(topology).error());
  }
  auto states = read_states_of(*topology, folder);
  if (!states) {
    return tl::unexpected(std::move(states).error());
  }
  auto plan = plan::make_plan(*std::move(topology), catalogue, *states);
  return Planned{std::move(plan), *std::move(states)};
}

}  // namespace pinhole::cli
