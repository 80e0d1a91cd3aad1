// SPDX-License-Identifier: Apache-2.0
#include "firewall/junos_read.hpp"

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
  auto rules = read_junos(text, "test");
  EXPECT_TRUE(rules) << to_string(rules.error().front());
  return rules.value_or(Ruleset{});
}

std::string id_of(const std::string& text) {
  const auto rules = read_junos(text, "test");
  return rules ? "" : rules.error().front().id;
}

constexpr const char* kZones =
    "set security zones security-zone a interfaces ge-0/0/0.0\n"
    "set security zones security-zone b interfaces ge-0/0/1.0\n";

/// Two zones, and one policy between them of these words.
Ruleset policy(const std::vector<std::string>& words, const std::string& more = "") {
  std::string text = kZones + more;
  for (const std::string& each : words) {
    text += "set security policies from-zone a to-zone b policy p " + each + "\n";
  }
  return read(text);
}

std::string crossing(const std::string& rest) {
  return "in ge-0/0/0.0 out ge-0/0/1.0 " + rest;
}

class JunosGolden : public testing::TestWithParam<const char*> {};

TEST_P(JunosGolden, IsReadAsTheDeviceDoesIt) {
  const auto rules = read_ruleset(file(GetParam()), GetParam());
  ASSERT_TRUE(rules) << to_string(rules.error().front());
  EXPECT_EQ(rules->dialect, "junos-srx");
  const std::string in = "in ge-0/0/0.0 out ge-0/0/1.0 tcp 198.51.100.7 to ";
  EXPECT_EQ(fate(*rules, in + "203.0.113.200:80"), "accepted as 192.168.1.200");
  EXPECT_EQ(fate(*rules, in + "203.0.113.200:81"), "denied");
  EXPECT_EQ(fate(*rules, in + "192.168.1.200:25"), "accepted");
  EXPECT_EQ(fate(*rules, in + "192.168.1.201:80"), "denied");
  EXPECT_EQ(fate(*rules, "in ge-0/0/0.0 out ge-0/0/1.0 tcp 2001:db8:9::1 to [2001:db8:2::25]:25"),
            "accepted");
  const std::string out = "in ge-0/0/1.0 out ge-0/0/0.0 tcp ";
  EXPECT_EQ(fate(*rules, out + "192.168.1.11 to 198.51.100.7:443"), "unknown");
  EXPECT_EQ(fate(*rules, out + "192.168.1.21 to 198.51.100.7:443"), "denied");
  EXPECT_EQ(fate(*rules, out + "192.168.1.11 to 198.51.100.7:23"), "denied");
}

INSTANTIATE_TEST_SUITE_P(Forms, JunosGolden, testing::Values("srx.conf", "srx.set"));

TEST(JunosRead, ReadsBothFormsAlike) {
  const auto braces = read_junos(file("srx.conf"), "braces");
  const auto commands = read_junos(file("srx.set"), "commands");
  ASSERT_TRUE(braces && commands);
  const auto between = diff(*braces, *commands);
  ASSERT_TRUE(between);
  EXPECT_TRUE(between->opened.empty() && between->closed.empty());
  ASSERT_EQ(braces->tables[0].chains.size(), commands->tables[0].chains.size());
  for (std::size_t i = 0; i < braces->tables[0].chains.size(); ++i) {
    EXPECT_EQ(braces->tables[0].chains[i].rules.size(), commands->tables[0].chains[i].rules.size());
  }
}

struct Unknown {
  const char* words;
  const char* why;
};

class JunosUnknown : public testing::TestWithParam<Unknown> {};

TEST_P(JunosUnknown, IsReported) {
  const Ruleset rules = policy({"match source-address any", "match destination-address any",
                                "match application junos-http", "then permit", GetParam().words});
  std::string found;
  for (const Match& match : rules.tables[0].chains.back().rules.back().matches) {
    found += match.unknown;
  }
  EXPECT_EQ(found, GetParam().why);
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 10.0.1.1:80")), "unknown");
}

