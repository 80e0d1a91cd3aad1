// SPDX-License-Identifier: Apache-2.0
#include "firewall/pf_read.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/explain.hpp"
#include "firewall/packet.hpp"
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
  auto rules = read_pf(text, "test");
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

bool passes(const std::string& text, const std::string& packet) {
  return outcome(rules_of(text), packet) == Outcome::accepted;
}

const std::string kPacket = "in em0 out em1 tcp 10.0.0.1 to 10.1.0.1:80";

TEST(PfRead, FollowsARouterOfOpenBsd) {
  const auto read = read_ruleset(data("pf.conf"), "pf.conf");
  ASSERT_TRUE(read) << to_string(read.error().front());
  EXPECT_EQ(read->dialect, "pf");
  EXPECT_EQ(outcome(*read, "in re0 out em0 tcp 192.168.1.7 to 9.9.9.8:443"), Outcome::accepted);
  EXPECT_EQ(outcome(*read, "in re0 out em0 tcp 192.168.1.7 to 172.16.0.1:443"), Outcome::denied);
  EXPECT_EQ(outcome(*read, "in em0 out re0 tcp 8.8.8.8 to 9.9.9.9:80"), Outcome::accepted);
  EXPECT_EQ(outcome(*read, "in em0 out re0 tcp 8.8.8.8 to 9.9.9.9:81"), Outcome::denied);
  EXPECT_EQ(outcome(*read, "in em0 out re0 tcp 10.8.8.8 to 9.9.9.9:80"), Outcome::denied);
  EXPECT_EQ(outcome(*read, "in re0 out em0 tcp 2001:db8::1 to [2001:db8::2]:80"), Outcome::denied);
}

TEST(PfRead, FollowsWhatPfctlOfFreeBsdPrints) {
  const auto read = read_ruleset(data("pfctl.txt"), "pfctl.txt");
  ASSERT_TRUE(read) << to_string(read.error().front());
  EXPECT_EQ(outcome(*read, "in em1 out em0 tcp 192.168.1.7 to 8.8.8.8:443"), Outcome::accepted);
  EXPECT_EQ(outcome(*read, "in em0 out em1 tcp 8.8.8.8 to 9.9.9.9:80"), Outcome::accepted);
  EXPECT_EQ(outcome(*read, "in em0 out em1 tcp 203.0.113.9 to 9.9.9.9:80"), Outcome::denied);
  EXPECT_EQ(outcome(*read, "in em0 out em1 tcp 8.8.8.8 to 9.9.9.9:2222"), Outcome::accepted);
  EXPECT_EQ(outcome(*read, "in em0 out em1 tcp 8.8.8.8 to 192.168.1.20:22"), Outcome::denied);
  EXPECT_EQ(outcome(*read, "in em0 out em1 udp 8.8.8.8 to 192.168.1.9:33434"), Outcome::accepted);
  EXPECT_EQ(outcome(*read, "in em0 out em1 udp 8.8.8.8 to 192.168.1.9:33433"), Outcome::denied);
  EXPECT_EQ(outcome(*read, "in em0 out em1 icmp 8.8.8.8 to 192.168.1.9 type 8"), Outcome::accepted);
  EXPECT_EQ(outcome(*read, "in em0 out em1 icmp 8.8.8.8 to 192.168.1.9 type 5"), Outcome::denied);
}

TEST(PfRead, LetsTheLastRuleOrTheFirstQuickOneCount) {
  EXPECT_TRUE(passes("block all\npass all\n", kPacket));
  EXPECT_FALSE(passes("pass all\nblock all\n", kPacket));
  EXPECT_TRUE(passes("pass quick all\nblock all\n", kPacket));
  EXPECT_FALSE(passes("block all\nblock quick from 10.0.0.1\npass quick all\n", kPacket));
  EXPECT_TRUE(passes("block quick from 10.0.0.2\n", kPacket));  // what no rule matches passes
  EXPECT_FALSE(passes("pass in all\nblock out all\n", kPacket));
}

