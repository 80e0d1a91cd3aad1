// SPDX-License-Identifier: Apache-2.0
#pragma once
// A small site that the tests of topologies begin with.

#include <initializer_list>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/topology_read.hpp"

namespace pinhole::plan {

/// A site that reads without a mistake; what a test adds begins on line 33.
inline constexpr std::string_view kSite = R"([[zone]]
name = "clients"
networks = ["10.1.0.0/16"]

[[zone]]
name = "servers"
networks = ["10.2.0.0/24", "2001:db8::/64"]

[[device]]
name = "fw"
backend = "nftables"
interfaces = { clients = "eth1", servers = "eth2" }

[[server]]
name = "ex1"
zone = "servers"
addresses = ["10.2.0.5"]
product = "exchange-2007"
roles = ["mailbox"]

[[server]]
name = "ex2"
zone = "servers"
addresses = ["10.2.0.6", "2001:db8::6"]
product = "exchange-2010-sp1"
roles = ["client-access"]

[[client]]
name = "outlook"
kind = "mapi"
zone = "clients"

)";

/// A server of one address as the file has it; the lines of `rest` begin with its fifth.
inline std::string server_row(std::string_view name, std::string_view zone,
                              std::string_view address,
                              std::initializer_list<std::string_view> rest) {
  std::string row = fmt::format("[[server]]\nname = \"{}\"\nzone = \"{}\"\naddresses = [\"{}\"]\n",
                                name, zone, address);
  for (const std::string_view line : rest) {
    row += fmt::format("{}\n", line);
  }
  return row;
}

/// A need of one server as the file has it, with one line more or none.
inline std::string need_row(std::string_view from, std::string_view to,
                            std::string_view more = "") {
  return fmt::format("[[need]]\nfrom = \"{}\"\nto = [\"{}\"]\n{}{}", from, to, more,
                     more.empty() ? "" : "\n");
}

inline Checked<Topology> read(std::string_view text) {
  return read_topology(text, "site.toml", catalogue::builtin());
}

/// Every mistake, a line each.
inline std::string mistakes_of(const Checked<Topology>& read) {
  std::string all;
  if (!read) {
    for (const Diagnostic& diagnostic : read.error()) {
      EXPECT_EQ(diagnostic.exit, Exit::usage);
      EXPECT_THAT(diagnostic.remedy, testing::Not(testing::IsEmpty())) << diagnostic.message;
      all += to_string(diagnostic) + "\n";
    }
  }
  return all;
}

}  // namespace pinhole::plan