INSTANTIATE_TEST_SUITE_P(
    Words, JunosUnknown,
    testing::Values(Unknown{"scheduler-name nights", "scheduler-name nights"},
                    Unknown{"match source-identity role", "source-identity role"},
                    Unknown{"match dynamic-application junos:SSL", "dynamic-application junos:SSL"},
                    Unknown{"then permit application-services idp",
                            "permit application-services idp"},
                    Unknown{"then permit tunnel ipsec-vpn v", "permit tunnel ipsec-vpn v"},
                    Unknown{"match url-category Games", "url-category Games"}));

TEST(JunosRead, DoesNotKnowWhatTheAlgOfMsRpcOpens) {
  const std::vector<std::string> words = {"match source-address any",
                                          "match destination-address any", "then permit"};
  const auto with = [&](const char* application, const std::string& more = "") {
    std::vector<std::string> all = words;
    all.push_back(std::string("match application ") + application);
    return policy(all, more);
  };
  const std::string dynamic = crossing("tcp 10.0.0.1 to 10.0.1.1:49152");
  const std::string mapper = crossing("tcp 10.0.0.1 to 10.0.1.1:135");
  const Ruleset predefined = with("junos-ms-rpc-tcp");
  EXPECT_EQ(fate(predefined, mapper), "accepted");
  EXPECT_EQ(fate(predefined, dynamic), "unknown");
  EXPECT_EQ(fate(predefined, "in ge-0/0/1.0 out ge-0/0/0.0 tcp 10.0.1.1 to 10.0.0.1:49152"),
            "denied");
  EXPECT_EQ(fate(with("junos-ms-rpc-tcp", "set security alg msrpc disable\n"), dynamic), "denied");
  EXPECT_EQ(fate(with("junos-ms-rpc-msexchange-info-store"), dynamic), "unknown");
  const std::string uuid =
      "set applications application nspi term 1 alg ms-rpc protocol tcp uuid "
      "f5cc5a18-4264-101a-8c59-08002b2f8426\n";
  EXPECT_EQ(fate(with("nspi", uuid), dynamic), "unknown");
  const std::string plain =
      "set applications application mapper protocol tcp\n"
      "set applications application mapper destination-port 135\n";
  EXPECT_EQ(fate(with("mapper", plain), dynamic), "unknown");
  EXPECT_EQ(fate(with("mapper", plain + "set applications application mapper "
                                        "application-protocol ignore\n"),
                 dynamic),
            "denied");
}

TEST(JunosRead, KnowsTermsSourcePortsAndIcmp) {
  const Ruleset rules =
      policy({"match source-address any", "match destination-address any", "match application set",
              "then permit"},
             "set applications application one term t1 protocol tcp source-port 1024-65535 "
             "destination-port 5000-5010\n"
             "set applications application one term t2 protocol udp destination-port domain\n"
             "set applications application-set set application one\n"
             "set applications application-set set application junos-icmp-ping\n");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1:2000 to 10.0.1.1:5010")), "accepted");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1:1000 to 10.0.1.1:5010")), "denied");
  EXPECT_EQ(fate(rules, crossing("udp 10.0.0.1 to 10.0.1.1:53")), "accepted");
  EXPECT_EQ(fate(rules, crossing("icmp 10.0.0.1 to 10.0.1.1 type 8")), "accepted");
  EXPECT_EQ(fate(rules, crossing("icmp 10.0.0.1 to 10.0.1.1 type 13")), "denied");
}

TEST(JunosRead, LooksIntoTheBookOfTheZoneFirst) {
  const Ruleset rules =
      policy({"match source-address host", "match destination-address host",
              "match application any", "then permit"},
             "set security address-book global address host 10.0.0.1/32\n"
             "set security zones security-zone b address-book address host 10.0.1.1/32\n");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 10.0.1.1:80")), "accepted");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 10.0.0.1:80")), "denied");
}