TEST(PfRead, KnowsOperatorsOfPorts) {
  const auto on = [](const std::string& ports, unsigned port) {
    return passes("block all\npass out all\npass in proto tcp to any port " + ports + "\n",
                  "in em0 out em1 tcp 10.0.0.1 to 10.1.0.1:" + std::to_string(port));
  };
  for (const auto& [ports, inside, outside] :
       std::vector<std::tuple<std::string, unsigned, unsigned>>{{"80", 80, 81},
                                                                {"!= 80", 81, 80},
                                                                {"< 80", 79, 80},
                                                                {"<= 80", 80, 81},
                                                                {"> 80", 81, 80},
                                                                {">= 80", 80, 79},
                                                                {"80:90", 90, 91},
                                                                {"80 >< 90", 89, 90},
                                                                {"80 <> 90", 79, 80},
                                                                {"{ ssh, 80:90 }", 22, 23}}) {
    EXPECT_TRUE(on(ports, inside)) << ports;
    EXPECT_FALSE(on(ports, outside)) << ports;
  }
}

TEST(PfRead, ExpandsMacrosAndLists) {
  const std::string text =
      "lan = \"10.0.0.0/8\"\nboth = \"{\" $lan 192.168/16 \"}\"\n"
      "block all\npass out all\npass in on { em0, em2 } from $both to { 10.1.0.1,\n  10.1.0.2 }\n";
  EXPECT_TRUE(passes(text, kPacket));
  EXPECT_TRUE(passes(text, "in em2 out em1 tcp 192.168.3.1 to 10.1.0.2:80"));
  EXPECT_FALSE(passes(text, "in em3 out em1 tcp 192.168.3.1 to 10.1.0.2:80"));
  EXPECT_FALSE(passes(text, "in em2 out em1 tcp 192.169.3.1 to 10.1.0.2:80"));
}

TEST(PfRead, TakesTheNearestEntryOfATable) {
  const std::string text =
      "table <t> const { 10.0.0.0/8 !10.0.0.0/24 10.0.0.1 }\nblock all\npass from <t>\n";
  EXPECT_TRUE(passes(text, kPacket));
  EXPECT_FALSE(passes(text, "in em0 out em1 tcp 10.0.0.2 to 10.1.0.1:80"));
  EXPECT_TRUE(passes(text, "in em0 out em1 tcp 10.0.1.2 to 10.1.0.1:80"));
  EXPECT_EQ(outcome(rules_of("table <t> persist file \"/x\"\nblock all\npass from <t>\n"), kPacket),
            Outcome::unknown);
}

TEST(PfRead, FollowsAnchorsInThemselves) {
  const std::string text =
      "block all\npass out all\nanchor \"a\" in on em0 {\n  pass in proto tcp to any port 80\n"
      "  anchor {\n    block quick from 10.0.0.9\n  }\n}\n";
  EXPECT_TRUE(passes(text, kPacket));
  EXPECT_FALSE(passes(text, "in em0 out em1 tcp 10.0.0.9 to 10.1.0.1:80"));
  EXPECT_FALSE(passes(text, "in em2 out em1 tcp 10.0.0.1 to 10.1.0.1:80"));
  EXPECT_EQ(outcome(rules_of("block all\nanchor \"elsewhere/*\" all\n"), kPacket),
            Outcome::unknown);
  // The last of a quick anchor counts, and nothing after it.
  EXPECT_TRUE(passes("anchor quick {\n block all\n pass all\n}\nblock quick all\n", kPacket));
}

TEST(PfRead, KnowsThatTheDevicesOwnAddressesAreNotForwardedTo) {
  EXPECT_TRUE(passes("block in to (em0)\n", kPacket));
  EXPECT_FALSE(passes("block in to ! self\n", kPacket));
  // A later rule may lead such a packet on.
  EXPECT_EQ(outcome(rules_of("block in quick to ! self\npass in rdr-to 10.1.0.7\n"), kPacket),
            Outcome::unknown);
}

TEST(PfRead, LeavesSkippedInterfacesAlone) {
  EXPECT_TRUE(passes("set skip on { em0 em1 }\nblock all\n", kPacket));
  EXPECT_FALSE(passes("set skip on em0\nblock all\n", kPacket));
}

