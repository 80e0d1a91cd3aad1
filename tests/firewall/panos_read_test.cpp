// SPDX-License-Identifier: Apache-2.0
#include "firewall/panos_read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/proof.hpp"
#include "firewall/read.hpp"
#include "firewall/zone_samples.hpp"

namespace pinhole::firewall {
namespace {

using support::fate;
using support::file;

Ruleset read(const std::string& text) {
  auto rules = read_panos(text, "test");
  EXPECT_TRUE(rules) << to_string(rules.error().front());
  return rules.value_or(Ruleset{});
}

std::string id_of(const std::string& text) {
  const auto rules = read_panos(text, "test");
  return rules ? "" : rules.error().front().id;
}

constexpr const char* kZones =
    "set zone a network layer3 ethernet1/1\n"
    "set zone b network layer3 ethernet1/2\n";

/// Two zones, and one rule between them that allows all, with these words.
Ruleset rule(const std::string& words, const std::string& more = "") {
  return read(kZones + more + "set rulebase security rules r from a to b action allow " + words +
              "\n");
}

std::string crossing(const std::string& rest) {
  return "in ethernet1/1 out ethernet1/2 " + rest;
}

class PanosGolden : public testing::TestWithParam<const char*> {};

TEST_P(PanosGolden, IsReadAsTheDeviceDoesIt) {
  const auto rules = read_ruleset(file(GetParam()), GetParam());
  ASSERT_TRUE(rules) << to_string(rules.error().front());
  EXPECT_EQ(rules->dialect, "pan-os");
  const std::string in = "in ethernet1/1 out ethernet1/2 tcp 198.51.100.7 to ";
  EXPECT_EQ(fate(*rules, in + "203.0.113.11:443"), "accepted as 10.1.1.100");
  EXPECT_EQ(fate(*rules, in + "203.0.113.11:9005"), "accepted as 10.1.1.100");
  EXPECT_EQ(fate(*rules, in + "203.0.113.11:80"), "denied");
  EXPECT_EQ(fate(*rules, in + "10.1.1.100:443"), "accepted");
  EXPECT_EQ(fate(*rules,
                 "in ethernet1/3.100 out ethernet1/2 tcp 2001:db8:9::1 to "
                 "[2001:db8:2::25]:443"),
            "accepted");
  const std::string out = "in ethernet1/2 out ethernet1/1 tcp ";
  EXPECT_EQ(fate(*rules, out + "10.2.0.10 to 198.51.100.7:443"), "unknown");
  EXPECT_EQ(fate(*rules, out + "10.2.0.21 to 198.51.100.7:443"), "unknown");
  EXPECT_EQ(fate(*rules, "in ethernet1/1 out ethernet1/3.100 tcp 10.9.0.1 to 10.9.0.2:1"),
            "accepted");
  EXPECT_EQ(fate(*rules, "in ethernet1/1 out ethernet1/9 tcp 10.9.0.1 to 10.9.0.2:1"), "denied");
}

INSTANTIATE_TEST_SUITE_P(Forms, PanosGolden, testing::Values("panos.set", "panos.xml"));

TEST(PanosRead, ReadsBothFormsAlike) {
  const auto commands = read_panos(file("panos.set"), "commands");
  const auto xml = read_panos(file("panos.xml"), "xml");
  ASSERT_TRUE(commands && xml);
  const auto between = diff(*commands, *xml);
  ASSERT_TRUE(between);
  EXPECT_TRUE(between->opened.empty() && between->closed.empty());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(commands->tables[0].chains.at(i).rules.size(),
              xml->tables[0].chains.at(i).rules.size());
  }
}

struct Unknown {
  const char* words;
  const char* why;
};

class PanosUnknown : public testing::TestWithParam<Unknown> {};

TEST_P(PanosUnknown, IsReported) {
  const Ruleset rules = rule(GetParam().words, "set address name fqdn host.example\n");
  std::string found;
  for (const Match& match : rules.tables[0].chains.back().rules.front().matches) {
    found += match.unknown;
  }
  EXPECT_EQ(found, GetParam().why);
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 10.0.1.1:135")), "unknown");
}

INSTANTIATE_TEST_SUITE_P(
    Words, PanosUnknown,
    testing::Values(Unknown{"application ms-rpc service any", "application ms-rpc"},
                    Unknown{"application any service application-default",
                            "service application-default: the ports of each application"},
                    Unknown{"source-user domain\\x", "source-user domain\\x"},
                    Unknown{"schedule nights", "schedule nights"},
                    Unknown{"category games", "category games"},
                    Unknown{"source name", "address name: fqdn host.example"},
                    Unknown{"destination US", "address US is not shown"},
                    Unknown{"service other", "service other is not shown"},
                    Unknown{"saas-user-list x", "saas-user-list x"}));

TEST(PanosRead, NegatesAddressesAndReadsThemWhereTheyStand) {
  const Ruleset rules = rule("source [ 10.0.0.0/24 10.0.2.1-10.0.2.9 ] negate-source yes");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 10.0.1.1:1")), "denied");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.2.9 to 10.0.1.1:1")), "denied");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.2.10 to 10.0.1.1:1")), "accepted");
}

