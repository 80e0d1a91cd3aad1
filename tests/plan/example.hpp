// SPDX-License-Identifier: Apache-2.0
#pragma once
// The topologies of examples/, and short forms of what is made of them.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/flows.hpp"
#include "plan/plan.hpp"
#include "plan/topology_read.hpp"

namespace pinhole::plan {

inline Topology example(std::string_view name) {
  const auto path =
      std::filesystem::path(PINHOLE_SOURCE_DIR) / "examples" / (std::string(name) + ".toml");
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto topology = read_topology(text, path.filename().string(), catalogue::builtin());
  EXPECT_TRUE(topology) << name;
  return topology ? *topology : Topology{};
}

inline Assignment assigned(Index server, std::string_view service, std::string_view setting,
                           std::uint16_t port) {
  Assignment made;
  made.server = server;
  made.service = service;
  made.setting = setting;
  made.port = port;
  return made;
}

/// `F27 outlook>ex-1:is-tcp-port`, in the order of the flows.
inline std::vector<std::string> ids(const Flows& flows) {
  std::vector<std::string> all;
  for (const Flow& flow : flows.flows) {
    all.push_back(fmt::format("{} {}", flow.catalogue_flow, flow.id));
  }
  return all;
}

}  // namespace pinhole::plan
