// SPDX-License-Identifier: Apache-2.0
#include "firewall/azure_print.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "firewall/azure_read.hpp"
#include "firewall/print_samples.hpp"
#include "firewall/take_out.hpp"

namespace pinhole::firewall {
namespace {

using nlohmann::json;

Policy hosts_policy() {
  Policy policy = support::simple_policy();
  support::keep_what_hosts_say(policy);
  return policy;
}

std::string printed(const Policy& policy) {
  auto texts = print_azure(policy);
  EXPECT_TRUE(texts) << to_string(texts.error().front());
  return texts ? texts->apply : std::string();
}

json rules_of(const std::string& text) {
  return json::parse(text)["resources"][0]["properties"]["securityRules"];
}

std::string refused(const Policy& policy) {
  const auto texts = print_azure(policy);
  return texts ? "" : texts.error().front().id;
}

TEST(AzurePrint, OpensPortsOfTheServersToTheClients) {
  const json rules = rules_of(printed(hosts_policy()));
  ASSERT_EQ(rules.size(), 4U);
  EXPECT_EQ(rules[0], json::parse(R"({"name": "pinhole-100", "properties": {
      "description": "outlook>ex-1:is-tcp-port: mail", "priority": 100, "direction": "Inbound",
      "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "10.1.0.0/16",
      "sourcePortRange": "*", "destinationAddressPrefixes": ["10.2.0.5/32", "10.2.0.6/32"],
      "destinationPortRanges": ["135", "5000-5010"]}})"));
}

TEST(AzurePrint, DeniesLastWhatAzureWouldLetIn) {
  const json rules = rules_of(printed(hosts_policy()));
  const json& last = rules.back()["properties"];
  EXPECT_EQ(last["access"], "Deny");
  EXPECT_EQ(last["priority"], 4096);
  EXPECT_EQ(last["sourceAddressPrefix"], "*");
  EXPECT_EQ(rules[1]["properties"]["description"], "within zone clients");
}

TEST(AzurePrint, MakesOneGroupOfItsOwn) {
  const json document = json::parse(printed(hosts_policy()));
  ASSERT_EQ(document["resources"].size(), 1U);
  EXPECT_EQ(document["resources"][0]["name"], "pinhole");
  const auto texts = print_azure(hosts_policy());
  ASSERT_TRUE(texts);
  EXPECT_TRUE(rules_of(texts->undo).empty());
}

TEST(AzurePrint, KeepsTextFromBecomingAnExpression) {
  Policy policy = hosts_policy();
  policy.title = "[deployment().name]";
  policy.rules[0].reasons = {{"[concat('a')", "\"b\""}};
  const json document = json::parse(printed(policy));
  EXPECT_EQ(document["resources"][0]["tags"]["plan"], "[[deployment().name]");
  EXPECT_EQ(rules_of(document.dump())[0]["properties"]["description"], "[[concat('a'): 'b'");
}

TEST(AzurePrint, OpensNoZoneThatIsEverything) {
  Policy policy = hosts_policy();
  policy.zones[0].networks = {*parse_prefix("0.0.0.0/0")};
  for (const json& rule : rules_of(printed(policy))) {
    EXPECT_NE(rule["properties"]["description"], "within zone clients");
  }
}

TEST(AzurePrint, RefusesWhatAGroupCannotSay) {
  Policy policy = hosts_policy();
  policy.zones[0].interface = "eth0";
  EXPECT_EQ(refused(policy), "firewall-interfaces");
  policy = hosts_policy();
  policy.rules[0].protocol = Protocol::icmpv6;
  policy.rules[0].ports = {};
  EXPECT_EQ(refused(policy), "firewall-icmpv6");
  policy = hosts_policy();
  policy.rules.resize(1000, policy.rules[0]);
  EXPECT_EQ(refused(policy), "firewall-too-many-rules");
}

class AzurePrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(AzurePrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), printed, read_azure, support::keep_what_hosts_say);
}

INSTANTIATE_TEST_SUITE_P(Parts, AzurePrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
