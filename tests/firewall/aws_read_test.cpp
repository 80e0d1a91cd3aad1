// SPDX-License-Identifier: Apache-2.0
#include "firewall/aws_read.hpp"

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
  std::ifstream file(std::string(PINHOLE_SOURCE_DIR) + "/tests/firewall/data/aws-describe.json");
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
  EXPECT_EQ(rules->dialect, "aws-security-groups");
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

std::string id_of(const std::string& text) {
  const auto rules = read_aws(text, "test");
  return rules ? "" : rules.error().front().id;
}

/// A group of an interface with the address 10.0.0.5, and one rule.
std::string terraform(const std::string& rule) {
  return R"({"resource": {
    "aws_security_group": {"g": {"name": "g"}},
    "aws_network_interface": {"e": {"private_ips": ["10.0.0.5"],
      "security_groups": ["${aws_security_group.g.id}"]}},
    "aws_vpc_security_group_ingress_rule": {"r": {
      "security_group_id": "${aws_security_group.g.id}", )" +
         rule + "}}}}";
}

TEST(AwsRead, FollowsWhatTheCliDescribes) {
  const Ruleset rules = read(sample());
  ASSERT_THAT(rules.tables[0].chains, SizeIs(2));
  EXPECT_THAT(rules.tables[0].chains[0].rules, SizeIs(5));
  EXPECT_THAT(rules.tables[0].chains[1].rules, SizeIs(1));
  EXPECT_EQ(rules.tables[0].chains[0].rules[0].line, 7U);
  EXPECT_EQ(rules.tables[0].chains[0].rules[0].text,
            "sg-06cccc47e5b3e1ee9 in tcp 22-22 192.0.2.0/24,2001:db8::/32");
  EXPECT_EQ(outcome(rules, "tcp 192.0.2.9 to 10.0.1.18:22"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 192.0.2.9 to 10.0.1.20:22"), "denied");
  EXPECT_EQ(outcome(rules, "tcp [2001:db8::1]:40000 to [2001:db8:1::17]:22"), "passes");
  EXPECT_EQ(outcome(rules, "icmp 203.0.113.1 to 10.0.1.17 type 8 code 3"), "passes");
  EXPECT_EQ(outcome(rules, "icmp 203.0.113.1 to 10.0.1.17 type 13"), "denied");
  EXPECT_EQ(outcome(rules, "udp 10.0.1.20 to 10.0.1.21:999"), "passes");
  EXPECT_EQ(outcome(rules, "udp 10.0.1.22 to 10.0.1.21:999"), "denied");
  EXPECT_EQ(outcome(rules, "tcp 10.0.1.22 to 10.0.1.21:443"), "unknown");
}

TEST(AwsRead, KnowsNotWhereAGroupIsWithoutInterfaces) {
  const Ruleset rules = read(R"({"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [
    {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
  ]}]})");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.1 to 10.0.0.2:80"), "unknown");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.1 to 10.0.0.2:81"), "denied");
}

