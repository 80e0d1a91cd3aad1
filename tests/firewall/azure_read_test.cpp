// SPDX-License-Identifier: Apache-2.0
#include "firewall/azure_read.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/explain.hpp"
#include "firewall/read.hpp"

namespace pinhole::firewall {
namespace {

using testing::SizeIs;

std::string sample() {
  std::ifstream file(std::string(PINHOLE_SOURCE_DIR) + "/tests/firewall/data/azure-nsg-show.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Ruleset read(const std::string& text) {
  auto rules = read_ruleset(text, "test");
  EXPECT_TRUE(rules) << to_string(rules.error().front());
  if (!rules) {
    return {};
  }
  EXPECT_EQ(rules->dialect, "azure-nsg");
  return *std::move(rules);
}

std::string outcome(const Ruleset& rules, const std::string& packet) {
  const auto parsed = parse_packet(packet);
  EXPECT_TRUE(parsed) << packet;
  const auto walked = explain(rules, *parsed);
  EXPECT_TRUE(walked);
  if (!walked) {
    return "";
  }
  return walked->outcome == Outcome::accepted  ? "passes"
         : walked->outcome == Outcome::unknown ? "unknown"
                                               : "denied";
}

/// A group with one rule that allows, and these properties of it.
std::string with(const std::string& properties) {
  return R"({"name": "g", "defaultSecurityRules": [], "securityRules": [{"name": "r",
    "properties": {"direction": "Inbound", "access": "Allow", "priority": 100, )" +
         properties + "}}]}";
}

std::string id_of(const std::string& text) {
  const auto rules = read_azure(text, "test");
  return rules ? "" : rules.error().front().id;
}

TEST(AzureRead, FollowsWhatAzShows) {
  const Ruleset rules = read(sample());
  ASSERT_THAT(rules.tables[0].chains, SizeIs(2));
  EXPECT_THAT(rules.tables[0].chains[0].rules, SizeIs(7));
  EXPECT_EQ(rules.tables[0].chains[0].rules[0].line, 29U);
  EXPECT_EQ(rules.tables[0].chains[0].rules[1].text,
            "1001 web Allow TCP from 192.0.2.0/24,10.9.0.0/16 port * to 10.0.0.4,10.0.0.5 port "
            "80,5000-5010");
  EXPECT_EQ(outcome(rules, "tcp 203.0.113.1 to 10.0.0.4:22"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 192.0.2.7 to 10.0.0.5:5010"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 192.0.2.7 to 10.0.0.6:5010"), "denied");
  EXPECT_EQ(outcome(rules, "udp 192.0.2.7 to 10.0.0.5:5010"), "denied");
  EXPECT_EQ(outcome(rules, "tcp 10.9.1.1 to 10.0.0.5:80"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 10.9.1.1 to 10.0.0.5:81"), "denied");
}

TEST(AzureRead, AddsTheDefaultRulesWhereTheTextHasNone) {
  const Ruleset rules = read(R"({"securityRules": []})");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.1 to 10.0.0.2:1"), "unknown");
  EXPECT_EQ(rules.tables[0].chains[0].rules.size(), 3U);
  EXPECT_EQ(rules.tables[0].chains[1].rules.size(), 3U);
}

TEST(AzureRead, ReadsATemplate) {
  const Ruleset rules = read(R"({"resources": [
    {"type": "Microsoft.Network/virtualNetworks", "name": "v", "properties": {}},
    {"type": "Microsoft.Network/networkSecurityGroups", "name": "g", "properties": {
      "defaultSecurityRules": [], "securityRules": []}},
    {"type": "Microsoft.Network/networkSecurityGroups/securityRules", "name": "g/apart",
     "properties": {"direction": "Inbound", "access": "Allow", "priority": 100,
       "protocol": "Udp", "sourceAddressPrefix": "*", "sourcePortRange": "53",
       "destinationAddressPrefix": "*", "destinationPortRange": "*"}}]})");
  EXPECT_EQ(rules.tables[0].name, "g");
  EXPECT_EQ(outcome(rules, "udp 10.0.0.1:53 to 10.0.0.2:1"), "passes");
  EXPECT_EQ(outcome(rules, "udp 10.0.0.1:54 to 10.0.0.2:1"), "denied");
}

TEST(AzureRead, TakesTagsAndExpressionsForAnything) {
  const std::string tcp = R"("protocol": "Tcp", "destinationPortRange": "80")";
  EXPECT_EQ(outcome(read(with(tcp + R"(, "sourceAddressPrefix": "Internet")")),
                    "tcp 10.0.0.1 to 10.0.0.2:80"),
            "unknown");
  EXPECT_EQ(
      outcome(read(with(tcp + R"(, "sourceAddressPrefixes": ["VirtualNetwork", "10.0.0.1"])")),
              "tcp 10.0.0.1 to 10.0.0.2:80"),
      "passes");
  EXPECT_EQ(outcome(read(with(tcp + R"(, "sourceAddressPrefix": "[parameters('x')]")")),
                    "tcp 10.0.0.1 to 10.0.0.2:80"),
            "unknown");
  EXPECT_EQ(outcome(read(with(tcp + R"(, "destinationApplicationSecurityGroups": [{"id": "x"}])")),
                    "tcp 10.0.0.1 to 10.0.0.2:80"),
            "unknown");
  EXPECT_EQ(outcome(read(with(R"("protocol": "Nosuch")")), "tcp 10.0.0.1 to 10.0.0.2:80"),
            "unknown");
}

TEST(AzureRead, KnowsNotWhatPortsAreToPacketsWithoutAny) {
  const Ruleset rules = read(with(R"("protocol": "*", "destinationPortRange": "80")"));
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.1 to 10.0.0.2:80"), "passes");
  EXPECT_EQ(outcome(rules, "udp 10.0.0.1 to 10.0.0.2:80"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.1 to 10.0.0.2:81"), "denied");
  EXPECT_EQ(outcome(rules, "icmp 10.0.0.1 to 10.0.0.2 type 8"), "unknown");
}

TEST(AzureRead, RefusesWhatItCannotRead) {
  EXPECT_EQ(id_of(""), "azure-nsg-syntax");
  EXPECT_EQ(id_of("{}"), "azure-nsg-syntax");
  EXPECT_EQ(id_of(R"([{"securityRules": []}, {"securityRules": []}])"), "azure-nsg-syntax");
  EXPECT_EQ(id_of(R"({"securityRules": [{"direction": "Inbound", "access": "Allow"}]})"),
            "azure-nsg-syntax");
  EXPECT_EQ(id_of(R"({"securityRules": [7]})"), "azure-nsg-syntax");
  EXPECT_EQ(id_of(std::string(100000, '[')), "azure-nsg-syntax");
}

TEST(AzureRead, EndsOnAnyCut) {
  const std::string text = sample();
  for (std::size_t size = 0; size < text.size(); size += 11) {
    EXPECT_FALSE(read_azure(text.substr(0, size), "cut"));
  }
}

TEST(AzureRead, HoldsAMillionAddresses) {
  std::string list;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    list += (i == 0 ? "\"" : ",\"") + to_string(IpAddress::v4(0x0a000000U + 2 * i)) + "\"";
  }
  const Ruleset rules = read(with(R"("protocol": "Tcp", "sourceAddressPrefixes": [)" + list + "]"));
  EXPECT_THAT(rules.tables[0].chains[0].rules[0].matches[0].elements, SizeIs(1'000'000));
}

}  // namespace
}  // namespace pinhole::firewall
