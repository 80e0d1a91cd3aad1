// SPDX-License-Identifier: Apache-2.0
#include "firewall/firewalld_read.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/explain.hpp"
#include "firewall/nft_read.hpp"
#include "firewall/packet.hpp"
#include "firewall/proof.hpp"
#include "firewall/read.hpp"
#include "firewall/unknown_words.hpp"

namespace pinhole::firewall {
namespace {

using support::UnknownCase;
using testing::HasSubstr;
using testing::SizeIs;

std::string data(const std::string& name) {
  std::ifstream file(PINHOLE_SOURCE_DIR "/tests/firewall/data/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

Ruleset rules_of(const std::string& text) {
  auto rules = read_firewalld(text, "test");
  EXPECT_TRUE(rules) << to_string(rules.error().front());
  return rules.value_or(Ruleset{});
}

Outcome outcome(const Ruleset& rules, const std::string& packet) {
  const auto parsed = parse_packet(packet);
  EXPECT_TRUE(parsed) << packet;
  const auto walked = explain(rules, *parsed);
  EXPECT_TRUE(walked) << to_string(walked.error().front());
  return walked ? walked->outcome : Outcome::unknown;
}

bool passes(const Ruleset& rules, const std::string& packet) {
  return outcome(rules, packet) == Outcome::accepted;
}

std::string file(const std::string& path, const std::string& xml) {
  return "==> /etc/firewalld/" + path + " <==\n" + xml + "\n";
}

/// Two zones and what a policy between them holds.
std::string with_policy(const std::string& content, const std::string& attributes = "") {
  return file("zones/in.xml", "<zone><interface name='eth0'/></zone>") +
         file("zones/out.xml", "<zone><interface name='eth1'/></zone>") +
         file("policies/p.xml", "<policy " + attributes +
                                    "><ingress-zone name='in'/><egress-zone name='out'/>" +
                                    content + "</policy>");
}

const Chain& chain(const Ruleset& rules, const std::string& name) {
  for (const Chain& each : rules.tables.at(0).chains) {
    if (each.name == name) {
      return each;
    }
  }
  ADD_FAILURE() << "no chain " << name;
  return rules.tables.at(0).chains.at(0);
}

TEST(FirewalldRead, FollowsFilesOfFirewalld) {
  const std::string text = data("firewalld.txt");
  const auto read = read_ruleset(text, "firewalld.txt");
  ASSERT_TRUE(read) << to_string(read.error().front());
  EXPECT_EQ(read->dialect, "firewalld");
  EXPECT_TRUE(passes(*read, "in eth1 out eth0 tcp 192.168.10.5 to 198.51.100.7:443"));
  EXPECT_FALSE(passes(*read, "in eth1 out eth0 tcp 192.168.10.66 to 198.51.100.7:443"));
  EXPECT_FALSE(passes(*read, "in eth1 out eth0 tcp 192.168.10.5 to 198.51.100.99:25"));
  EXPECT_FALSE(passes(*read, "in eth0 out eth1 tcp 198.51.100.7 to 192.168.10.5:443"));
  EXPECT_TRUE(passes(*read, "in eth2 out eth1 tcp 10.10.10.7 to 192.168.10.9:5432"));
  EXPECT_FALSE(passes(*read, "in eth2 out eth1 tcp 10.10.11.7 to 192.168.10.9:5432"));
  // A forward-port leads from outside to the inside and past the rules.
  EXPECT_TRUE(passes(*read, "in eth0 out eth1 tcp 198.51.100.7 to 203.0.113.1:2222"));
  EXPECT_FALSE(passes(*read, "in eth0 out eth1 tcp 198.51.100.7 to 203.0.113.1:2223"));
}

TEST(FirewalldRead, SaysWhatTheRulesSayThatFirewalldLoads) {
  const auto files = read_firewalld(data("firewalld.txt"), "firewalld.txt");
  const auto loaded = read_nft(data("firewalld.nft"), "firewalld.nft");
  ASSERT_TRUE(files) << to_string(files.error().front());
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  const auto differs = diff(*loaded, *files);
  ASSERT_TRUE(differs) << to_string(differs.error().front());
  EXPECT_THAT(differs->opened, SizeIs(0));
  EXPECT_THAT(differs->unknown, SizeIs(0));
  // What comes in by lo is the device's own and is not forwarded.
  for (const Difference& one : differs->closed) {
    EXPECT_EQ(one.packet.in_interface, "lo") << to_string(one.packet);
  }
}

TEST(FirewalldRead, TakesTheSourceOfAZoneBeforeAnInterface) {
  const Ruleset rules =
      rules_of(file("zones/a.xml", "<zone target='ACCEPT'><interface name='eth0'/></zone>") +
               file("zones/b.xml", "<zone target='DROP'><source address='10.9.0.0/16'/></zone>"));
  EXPECT_TRUE(passes(rules, "in eth0 out eth1 tcp 10.8.0.1 to 10.1.0.1:80"));
  EXPECT_FALSE(passes(rules, "in eth0 out eth1 tcp 10.9.0.1 to 10.1.0.1:80"));
}

TEST(FirewalldRead, OrdersRulesByPriorityAndByWhatTheyDo) {
  const std::string any = "<source address='10.0.0.0/8'/>";
  const auto ends_with = [&](const std::string& content) {
    return passes(rules_of(with_policy(content)), "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:80");
  };
  const std::string accept = "<rule family='ipv4'>" + any + "<accept/></rule>";
  const std::string drop = "<rule family='ipv4'>" + any + "<drop/></rule>";
  EXPECT_FALSE(ends_with(accept + drop));  // what denies comes first
  EXPECT_TRUE(ends_with("<rule priority='-1' family='ipv4'>" + any + "<accept/></rule>" + drop));
  EXPECT_FALSE(ends_with("<rule priority='-1' family='ipv4'>" + any + "<accept/></rule>" +
                         "<rule priority='-2' family='ipv4'>" + any + "<reject/></rule>"));
  EXPECT_TRUE(ends_with("<rule priority='5' family='ipv4'>" + any + "<drop/></rule>" + accept));
}

TEST(FirewalldRead, OrdersPoliciesAroundZones) {
  const std::string packet = "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:80";
  EXPECT_TRUE(passes(rules_of(with_policy("", "priority='-5' target='ACCEPT'")), packet));
  EXPECT_TRUE(passes(rules_of(with_policy("", "priority='5' target='ACCEPT'")), packet));
  EXPECT_FALSE(passes(rules_of(with_policy("", "priority='5'")), packet));
  const std::string later = file("policies/q.xml",
                                 "<policy priority='-1' target='DROP'><ingress-zone name='ANY'/>"
                                 "<egress-zone name='ANY'/></policy>");
  EXPECT_TRUE(passes(rules_of(with_policy("", "priority='-5' target='ACCEPT'") + later), packet));
  EXPECT_FALSE(passes(rules_of(with_policy("", "priority='5' target='ACCEPT'") + later), packet));
}

TEST(FirewalldRead, LetsPassWithinAZoneWhereItSaysSo) {
  const auto zone = [](const std::string& forward) {
    return rules_of(file("zones/a.xml", "<zone><interface name='eth0'/><interface name='eth1'/>" +
                                            forward + "</zone>"));
  };
  EXPECT_TRUE(passes(zone("<forward/>"), "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:80"));
  EXPECT_FALSE(passes(zone("<forward/>"), "in eth0 out eth2 tcp 10.0.0.1 to 10.1.0.1:80"));
  EXPECT_FALSE(passes(zone(""), "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:80"));
}

TEST(FirewalldRead, LetsServicesOfAZoneThroughToTheDeviceOnly) {
  const Ruleset rules =
      rules_of(file("zones/a.xml",
                    "<zone><interface name='eth0'/><service name='ssh'/>"
                    "<rule><port port='80' protocol='tcp'/><accept/></rule></zone>"));
  EXPECT_FALSE(passes(rules, "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:22"));
  EXPECT_FALSE(passes(rules, "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:80"));
}

TEST(FirewalldRead, ResolvesServicesThatIncludeOthers) {
  const Ruleset rules = rules_of(with_policy("<service name='samba-dc'/>"));
  for (const char* port : {"tcp 10.0.0.1 to 10.1.0.1:135", "udp 10.0.0.1 to 10.1.0.1:137",
                           "tcp 10.0.0.1 to 10.1.0.1:50000", "udp 10.0.0.1 to 10.1.0.1:88"}) {
    EXPECT_TRUE(passes(rules, std::string("in eth0 out eth1 ") + port)) << port;
  }
  EXPECT_FALSE(passes(rules, "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:1024"));
  // A service that includes itself ends.
  const Ruleset circle =
      rules_of(with_policy("<service name='x'/>") +
               file("services/x.xml",
                    "<service><include service='x'/>"
                    "<port port='7' protocol='tcp'/><destination ipv4='10.1.0.1'/>"
                    "</service>"));
  EXPECT_TRUE(passes(circle, "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:7"));
  EXPECT_FALSE(passes(circle, "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.2:7"));
}

TEST(FirewalldRead, PrefersTheAdministratorsFile) {
  const std::string mine =
      file("services/ssh.xml", "<service><port port='2200' protocol='tcp'/></service>");
  const std::string theirs =
      "==> /usr/lib/firewalld/services/ssh.xml <==\n"
      "<service><port port='22' protocol='tcp'/></service>\n";
  const std::string packet = "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:2200";
  const std::string policy = with_policy("<service name='ssh'/>");
  EXPECT_TRUE(passes(rules_of(theirs + mine + policy), packet));
  EXPECT_TRUE(passes(rules_of(mine + theirs + policy), packet));
}

TEST(FirewalldRead, DoesNotKnowAnAbsentDefaultZone) {
  const std::string zone = file("zones/a.xml", "<zone><interface name='eth0'/></zone>");
  const std::string packet = "in eth7 out eth1 tcp 10.0.0.1 to 10.1.0.1:80";
  EXPECT_EQ(outcome(rules_of(zone), packet), Outcome::denied);  // public
  EXPECT_EQ(outcome(rules_of(file("firewalld.conf", "# x\nDefaultZone=mine") + zone), packet),
            Outcome::unknown);
  EXPECT_EQ(outcome(rules_of(file("firewalld.conf", "DefaultZone=trusted") + zone), packet),
            Outcome::accepted);
}

TEST(FirewalldRead, LeavesAPolicyOutWhoseZonesAreBoundToNothing) {
  const Ruleset rules = rules_of(file("zones/in.xml", "<zone><interface name='eth0'/></zone>") +
                                 file("policies/p.xml",
                                      "<policy target='ACCEPT'><ingress-zone name='in'/>"
                                      "<egress-zone name='internal'/></policy>"));
  EXPECT_FALSE(passes(rules, "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:80"));
}

class FirewalldUnknown : public testing::TestWithParam<UnknownCase> {};

TEST_P(FirewalldUnknown, IsKeptAsUnknown) {
  const Ruleset rules = rules_of(with_policy(GetParam().text));
  support::expect_unknown(chain(rules, "filter_FWD_policy_p").rules.at(0), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Words, FirewalldUnknown,
    testing::Values(UnknownCase{"<service name='nosuch'/>", "service nosuch", ""},
                    UnknownCase{"<port port='http' protocol='tcp'/>", "tcp/http", ""},
                    UnknownCase{"<protocol value='nosuch'/>", "protocol nosuch", ""},
                    UnknownCase{"<icmp-block name='nosuch'/>", "ICMP type nosuch", ""},
                    UnknownCase{"<rule><source mac='00:11:22:33:44:55'/><accept/></rule>",
                                "<source mac=\"00:11:22:33:44:55\"/>", ""},
                    UnknownCase{"<rule><source ipset='nosuch'/><accept/></rule>",
                                "<source ipset=\"nosuch\"/>", ""},
                    UnknownCase{"<rule><accept><limit value='1/m'/></accept></rule>",
                                "<limit value=\"1/m\"/>", ""},
                    UnknownCase{"<rule family='ipv9'><accept/></rule>", "family ipv9", ""},
                    UnknownCase{"<rule><sorcery/><accept/></rule>", "",
                                "<rule><sorcery/><accept/></rule>"},
                    UnknownCase{"<rule priority='x'><accept/></rule>", "",
                                "<rule priority=\"x\"><accept/></rule>"},
                    UnknownCase{"<forward-port port='x' protocol='tcp' to-addr='10.0.0.1'/>", "",
                                "<forward-port port=\"x\" protocol=\"tcp\" to-addr=\"10.0.0.1\"/>"},
                    UnknownCase{"<sorcery/>", "", "<sorcery/>"}));

TEST(FirewalldRead, DoesNotKnowDirectRules) {
  const Ruleset rules =
      rules_of(with_policy("") + file("direct.xml",
                                      "<direct><passthrough ipv='ipv4'>-A x</passthrough>"
                                      "</direct>"));
  EXPECT_EQ(outcome(rules, "in eth0 out eth1 tcp 10.0.0.1 to 10.1.0.1:80"), Outcome::unknown);
}

std::string refused(const std::string& text) {
  const auto rules = read_firewalld(text, "test");
  return rules ? "" : to_string(rules.error().front());
}

TEST(FirewalldRead, RefusesWhatItCannotFollow) {
  EXPECT_THAT(refused("<zone/>"), HasSubstr("test:1: no file's name stands before this line"));
  EXPECT_THAT(refused(file("zones/a.xml", "<zone>\n<interface")), HasSubstr("test:3: no XML"));
  EXPECT_THAT(refused(file("zones/a.xml", "<zone/><zone/>")), HasSubstr("one <zone>"));
  EXPECT_THAT(refused(file("zones/a.xml", "<policy/>")), HasSubstr("one <zone>"));
  EXPECT_THAT(refused(file("a.xml", "<zone/>")), HasSubstr("test:1: what this file is for"));
  EXPECT_THAT(refused(file("services/a.xml", "<service/>")), HasSubstr("neither a zone nor"));
  EXPECT_THAT(refused(with_policy("", "priority='0'")), HasSubstr("the priority of policy p"));
  EXPECT_THAT(refused(file("policies/p.xml", "<policy>\n<ingress-zone name='gone'/></policy>")),
              HasSubstr("test:3: policy p names the zone gone"));
}

TEST(FirewalldRead, TakesAMultitudeOfAddresses) {
  std::string entries;
  for (unsigned i = 0; i < 200'000; ++i) {
    entries += "<entry>10." + std::to_string(i >> 16U) + "." + std::to_string(i >> 8U & 255U) +
               "." + std::to_string(i & 255U) + "</entry>\n";
  }
  const Ruleset rules =
      rules_of(with_policy("<rule><source ipset='many'/><accept/></rule>") +
               file("ipsets/many.xml", "<ipset type='hash:ip'>\n" + entries + "</ipset>"));
  EXPECT_THAT(rules.tables[0].sets[0].elements, SizeIs(200'000));
}

}  // namespace
}  // namespace pinhole::firewall
