// SPDX-License-Identifier: Apache-2.0
#include "firewall/aws_print.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "firewall/aws_read.hpp"
#include "firewall/print_samples.hpp"
#include "firewall/take_out.hpp"

namespace pinhole::firewall {
namespace {

using nlohmann::json;

Policy hosts_policy() {
  Policy policy = support::simple_policy();
  support::keep_what_groups_say(policy);
  return policy;
}

std::string printed(const Policy& policy) {
  auto texts = print_aws(policy);
  EXPECT_TRUE(texts) << to_string(texts.error().front());
  return texts ? texts->apply : std::string();
}

std::string refused(const Policy& policy) {
  const auto texts = print_aws(policy);
  return texts ? "" : texts.error().front().id;
}

TEST(AwsPrint, OpensPortsOfTheServersToTheClients) {
  const json resource = json::parse(printed(hosts_policy()))["resource"];
  const json& rules = resource["aws_vpc_security_group_ingress_rule"];
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules["pinhole_1_2"], json::parse(R"({
      "security_group_id": "${aws_security_group.pinhole_1.id}", "cidr_ipv4": "10.1.0.0/16",
      "ip_protocol": "tcp", "from_port": 5000, "to_port": 5010,
      "description": "outlook/ex-1:is-tcp-port: mail"})"));
}

TEST(AwsPrint, AttachesOneGroupToTheHostsThatShareItsRules) {
  Policy policy = hosts_policy();
  policy.rules.push_back(policy.rules[0]);
  policy.rules[1].destinations = {*parse_prefix("10.2.0.6"), *parse_prefix("10.2.0.7")};
  policy.rules[1].ports = *parse_port_set("443");
  const json document = json::parse(printed(policy));
  EXPECT_EQ(document["resource"]["aws_security_group"].size(), 3U);
  const json& attached = document["resource"]["aws_network_interface_sg_attachment"];
  EXPECT_EQ(attached.size(), 3U);
  EXPECT_NE(attached["pinhole_10_2_0_5"]["security_group_id"],
            attached["pinhole_10_2_0_6"]["security_group_id"]);
  EXPECT_EQ(document["data"]["aws_network_interface"]["pinhole_10_2_0_7"]["filter"],
            json::parse(R"([{"name": "addresses.private-ip-address", "values": ["10.2.0.7"]}])"));
}

TEST(AwsPrint, PassesIcmpWhole) {
  Policy policy = hosts_policy();
  policy.rules[0].protocol = Protocol::icmp;
  policy.rules[0].ports = {};
  const json document = json::parse(printed(policy));
  const json& rule = document["resource"]["aws_vpc_security_group_ingress_rule"]["pinhole_1_1"];
  EXPECT_EQ(rule["ip_protocol"], "icmp");
  EXPECT_EQ(rule["from_port"], -1);
  EXPECT_EQ(rule["to_port"], -1);
}

TEST(AwsPrint, KeepsTextFromBecomingAnExpression) {
  Policy policy = hosts_policy();
  policy.rules[0].reasons = {{"a>b", "${file(\"x\")} %{ if"}};
  const json document = json::parse(printed(policy));
  EXPECT_EQ(
      document["resource"]["aws_vpc_security_group_ingress_rule"]["pinhole_1_1"]["description"],
      "a/b: __file(_x_)_ __ if");
}

TEST(AwsPrint, RefusesWhatAGroupCannotSay) {
  Policy policy = hosts_policy();
  policy.zones[0].interface = "eth0";
  EXPECT_EQ(refused(policy), "firewall-interfaces");
  policy = hosts_policy();
  policy.rules[0].source_ports = *parse_port_set("88");
  EXPECT_EQ(refused(policy), "firewall-source-ports");
  policy = hosts_policy();
  policy.rules[0].destinations = {*parse_prefix("10.2.0.0/24")};
  EXPECT_EQ(refused(policy), "firewall-destination-network");
}

class AwsPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(AwsPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), printed, read_aws, support::keep_what_groups_say);
}

INSTANTIATE_TEST_SUITE_P(Parts, AwsPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