TEST(PanosRead, KnowsRulesWithinAZoneAndBetweenZones) {
  const Ruleset between = read(std::string(kZones) +
                               "set rulebase security rules r from any to any source any "
                               "destination any rule-type interzone action allow\n"
                               "set rulebase default-security-rules rules intrazone-default "
                               "action deny\n");
  EXPECT_EQ(fate(between, crossing("tcp 10.0.0.1 to 10.0.1.1:1")), "accepted");
  EXPECT_EQ(fate(between, "in ethernet1/1 out ethernet1/1 tcp 10.0.0.1 to 10.0.0.2:1"), "denied");
  const Ruleset within = read(std::string(kZones) +
                              "set rulebase security rules r from a to any rule-type intrazone "
                              "action deny\n");
  EXPECT_EQ(fate(within, "in ethernet1/1 out ethernet1/1 tcp 10.0.0.1 to 10.0.0.2:1"), "denied");
  EXPECT_EQ(fate(within, "in ethernet1/2 out ethernet1/2 tcp 10.0.0.1 to 10.0.0.2:1"), "accepted");
}

TEST(PanosRead, DoesNotKnowWhereADestinationWouldHaveGone) {
  const Ruleset rules =
      rule("source any destination any service any",
           "set rulebase nat rules n from a to b destination 192.0.2.1 service any "
           "destination-translation translated-address 10.0.1.1 translated-port 8080\n");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 192.0.2.1:80")), "unknown");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 192.0.2.2:80")), "accepted");
}

TEST(PanosRead, AsksRulesOfAPanoramaBeforeAndBehindTheLocalOnes) {
  const Ruleset rules = read(std::string(kZones) +
                             "set rulebase security rules x from a to b action deny\n"
                             "set pre-rulebase security rules y from a to b service "
                             "service-https action allow\n"
                             "set post-rulebase security rules z from a to b action allow\n");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 10.0.1.1:443")), "accepted");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 10.0.1.1:80")), "denied");
}

TEST(PanosRead, RefusesWhatItCannotFollow) {
  EXPECT_EQ(id_of("set zone a\ndelete zone a\n"), "panos-command");
  EXPECT_EQ(id_of("set zone \"a\n"), "panos-cut");
  EXPECT_EQ(id_of("set zone a network layer3 [ ethernet1/1\n"), "panos-cut");
  EXPECT_EQ(id_of("<config><devices>"), "panos-xml");
  EXPECT_EQ(id_of("set device-group x address y ip-netmask 10.0.0.1\n"), "panos-panorama");
  EXPECT_EQ(id_of("set vsys vsys1 zone a network layer3 e1\n"
                  "set vsys vsys2 zone b network layer3 e2\n"),
            "panos-systems");
}

TEST(PanosRead, RefusesGroupsThatContainThemselves) {
  EXPECT_EQ(id_of(std::string(kZones) +
                  "set address-group x static y\nset address-group y static x\n"
                  "set rulebase security rules r from a to b source x action allow\n"),
            "firewall-group");
}

TEST(PanosRead, IsNotDisturbedByDeepXml) {
  std::string text = "<config>";
  for (int i = 0; i < 100000; ++i) {
    text += "<a>";
  }
  EXPECT_EQ(id_of(text), "panos-xml");
  for (int i = 0; i < 100000; ++i) {
    text += "</a>";
  }
  EXPECT_EQ(id_of(text + "</config>"), "panos-syntax");
}

}  // namespace
}  // namespace pinhole::firewall
