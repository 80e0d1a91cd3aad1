// SPDX-License-Identifier: Apache-2.0
#include "firewall/ios_read.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/explain.hpp"
#include "firewall/read.hpp"
#include "firewall/unknown_words.hpp"

namespace pinhole::firewall {
namespace {

using support::UnknownCase;

std::string golden(const std::string& name) {
  std::ifstream file(PINHOLE_SOURCE_DIR "/tests/firewall/data/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

Ruleset rules_of(const std::string& text) {
  auto rules = read_ios(text, "test");
  EXPECT_TRUE(rules) << to_string(rules.error().front());
  return rules.value_or(Ruleset{});
}

std::string id_of(const std::string& text) {
  const auto rules = read_ios(text, "test");
  return rules ? "" : rules.error().front().id;
}

std::string fate(const Ruleset& rules, const std::string& packet) {
  const auto parsed = parse_packet(packet);
  EXPECT_TRUE(parsed) << packet;
  const auto walked = explain(rules, *parsed);
  EXPECT_TRUE(walked) << packet;
  if (!walked || walked->outcome == Outcome::unknown) {
    return "unknown";
  }
  if (walked->outcome != Outcome::accepted) {
    return "denied";
  }
  const auto& to = walked->to;
  return "passes" + (to.destination ? " to " + to_string(*to.destination) : std::string()) +
         (to.port ? ":" + std::to_string(*to.port) : std::string());
}

const std::string kTwo = "interface G0\ninterface G1\n";

TEST(IosRead, KnowsWhatTheGuidesExamplesDo) {
  const auto found = read_ruleset(golden("ios-edge.cfg"), "test");
  ASSERT_TRUE(found) << to_string(found.error().front());
  EXPECT_EQ(found->dialect, "cisco-ios");
  const Ruleset& rules = *found;
  const std::string out = "in GigabitEthernet0/0 out GigabitEthernet0/1 ";
  EXPECT_EQ(fate(rules, out + "tcp 209.165.200.240:5 to 192.0.2.1:25"), "passes");
  EXPECT_EQ(fate(rules, out + "tcp 209.165.200.241:5 to 192.0.2.1:25"), "denied");
  EXPECT_EQ(fate(rules, out + "tcp 209.165.200.63:2000 to 192.0.2.1:21"), "passes");
  EXPECT_EQ(fate(rules, out + "tcp 209.165.200.63:2001 to 192.0.2.1:21"), "denied");
  EXPECT_EQ(fate(rules, out + "udp 209.165.200.63:9 to 192.0.2.1:2005"), "passes");
  const std::string in = "in GigabitEthernet0/1 out GigabitEthernet0/0 ";
  // The list sees the packet before its destination is translated.
  EXPECT_EQ(fate(rules, in + "tcp 192.0.2.1:5 to 171.69.233.210:8080"), "passes to 10.1.1.5:80");
  EXPECT_EQ(fate(rules, in + "tcp 192.0.2.1:5 to 10.1.1.5:80"), "denied");
  // A wildcard mask with holes.
  EXPECT_EQ(fate(rules, in + "udp 10.127.0.1:53 to 10.1.1.5:1024"), "passes");
  EXPECT_EQ(fate(rules, in + "udp 10.127.1.1:53 to 10.1.1.5:1024"), "denied");
  EXPECT_EQ(fate(rules, in + "tcp [2001:db8::9]:5 to [2001:db8::1]:80"), "passes");
  EXPECT_EQ(fate(rules, in + "tcp [2001:db8::9]:5 to [2001:db8::1]:23"), "denied");
  EXPECT_EQ(fate(rules, in + "udp [2001:db8:1::9]:5 to [2001:db8::1]:69"), "passes");
}

TEST(IosRead, FollowsZonesAndTheirPairs) {
  const std::string text =
      "class-map type inspect match-any WEB\n match protocol http\n match access-group name OWN\n"
      "class-map type inspect match-all BOTH\n match protocol tcp\n match access-group name ADMIN\n"
      "policy-map type inspect OUT\n class type inspect BOTH\n  drop log\n class type inspect WEB\n"
      "  inspect\n class class-default\n  drop\n"
      "zone security inside\nzone security outside\n"
      "zone-pair security IN-OUT source inside destination outside\n service-policy type inspect "
      "OUT\n"
      "zone-pair security SELF source outside destination self\n"
      "interface G0\n zone-member security inside\ninterface G1\n zone-member security outside\n"
      "interface G2\n zone-member security inside\ninterface G3\ninterface G4\n"
      "ip access-list extended OWN\n deny tcp any any eq 81\n permit tcp any any range 80 90\n"
      "ip access-list extended ADMIN\n permit ip any host 192.0.2.9\n";
  const Ruleset rules = rules_of(text);
  EXPECT_EQ(fate(rules, "in G0 out G1 tcp 10.0.0.1:1 to 192.0.2.1:80"), "passes");
  EXPECT_EQ(fate(rules, "in G0 out G1 tcp 10.0.0.1:1 to 192.0.2.1:81"), "denied");
  EXPECT_EQ(fate(rules, "in G0 out G1 tcp 10.0.0.1:1 to 192.0.2.1:82"), "passes");
  EXPECT_EQ(fate(rules, "in G0 out G1 tcp 10.0.0.1:1 to 192.0.2.9:82"), "denied");
  EXPECT_EQ(fate(rules, "in G1 out G0 tcp 192.0.2.1:1 to 10.0.0.1:80"), "denied");
  EXPECT_EQ(fate(rules, "in G0 out G2 tcp 10.0.0.1:1 to 10.2.0.1:22"), "passes");
  EXPECT_EQ(fate(rules, "in G0 out G3 tcp 10.0.0.1:1 to 10.3.0.1:80"), "denied");
  EXPECT_EQ(fate(rules, "in G3 out G4 tcp 10.3.0.1:1 to 10.4.0.1:80"), "passes");
  EXPECT_EQ(fate(rules, "in G9 out G4 tcp 10.3.0.1:1 to 10.4.0.1:80"), "denied");
}

TEST(IosRead, DoesNotKnowWhatInspectionOpensItself) {
  const std::string text =
      "class-map type inspect match-any RPC\n match protocol msrpc\n"
      "policy-map type inspect OUT\n class type inspect RPC\n  inspect\n"
      "zone-pair security X source a destination b\n service-policy type inspect OUT\n"
      "interface G0\n zone-member security a\ninterface G1\n zone-member security b\n";
  EXPECT_EQ(fate(rules_of(text), "in G0 out G1 tcp 10.0.0.1:1 to 10.1.0.1:49152"), "unknown");
  EXPECT_EQ(fate(rules_of(text), "in G1 out G0 tcp 10.1.0.1:1 to 10.0.0.1:49152"), "denied");
}

TEST(IosRead, LetsOnlyAnswersBackIn) {
  const std::string text =
      kTwo +
      " ip access-group OUT out\n ip access-group BACK in\nip access-list extended OUT\n permit "
      "tcp any any reflect R timeout 300\nip access-list extended BACK\n evaluate R\n permit tcp "
      "any any established\n";
  EXPECT_EQ(fate(rules_of(text), "in G0 out G1 tcp 10.0.0.1:1 to 10.1.0.1:80"), "passes");
  EXPECT_EQ(fate(rules_of(text), "in G1 out G0 tcp 10.1.0.1:80 to 10.0.0.1:1"), "denied");
}

TEST(IosRead, LetsNeighboursBeFoundUnlessAnEntryForbidsIt) {
  const std::string text = kTwo + " ipv6 traffic-filter SIX in\nipv6 access-list SIX\n";
  const auto neighbours = [](const Ruleset& rules) {
    for (const Chain& chain : rules.tables[0].chains) {
      if (chain.name == "SIX") {
        return chain.rules.back();
      }
    }
    return RulesetRule{};
  };
  const RulesetRule implicit = neighbours(rules_of(text + " permit tcp any any\n"));
  EXPECT_EQ(implicit.text, "implicit: permit icmp any any nd-na, nd-ns");
  EXPECT_EQ(std::get<Verdict>(implicit.actions.at(0)).kind, Verdict::Kind::accept);
  EXPECT_EQ(fate(rules_of(text + " permit tcp any any\n"),
                 "in G1 out G0 udp [2001:db8::1]:1 to [2001:db8::2]:1"),
            "denied");
  // A list without entries permits all.
  EXPECT_EQ(fate(rules_of(text), "in G1 out G0 udp [2001:db8::1]:1 to [2001:db8::2]:1"), "passes");
}

TEST(IosRead, TakesAListByItself) {
  const Ruleset rules = rules_of("access-list 101 permit tcp any any eq 80 443\n");
  EXPECT_EQ(fate(rules, "tcp 10.0.0.1:1 to 10.1.0.1:443"), "passes");
  EXPECT_EQ(fate(rules, "tcp 10.0.0.1:1 to 10.1.0.1:444"), "denied");
  const Ruleset two =
      rules_of("access-list 101 permit ip any any\naccess-list 102 deny ip any any\n");
  EXPECT_EQ(fate(two, "tcp 10.0.0.1:1 to 10.1.0.1:443"), "unknown");
}

class IosUnknown : public testing::TestWithParam<UnknownCase> {};

TEST_P(IosUnknown, IsKeptAsUnknown) {
  const Ruleset rules =
      rules_of("ip access-list extended A\n " + std::string(GetParam().text) + "\n");
  for (const Chain& chain : rules.tables.at(0).chains) {
    if (chain.name == "A") {
      support::expect_unknown(chain.rules.at(0), GetParam());
      return;
    }
  }
  FAIL() << "no list";
}

INSTANTIATE_TEST_SUITE_P(
    Words, IosUnknown,
    testing::Values(
        UnknownCase{"permit tcp any any eq 80 time-range night", "time-range night", ""},
        UnknownCase{"permit ip any any fragments", "fragments", ""},
        UnknownCase{"permit ip any any dscp ef", "dscp ef", ""},
        UnknownCase{"10 permit udp any object-group nowhere", "object-group nowhere", ""},
        UnknownCase{"permit tcp 10.0.0.0 170.170.170.171 any", "10.0.0.0 170.170.170.171 any", ""},
        UnknownCase{"dynamic door permit ip any any", "", "dynamic door permit ip any any"}));

TEST(IosRead, RefusesWhatItCannotFollow) {
  EXPECT_EQ(id_of("permit ip any any\n"), "cisco-block");
  EXPECT_EQ(id_of("banner motd ^C\nhello\n"), "cisco-cut");
  std::string deep =
      "interface G0\n zone-member security a\ninterface G1\n zone-member security b\n"
      "policy-map type inspect P\n class type inspect C0\n  inspect\n"
      "zone-pair security X source a destination b\n service-policy type inspect P\n";
  for (int i = 0; i < 100; ++i) {
    deep += "class-map type inspect match-any C" + std::to_string(i) + "\n match class-map C" +
            std::to_string(i + 1) + "\n";
  }
  EXPECT_EQ(id_of(deep), "ios-class-depth");
}

TEST(IosRead, NeverFailsOnTextThatIsCut) {
  const std::string text = golden("ios-edge.cfg");
  for (std::size_t size = 0; size < text.size(); size += 7) {
    const auto rules = read_ios(text.substr(0, size), "cut");
    if (!rules) {
      EXPECT_FALSE(rules.error().front().remedy.empty());
    }
  }
}

}  // namespace
}  // namespace pinhole::firewall
