// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/site.hpp"
#include "plan/topology_lookup.hpp"

namespace pinhole::plan {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Topology, ASiteIsReadAsItStands) {
  const auto topology = read(std::string(kSite) + R"([[load_balancer]]
name = "lb"
zone = "servers"
addresses = ["10.2.0.9"]
servers = ["ex2"]
[[need]]
from = "outlook"
to = ["ex1", "lb"]
why = "mail"
[policy]
wanted = "5001-5100"
avoid = [5060, "5070-5080"]
[[pin]]
server = "ex1"
setting = "is-tcp-port"
port = 56001
)");
  ASSERT_TRUE(topology) << mistakes_of(topology);
  ASSERT_EQ(topology->servers.size(), 2U);
  EXPECT_EQ(topology->servers[0].system, OperatingSystem::windows_2003);
  EXPECT_EQ(topology->servers[1].system, OperatingSystem::windows_2008_r2);
  EXPECT_EQ(topology->servers[1].zone, 1U);
  EXPECT_EQ(topology->zones[1].networks.size(), 2U);
  ASSERT_EQ(topology->needs.size(), 1U);
  EXPECT_EQ(topology->needs[0].client, 0U);
  EXPECT_THAT(topology->needs[0].servers, testing::ElementsAre(0U));
  EXPECT_THAT(topology->needs[0].load_balancers, testing::ElementsAre(0U));
  EXPECT_EQ(topology->policy.wanted, (PortRange{5001, 5100}));
  EXPECT_EQ(to_string(topology->policy.avoid), "5060,5070-5080");
  ASSERT_EQ(topology->policy.pinned.size(), 1U);
  EXPECT_EQ(topology->policy.pinned[0].port, 56001);
  EXPECT_EQ(topology->servers[0].place.line, 14U);
}

// The TOML library has an unreachable branch for these letters (src/catalogue/CMakeLists.txt).
TEST(Topology, IsReadInAnyScript) {
  const std::string title = "\u3042\u30a2\u2d30 \ufb50\ufe8d \u5317\u4eac";
  const auto topology =
      read("# \u3042\ufb50\ntitle = \"" + title + "\" # \u3042\n" + std::string(kSite));
  ASSERT_TRUE(topology) << mistakes_of(topology);
  EXPECT_EQ(topology->title, title);
  EXPECT_FALSE(read("\u3042\ufb50 = \u3042\n"));
}

TEST(Topology, AnArrayStandsForItsServersOnBothSidesOfANeed) {
  const auto topology = read(std::string(kSite) + R"([[array]]
name = "cas"
[[server]]
name = "ex3"
zone = "servers"
addresses = ["10.2.0.7"]
product = "exchange-2010-sp1"
roles = ["client-access"]
array = "cas"
[[server]]
name = "ex4"
zone = "servers"
addresses = ["10.2.0.8"]
product = "exchange-2010-sp1"
roles = ["client-access"]
array = "cas"
[[need]]
from = "cas"
to = ["cas", "ex1"]
for = ["mail-transfer"]
[[pin]]
server = "cas"
setting = "rca-tcp-port"
port = 59532
)");
  ASSERT_TRUE(topology) << mistakes_of(topology);
  ASSERT_EQ(topology->needs.size(), 2U);
  EXPECT_EQ(topology->needs[0].server_from, 2U);
  EXPECT_THAT(topology->needs[0].servers, testing::ElementsAre(3U, 0U));
  EXPECT_THAT(topology->needs[1].servers, testing::ElementsAre(2U, 0U));
  EXPECT_EQ(topology->policy.pinned.size(), 2U);
}

TEST(Topology, TheInternetIsWhatNoOtherZoneHolds) {
  const auto topology = read(std::string(kSite) + "[[zone]]\nname = \"internet\"\n");
  ASSERT_TRUE(topology) << mistakes_of(topology);
  EXPECT_EQ(zone_of(*topology, *parse_address("203.0.113.1")), 2U);
  EXPECT_EQ(zone_of(*topology, *parse_address("10.1.2.3")), 0U);
  EXPECT_EQ(zone_of(*topology, *parse_address("2001:db8::1")), 1U);
}

TEST(Topology, ServicesFollowProductAndRoles) {
  const auto topology = read(std::string(kSite) + R"([[server]]
name = "dc"
zone = "servers"
addresses = ["10.2.0.2"]
system = "linux"
roles = ["domain-controller"]
)");
  ASSERT_TRUE(topology) << mistakes_of(topology);
  const auto names = [&](Index server) {
    std::vector<std::string_view> found;
    for (const auto* service : services_on(catalogue::builtin(), topology->servers[server])) {
      found.push_back(service->name);
    }
    return found;
  };
  EXPECT_THAT(names(0), testing::AllOf(testing::Contains("MSExchangeIS"),
                                       testing::Not(testing::Contains("MSExchangePOP3"))));
  EXPECT_THAT(names(2), testing::ElementsAre("RpcSs", "NTDS", "Netlogon", "kdc", "lanmanserver"));
}

std::vector<std::string> examples() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PINHOLE_SOURCE_DIR) + "/examples")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".toml") && name.find("gate") == std::string::npos) {
      names.push_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, ReadsWithoutAMistake) {
  const std::string text =
      read_file(std::filesystem::path(PINHOLE_SOURCE_DIR) / "examples" / GetParam());
  const auto topology = read_topology(text, GetParam(), catalogue::builtin());
  ASSERT_TRUE(topology) << mistakes_of(topology);
  EXPECT_FALSE(topology->needs.empty());
}

std::string test_name(std::string name) {
  std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
  return name;
}

INSTANTIATE_TEST_SUITE_P(Topology, Example, testing::ValuesIn(examples()),
                         [](const auto& test) { return test_name(test.param); });

TEST(Examples, EveryProductHasOne) {
  std::string all;
  for (const std::string& name : examples()) {
    all += read_file(std::filesystem::path(PINHOLE_SOURCE_DIR) / "examples" / name);
  }
  for (const catalogue::Product& product : catalogue::builtin().products) {
    EXPECT_NE(all.find("product = \"" + std::string(product.id) + "\""), std::string::npos)
        << product.id;
  }
}

}  // namespace
}  // namespace pinhole::plan
