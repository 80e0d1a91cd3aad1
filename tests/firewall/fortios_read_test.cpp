// SPDX-License-Identifier: Apache-2.0
#include "firewall/fortios_read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/read.hpp"
#include "firewall/zone_samples.hpp"

namespace pinhole::firewall {
namespace {

using support::fate;
using support::file;

Ruleset read(const std::string& text) {
  auto rules = read_fortios(text, "test");
  EXPECT_TRUE(rules) << to_string(rules.error().front());
  return rules.value_or(Ruleset{});
}

std::string id_of(const std::string& text) {
  const auto rules = read_fortios(text, "test");
  return rules ? "" : rules.error().front().id;
}

std::string table(const std::string& name, const std::string& entry,
                  const std::vector<std::string>& settings) {
  std::string text = "config " + name + "\nedit " + entry + "\n";
  for (const std::string& setting : settings) {
    text += "set " + setting + "\n";
  }
  return text + "next\nend\n";
}

/// One policy between two ports that accepts all, with these settings.
std::string policy(const std::vector<std::string>& settings) {
  std::vector<std::string> all = {"srcintf a", "dstintf b", "action accept", "schedule always"};
  const auto sets = [&](const std::string& key) {
    return std::ranges::any_of(
        settings, [&](const std::string& each) { return each.starts_with(key + " "); });
  };
  for (const char* key : {"srcaddr", "dstaddr"}) {
    if (!sets(key)) {
      all.push_back(std::string(key) + " all");
    }
  }
  if (!sets("service")) {
    all.emplace_back("service ALL");
  }
  all.insert(all.end(), settings.begin(), settings.end());
  return table("firewall policy", "1", all);
}

constexpr const char* kCrossing = "in a out b ";

TEST(FortiosGolden, IsReadAsTheDeviceDoesIt) {
  const auto rules = read_ruleset(file("fortigate.conf"), "fortigate.conf");
  ASSERT_TRUE(rules) << to_string(rules.error().front());
  EXPECT_EQ(rules->dialect, "fortios");
  EXPECT_EQ(fate(*rules, "in port1 out port2 tcp 198.51.100.7 to 172.16.200.55:8080"),
            "accepted as 172.16.200.155");
  EXPECT_EQ(fate(*rules, "in port1 out port2 tcp 198.51.100.7 to 172.16.200.155:80"), "denied");
  const std::string out = "in port3 out port1 tcp 10.1.100.";
  EXPECT_EQ(fate(*rules, out + "7 to 198.51.100.7:443"), "accepted");
  EXPECT_EQ(fate(*rules, out + "7:1000 to 198.51.100.7:443"), "unknown");
  EXPECT_EQ(fate(*rules, out + "210 to 198.51.100.7:80"), "unknown");
  EXPECT_EQ(fate(*rules, "in port3 out port1 tcp 10.1.101.7 to 198.51.100.7:80"), "denied");
  EXPECT_EQ(fate(*rules, "in port2 out port1 tcp 2001:db8:1::7 to [2001:db8:9::1]:80"), "accepted");
  EXPECT_EQ(fate(*rules, "in port2 out port3 tcp 10.1.100.7 to 10.1.100.8:80"), "denied");
}

struct Unknown {
  const char* setting;
  const char* why;
};

class FortiosUnknown : public testing::TestWithParam<Unknown> {};

TEST_P(FortiosUnknown, IsReported) {
  const Ruleset rules = read(table("firewall address", "name", {"type fqdn", "fqdn host.example"}) +
                             table("firewall address", "land", {"type geography", "country AT"}) +
                             table("firewall service custom", "app", {"app-service-type app-id"}) +
                             policy({GetParam().setting}));
  std::string found;
  for (const Match& match : rules.tables[0].chains[0].rules[0].matches) {
    found += match.unknown;
  }
  EXPECT_EQ(found, GetParam().why);
  EXPECT_EQ(fate(rules, std::string(kCrossing) + "tcp 10.0.0.1 to 10.0.1.1:135"), "unknown");
}

INSTANTIATE_TEST_SUITE_P(
    Words, FortiosUnknown,
    testing::Values(Unknown{"schedule nights", "schedule always nights"},
                    Unknown{"internet-service enable", "internet-service enable"},
                    Unknown{"groups staff", "groups staff"},
                    Unknown{"srcaddr name", "address name: type fqdn"},
                    Unknown{"srcaddr land", "address land: type geography"},
                    Unknown{"dstaddr other", "address other is not shown"},
                    Unknown{"service app", "service app: addresses or applications of its own"},
                    Unknown{"geoip-anycast enable", "geoip-anycast enable"}));

TEST(FortiosRead, DoesNotKnowWhatTheHelperOfDcerpcOpens) {
  const std::string dynamic = std::string(kCrossing) + "tcp 10.0.0.1 to 10.0.1.1:49152";
  const std::string helper =
      table("system session-helper", "20", {"name dcerpc", "protocol 6", "port 135"});
  const std::string other =
      table("system session-helper", "1", {"name ftp", "protocol 6", "port 21"});
  const std::string service = policy({"service DCE-RPC"});
  EXPECT_EQ(fate(read(service), std::string(kCrossing) + "tcp 10.0.0.1 to 10.0.1.1:135"),
            "accepted");
  EXPECT_EQ(fate(read(service), dynamic), "unknown");
  EXPECT_EQ(fate(read(helper + service), dynamic), "unknown");
  EXPECT_EQ(fate(read(other + service), dynamic), "denied");
  const std::string disabled =
      table("firewall service custom", "mapper", {"tcp-portrange 135", "helper disable"});
  EXPECT_EQ(fate(read(disabled + policy({"service mapper"})), dynamic), "denied");
}

TEST(FortiosRead, KnowsWhichPoliciesAreAboutVirtualIps) {
  const std::string vip = table("firewall vip", "v", {"extip 192.0.2.1", "mappedip 10.0.1.1"});
  const std::string packet = std::string(kCrossing) + "tcp 10.0.0.1 to 192.0.2.1:80";
  EXPECT_EQ(fate(read(vip + policy({})), packet), "denied");
  EXPECT_EQ(fate(read(vip + policy({"dstaddr v"})), packet), "accepted as 10.0.1.1");
  EXPECT_EQ(fate(read(vip + policy({"match-vip enable"})), packet), "accepted as 10.0.1.1");
  const std::string deny =
      "config firewall policy\nedit 9\nset srcintf a\nset dstintf b\n"
      "set srcaddr all\nset dstaddr all\nset schedule always\n"
      "set service ALL\n";
  const std::string accept = policy({"dstaddr v"});
  EXPECT_EQ(fate(read(vip + deny + "next\nend\n" + accept), packet), "unknown");
  EXPECT_EQ(fate(read(vip + deny + "set match-vip enable\nnext\nend\n" + accept), packet),
            "denied");
  EXPECT_EQ(fate(read(vip + deny + "set match-vip disable\nnext\nend\n" + accept), packet),
            "accepted as 10.0.1.1");
}

TEST(FortiosRead, KnowsZonesOpenWithin) {
  const std::string zone = table("system zone", "z", {"interface a b", "intrazone allow"});
  EXPECT_EQ(fate(read(zone), std::string(kCrossing) + "tcp 10.0.0.1 to 10.0.1.1:1"), "accepted");
  EXPECT_EQ(fate(read(zone), "in a out c tcp 10.0.0.1 to 10.0.1.1:1"), "denied");
}

TEST(FortiosRead, KnowsNegationAndPoliciesOfIpv6Alone) {
  const std::string net = table("firewall address", "net", {"subnet 10.0.0.0 255.255.255.0"});
  const Ruleset negated = read(net + policy({"srcaddr net", "srcaddr-negate enable"}));
  EXPECT_EQ(fate(negated, std::string(kCrossing) + "tcp 10.0.0.1 to 10.0.1.1:1"), "denied");
  EXPECT_EQ(fate(negated, std::string(kCrossing) + "tcp 10.0.9.1 to 10.0.1.1:1"), "accepted");
  const Ruleset old = read(table("firewall policy6", "1",
                                 {"srcintf a", "dstintf b", "srcaddr all", "dstaddr all",
                                  "action accept", "schedule always", "service PING6"}));
  EXPECT_EQ(fate(old, std::string(kCrossing) + "icmpv6 2001:db8::1 to 2001:db8::2 type 128"),
            "accepted");
  EXPECT_EQ(fate(old, std::string(kCrossing) + "icmp 10.0.0.1 to 10.0.1.1 type 8"), "denied");
}

TEST(FortiosRead, RefusesWhatItCannotFollow) {
  EXPECT_EQ(id_of("config firewall policy\nedit 1\n"), "fortios-cut");
  EXPECT_EQ(id_of("config firewall policy\nedit 1\nset name \"a\n"), "fortios-cut");
  EXPECT_EQ(id_of("end\n"), "fortios-syntax");
  EXPECT_EQ(id_of("config firewall policy\nmove 1 after 2\nend\n"), "fortios-syntax");
  EXPECT_EQ(id_of("config system settings\nset central-nat enable\nend\n"), "fortios-mode");
  EXPECT_EQ(
      id_of("config vdom\nedit x\n" + policy({}) + "next\nedit y\n" + policy({}) + "next\nend\n"),
      "fortios-vdoms");
}

TEST(FortiosRead, RefusesGroupsThatContainThemselves) {
  EXPECT_EQ(id_of(table("firewall addrgrp", "x", {"member y"}) +
                  table("firewall addrgrp", "y", {"member x"}) + policy({"srcaddr x"})),
            "firewall-group");
}

}  // namespace
}  // namespace pinhole::firewall