TEST(PfRead, SeesDestinationsAsTheyAreWhereARuleStands) {
  const std::string match = "match in proto tcp to 9.9.9.9 port 80 rdr-to 10.1.0.1\n";
  const std::string packet = "in em0 out em1 tcp 10.0.0.1 to 9.9.9.9:80";
  EXPECT_TRUE(passes(match + "block in\npass in to 10.1.0.1\n", packet));
  EXPECT_FALSE(passes("block in\npass in to 10.1.0.1\n" + match, packet));
  EXPECT_TRUE(passes("block in\npass in to 9.9.9.9\n" + match, packet));
}

class PfUnknown : public testing::TestWithParam<UnknownCase> {};

TEST_P(PfUnknown, IsKeptAsUnknown) {
  const Ruleset rules = rules_of(std::string("pass in quick ") + GetParam().text + "\n");
  support::expect_unknown(rules.tables[0].chains[1].rules.at(0), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Words, PfUnknown,
    testing::Values(UnknownCase{"on egress all", "on egress", ""},
                    UnknownCase{"from <bad>", "<bad>", ""},
                    UnknownCase{"from (em0:network)", "( em0:network )", ""},
                    UnknownCase{"from mail.example", "mail.example", ""},
                    UnknownCase{"from urpf-failed", "urpf-failed", ""},
                    UnknownCase{"proto nosuch", "proto nosuch", ""},
                    UnknownCase{"proto tcp to port nosuch", "a port that is not understood", ""},
                    UnknownCase{"proto tcp from any os Windows", "os Windows", ""},
                    UnknownCase{"user root", "user root", ""},
                    UnknownCase{"tagged LAN", "tagged LAN", ""},
                    UnknownCase{"probability 20%", "probability 20%", ""},
                    UnknownCase{"keep state (max 10, if-bound)", "( max 10 , if-bound )", ""},
                    UnknownCase{"sorcery", "sorcery", ""},
                    UnknownCase{"route-to 10.0.0.1", "", "pass in quick route-to 10.0.0.1"},
                    UnknownCase{"divert-to 127.0.0.1 port 8081", "",
                                "pass in quick divert-to 127.0.0.1 port 8081"}));

std::string refused(const std::string& text) {
  const auto rules = read_pf(text, "test");
  return rules ? "" : to_string(rules.error().front());
}

TEST(PfRead, RefusesWhatItCannotFollow) {
  EXPECT_THAT(refused("pass in\npass from { 10.0.0.1\n"), HasSubstr("a list is not closed"));
  EXPECT_THAT(refused("pass from $nobody\n"), HasSubstr("test:1: the macro $nobody"));
  EXPECT_THAT(refused("pass label \"x\n"), HasSubstr("a text in quotes does not end"));
  EXPECT_THAT(refused("pass in\n}\n"), HasSubstr("test:2: a brace closes"));
  EXPECT_THAT(refused("anchor x {\npass in\n"), HasSubstr("the anchor is not closed"));
  std::string deep;
  for (int i = 0; i < 100; ++i) {
    deep += "anchor {\n";
  }
  EXPECT_THAT(refused(deep), HasSubstr("nested too deeply"));
  std::string growing = "a0 = \"x x x x x x x x x x\"\n";
  for (int i = 1; i < 40; ++i) {
    growing += "a" + std::to_string(i) + " = $a" + std::to_string(i - 1) + " $a" +
               std::to_string(i - 1) + "\n";
  }
  EXPECT_THAT(refused(growing), HasSubstr("the text grows too large"));
}

TEST(PfRead, TakesAMultitudeOfAddresses) {
  std::string text = "table <many> {\n";
  for (unsigned i = 0; i < 200'000; ++i) {
    text += "10." + std::to_string(i >> 16U) + "." + std::to_string(i >> 8U & 255U) + "." +
            std::to_string(i & 255U) + "\n";
  }
  EXPECT_THAT(rules_of(text + "}\npass from <many>\n").tables[0].sets[0].elements, SizeIs(200'000));
}

}  // namespace
}  // namespace pinhole::firewall