TEST(AwsRead, ReadsTerraformAsPeopleWriteIt) {
  const Ruleset rules = read(R"({"resource": [{"aws_security_group": {"web": [{
      "name": "web", "ingress": [{"description": "TLS", "from_port": 443, "to_port": 443,
        "protocol": "tcp", "cidr_blocks": ["10.1.0.0/16"], "ipv6_cidr_blocks": []}],
      "egress": [{"from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}]
    }], "db": {"name": "db"}}},
    {"aws_security_group_rule": {"db_in": {"type": "ingress", "from_port": 5432, "to_port": 5432,
      "protocol": "tcp", "security_group_id": "${aws_security_group.db.id}",
      "source_security_group_id": "${aws_security_group.web.id}"}}},
    {"aws_instance": {"web": {"private_ip": "10.0.0.5",
       "vpc_security_group_ids": ["${aws_security_group.web.id}"]}},
     "aws_network_interface": {"db": {"private_ips": ["10.0.0.6", "10.0.0.7"]}},
     "aws_network_interface_sg_attachment": {"db": {
       "security_group_id": "${aws_security_group.db.id}",
       "network_interface_id": "${aws_network_interface.db.id}"}}}]})");
  EXPECT_EQ(outcome(rules, "tcp 10.1.2.3 to 10.0.0.5:443"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 10.1.2.3 to 10.0.0.6:443"), "denied");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.5 to 10.0.0.7:5432"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.4 to 10.0.0.7:5432"), "denied");
}

TEST(AwsRead, TakesWhatItDoesNotKnowForAnything) {
  const auto with = [](const std::string& rule) {
    return outcome(read(terraform(rule)), "tcp 10.1.0.1 to 10.0.0.5:80");
  };
  const std::string port = R"("from_port": 80, "to_port": 80, "ip_protocol": "tcp", )";
  EXPECT_EQ(with(port + R"("cidr_ipv4": "10.1.0.0/16")"), "passes");
  EXPECT_EQ(with(port + R"("cidr_ipv4": "10.2.0.0/16")"), "denied");
  EXPECT_EQ(with(port + R"("cidr_ipv4": "${var.clients}")"), "unknown");
  EXPECT_EQ(with(port + R"("prefix_list_id": "pl-1")"), "unknown");
  EXPECT_EQ(with(port + R"("referenced_security_group_id": "sg-1")"), "unknown");
  EXPECT_EQ(with(port + R"("cidr_ipv4": "10.1.0.0/16", "count": "${var.n}")"), "unknown");
  EXPECT_EQ(with(R"("from_port": "${var.p}", "to_port": 80, "ip_protocol": "tcp",
                    "cidr_ipv4": "10.1.0.0/16")"),
            "unknown");
  EXPECT_EQ(with(R"("ip_protocol": "${var.p}", "cidr_ipv4": "10.1.0.0/16")"), "unknown");
  EXPECT_EQ(with(R"("ip_protocol": "-1", "cidr_ipv4": "10.1.0.0/16")"), "passes");
  EXPECT_EQ(outcome(read(R"({"module": {"m": {}}, "resource": {"aws_security_group": {}}})"),
                    "tcp 10.1.0.1 to 10.0.0.5:80"),
            "unknown");
  EXPECT_EQ(outcome(read(R"({"resource": {"aws_security_group": {"g": {
                      "dynamic": {"ingress": {"for_each": "${var.r}"}}}}}})"),
                    "tcp 10.1.0.1 to 10.0.0.5:80"),
            "unknown");
}

TEST(AwsRead, RefusesWhatItCannotRead) {
  EXPECT_EQ(id_of(""), "aws-security-groups-syntax");
  EXPECT_EQ(id_of("{}"), "aws-security-groups-syntax");
  EXPECT_EQ(id_of("[1, 2]"), "aws-security-groups-syntax");
  EXPECT_EQ(id_of(std::string(100000, '[')), "aws-security-groups-syntax");
}

TEST(AwsRead, EndsOnAnyCut) {
  const std::string text = sample();
  for (std::size_t size = 0; size + 2 < text.size(); size += 11) {
    EXPECT_FALSE(read_aws(text.substr(0, size), "cut"));
  }
}

TEST(AwsRead, HoldsAMillionAddresses) {
  std::string list;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    list += (i == 0 ? "\"" : ",\"") + to_string(IpAddress::v4(0x0a000000U + 2 * i)) + "\"";
  }
  const Ruleset rules = read(R"({"resource": {"aws_security_group": {"g": {"ingress": [{
    "protocol": "-1", "cidr_blocks": [)" +
                             list + "]}]}}}}");
  EXPECT_THAT(rules.tables[0].chains[0].rules[0].matches[1].elements, SizeIs(1'000'000));
}

}  // namespace
}  // namespace pinhole::firewall