TEST(JunosRead, DoesNotKnowHowFarAnExclusionOfOneFamilyGoes) {
  const Ruleset rules =
      policy({"match source-address host", "match source-address-excluded",
              "match destination-address any", "match application any", "then permit"},
             "set security address-book global address host 10.0.0.1/32\n");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 10.0.1.1:80")), "denied");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.2 to 10.0.1.1:80")), "accepted");
  EXPECT_EQ(fate(rules, crossing("tcp 2001:db8::1 to [2001:db8::2]:80")), "unknown");
}

TEST(JunosRead, PermitsBetweenZonesAloneByDefault) {
  const Ruleset rules =
      read(std::string(kZones) + "set security policies default-policy permit-all\n");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 10.0.1.1:80")), "accepted");
  EXPECT_EQ(fate(rules, "in ge-0/0/0.0 out ge-0/0/7.0 tcp 10.0.0.1 to 10.0.1.1:80"), "denied");
}

TEST(JunosRead, TranslatesStaticallyBothWays) {
  const Ruleset rules =
      policy({"match source-address any", "match destination-address any", "match application any",
              "then permit"},
             "set security nat static rule-set s from zone a\n"
             "set security nat static rule-set s rule r match destination-address 192.0.2.1/32\n"
             "set security nat static rule-set s rule r then static-nat prefix 10.0.1.1/32\n");
  EXPECT_EQ(fate(rules, crossing("tcp 10.0.0.1 to 192.0.2.1:80")), "accepted as 10.0.1.1");
  EXPECT_EQ(rules.tables[0].chains[1].hook, Hook::postrouting);
}

TEST(JunosRead, RefusesWhatItCannotFollow) {
  EXPECT_EQ(id_of("set security zones\ndelete security policies\n"), "junos-command");
  EXPECT_EQ(id_of("security {\n  policies {\n"), "junos-cut");
  EXPECT_EQ(id_of("security { zones \"a"), "junos-cut");
  EXPECT_EQ(id_of("security { } }"), "junos-syntax");
  EXPECT_EQ(id_of("set security policies apply-groups x\n"), "junos-groups");
  EXPECT_EQ(id_of("set groups x security policies default-policy permit-all\n"
                  "set apply-groups x\n"),
            "junos-groups");
  EXPECT_EQ(id_of("set groups x system host-name y\nset apply-groups x\n"), "");
  EXPECT_EQ(id_of("set logical-systems a security policies default-policy permit-all\n"),
            "junos-logical-system");
}

TEST(JunosRead, RefusesGroupsThatContainThemselves) {
  std::string text = std::string(kZones) +
                     "set security address-book global address-set x address-set y\n"
                     "set security address-book global address-set y address-set x\n";
  for (const char* words : {"match source-address x", "match destination-address any",
                            "match application any", "then permit"}) {
    text += std::string("set security policies from-zone a to-zone b policy p ") + words + "\n";
  }
  EXPECT_EQ(id_of(text), "firewall-group");
}

TEST(JunosRead, KeepsALargeGroupOnce) {
  std::string text = kZones;
  for (int i = 0; i < 20000; ++i) {
    const std::string address =
        "10." + std::to_string(i / 256 % 256) + "." + std::to_string(i % 256) + ".1";
    text += "set security address-book global address h" + std::to_string(i) + " " + address +
            "/32\nset security address-book global address-set all address h" + std::to_string(i) +
            "\n";
  }
  for (int i = 0; i < 50; ++i) {
    for (const char* words : {"match source-address all", "match destination-address any",
                              "match application any", "then permit"}) {
      text += "set security policies from-zone a to-zone b policy p" + std::to_string(i) + " " +
              words + "\n";
    }
  }
  const Ruleset rules = read(text);
  ASSERT_EQ(rules.tables[0].sets.size(), 1U);
  EXPECT_EQ(rules.tables[0].sets[0].elements.size(), 20000U);
}

}  // namespace
}  // namespace pinhole::firewall
