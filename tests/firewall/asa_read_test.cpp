// SPDX-License-Identifier: Apache-2.0
#include "firewall/asa_read.hpp"

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
using testing::IsEmpty;
using testing::SizeIs;

std::string golden(const std::string& name) {
  std::ifstream file(PINHOLE_SOURCE_DIR "/tests/firewall/data/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

Ruleset rules_of(const std::string& text) {
  auto rules = read_asa(text, "test");
  EXPECT_TRUE(rules) << to_string(rules.error().front());
  return rules.value_or(Ruleset{});
}

std::string id_of(const std::string& text) {
  const auto rules = read_asa(text, "test");
  return rules ? "" : rules.error().front().id;
}

/// `passes`, `denied` or `unknown`; where it is led to.
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

const std::string kTwo =
    "interface G0\n nameif outside\n security-level 0\n ip address 192.0.2.1 255.255.255.0\n"
    "interface G1\n nameif inside\n security-level 100\n";
constexpr const char* kIn = "in outside out inside tcp 198.51.100.1:40000 to ";

TEST(AsaRead, KnowsWhatTheGuidesExamplesDo) {
  const std::string text = golden("asa-server.cfg");
  const auto found = read_ruleset(text, "test");
  ASSERT_TRUE(found) << to_string(found.error().front());
  EXPECT_EQ(found->dialect, "cisco-asa");
  const Ruleset& rules = *found;
  // The list names the inside address, the packet the outside one.
  EXPECT_EQ(fate(rules, std::string(kIn) + "209.165.201.12:80"), "passes to 10.1.1.1");
  EXPECT_EQ(fate(rules, std::string(kIn) + "209.165.201.12:81"), "denied");
  // Past the translation: its answers would be translated.
  EXPECT_EQ(fate(rules, std::string(kIn) + "10.1.1.1:80"), "denied");
  EXPECT_EQ(fate(rules, std::string(kIn) + "10.1.1.100:8080"), "denied");
  EXPECT_EQ(fate(rules, "in dmz out inside tcp 10.1.4.89:1 to 10.1.1.7:53"), "passes");
  EXPECT_EQ(fate(rules, "in dmz out inside udp 10.1.4.89:1 to 10.1.1.7:53"), "denied");
  EXPECT_EQ(fate(rules, "in dmz out inside tcp 10.1.4.90:1 to 10.1.1.7:53"), "denied");
  EXPECT_EQ(fate(rules, "in dmz out outside tcp 10.1.4.89:1 to 198.51.100.1:80"), "denied");
  EXPECT_EQ(fate(rules, "in inside out dmz tcp 10.1.1.7:1 to 10.1.4.9:25"), "passes");
  EXPECT_EQ(fate(rules, "in management out dmz tcp 192.168.1.7:1 to 10.1.4.9:25"), "denied");
}

TEST(AsaRead, KnowsLevelsWhereThereIsNoList) {
  const std::string three = kTwo + "interface G2\n nameif twin\n security-level 0\n";
  EXPECT_EQ(fate(rules_of(three), "in inside out twin tcp 10.0.0.1:1 to 10.9.0.1:1"), "passes");
  EXPECT_EQ(fate(rules_of(three), "in twin out inside tcp 10.9.0.1:1 to 10.0.0.1:1"), "denied");
  EXPECT_EQ(fate(rules_of(three), "in twin out outside tcp 10.9.0.1:1 to 10.0.0.1:1"), "denied");
  EXPECT_EQ(fate(rules_of(three + "same-security-traffic permit inter-interface\n"),
                 "in twin out outside tcp 10.9.0.1:1 to 10.0.0.1:1"),
            "passes");
  const std::string back = "in inside out inside tcp 10.0.0.1:1 to 10.0.0.2:1";
  EXPECT_EQ(fate(rules_of(three), back), "denied");
  EXPECT_EQ(fate(rules_of(three + "same-security-traffic permit intra-interface\n"), back),
            "passes");
}

TEST(AsaRead, AsksTheGlobalListLast) {
  const std::string text =
      kTwo +
      "access-list A extended deny tcp any any eq 22\naccess-list G extended permit tcp any any\n"
      "access-group G global\naccess-group A in interface outside\n";
  EXPECT_EQ(fate(rules_of(text), std::string(kIn) + "10.0.0.1:22"), "denied");
  EXPECT_EQ(fate(rules_of(text), std::string(kIn) + "10.0.0.1:23"), "passes");
  EXPECT_EQ(fate(rules_of(text), "in inside out outside udp 10.0.0.1:1 to 198.51.100.1:1"),
            "denied");
}

TEST(AsaRead, KnowsListsOnTheWayOut) {
  const std::string text = kTwo +
                           "access-list O extended permit tcp any any range 20 ssh\n"
                           "access-group O out interface outside\n";
  EXPECT_EQ(fate(rules_of(text), "in inside out outside tcp 10.0.0.1:1 to 198.51.100.1:22"),
            "passes");
  EXPECT_EQ(fate(rules_of(text), "in inside out outside tcp 10.0.0.1:1 to 198.51.100.1:23"),
            "denied");
}

struct EntryCase {
  const char* entry;
  const char* passes;
  const char* denied;
};

class AsaEntry : public testing::TestWithParam<EntryCase> {};

TEST_P(AsaEntry, MeansThesePackets) {
  const Ruleset rules = rules_of(
      kTwo +
      "name 10.0.0.9 web\n"
      "object network net\n subnet 10.2.0.0 255.255.0.0\n"
      "object network hosts\n range 10.3.0.1 10.3.0.9\n"
      "object network six\n subnet 2001:db8::/32\n"
      "object service high\n service tcp source gt 1023 destination eq 443\n"
      "object-group network both\n network-object object net\n network-object 2001:db8::/32\n"
      "object-group protocol tcpudp\n protocol-object tcp\n protocol-object udp\n"
      "object-group service mixed\n service-object tcp destination eq www\n service-object icmp "
      "echo\n service-object object high\n service-object tcp-udp destination range 20 21\n"
      "object-group icmp-type ping\n icmp-object echo\n" +
      std::string("access-list A extended permit ") + GetParam().entry +
      "\naccess-group A in interface outside\n");
  const std::string from = "in outside out inside ";
  EXPECT_EQ(fate(rules, from + GetParam().passes), "passes") << GetParam().entry;
  EXPECT_EQ(fate(rules, from + GetParam().denied), "denied") << GetParam().entry;
}

INSTANTIATE_TEST_SUITE_P(
    Entries, AsaEntry,
    testing::Values(EntryCase{"tcp any host web neq 80", "tcp 1.2.3.4:1 to 10.0.0.9:81",
                              "tcp 1.2.3.4:1 to 10.0.0.9:80"},
                    EntryCase{"tcp any4 any lt 22", "tcp 1.2.3.4:1 to 10.0.0.9:21",
                              "tcp [2001:db8::1]:1 to [2001:db8::2]:21"},
                    EntryCase{"ip any6 any6", "tcp [2001:db8::1]:1 to [2001:db8::2]:1",
                              "tcp 1.2.3.4:1 to 10.0.0.9:1"},
                    EntryCase{"udp object net range 5 6 object hosts",
                              "udp 10.2.3.4:6 to 10.3.0.9:1", "udp 10.2.3.4:6 to 10.3.0.10:1"},
                    EntryCase{"ip object-group both any", "tcp [2001:db8::1]:1 to [2001:db8::2]:1",
                              "tcp [2001:db9::1]:1 to [2001:db8::2]:1"},
                    EntryCase{"object-group tcpudp any any eq domain",
                              "udp 1.2.3.4:1 to 10.0.0.9:53", "udp 1.2.3.4:1 to 10.0.0.9:54"},
                    EntryCase{"object-group mixed any any", "tcp 1.2.3.4:1024 to 10.0.0.9:443",
                              "tcp 1.2.3.4:1023 to 10.0.0.9:443"},
                    EntryCase{"object-group mixed any any", "udp 1.2.3.4:1 to 10.0.0.9:21",
                              "udp 1.2.3.4:1 to 10.0.0.9:80"},
                    EntryCase{"object high any any log 7 interval 60",
                              "tcp 1.2.3.4:1024 to 10.0.0.9:443",
                              "tcp 1.2.3.4:1024 to 10.0.0.9:444"},
                    EntryCase{"gre any any", "47 1.2.3.4 to 10.0.0.9", "50 1.2.3.4 to 10.0.0.9"}));

class AsaUnknown : public testing::TestWithParam<UnknownCase> {};

TEST_P(AsaUnknown, IsKeptAsUnknown) {
  const Ruleset rules = rules_of("access-list A extended " + std::string(GetParam().text) + "\n");
  ASSERT_FALSE(rules.tables.empty());
  support::expect_unknown(rules.tables[0].chains.back().rules.at(0), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Words, AsaUnknown,
                         testing::Values(UnknownCase{"permit tcp any any eq 80 time-range night",
                                                     "time-range night", ""},
                                         UnknownCase{"permit ip user LOCAL\\eve any any",
                                                     "user LOCAL\\eve any any", ""},
                                         UnknownCase{"permit tcp object nowhere any eq 80",
                                                     "object nowhere any eq 80", ""},
                                         UnknownCase{"permit ip any any eq 80", "eq 80", ""},
                                         UnknownCase{"permit nosuch any any", "nosuch any any", ""},
                                         UnknownCase{"deny tcp any any eq nosuch", "eq nosuch", ""},
                                         UnknownCase{"permit ip any any option", "option", ""}));

TEST(AsaRead, DoesNotKnowWhatMayLetMoreThrough) {
  const std::string list = kTwo +
                           "access-list A extended permit tcp any any eq 135\n"
                           "access-group A in interface outside\n";
  const std::string inspect =
      list + "policy-map global_policy\n class inspection_default\n  inspect dcerpc\n";
  const std::string dynamic = std::string(kIn) + "10.0.0.1:49152";
  EXPECT_EQ(fate(rules_of(inspect), dynamic), "denied");
  const Ruleset inspected = rules_of(inspect + "service-policy global_policy global\n");
  EXPECT_EQ(fate(inspected, dynamic), "unknown");
  EXPECT_EQ(fate(inspected, std::string(kIn) + "10.0.0.1:135"), "passes");
  EXPECT_EQ(fate(inspected, std::string(kIn) + "10.0.0.1:445"), "denied");
  EXPECT_EQ(fate(rules_of(list + "crypto map vpn interface outside\n"), dynamic), "unknown");
  EXPECT_EQ(fate(rules_of(list + "ip verify reverse-path interface outside\n"),
                 std::string(kIn) + "10.0.0.1:135"),
            "unknown");
  EXPECT_EQ(fate(rules_of(list + "static (inside,outside) 192.0.2.9 10.0.0.9\n"),
                 std::string(kIn) + "10.0.0.1:135"),
            "unknown");
  EXPECT_EQ(
      fate(rules_of(list + "nat (inside) 1 0.0.0.0 0.0.0.0\n"), std::string(kIn) + "10.0.0.1:135"),
      "unknown");
}

TEST(AsaRead, KnowsTranslations) {
  const std::string text =
      kTwo +
      "object network web\n host 10.0.0.5\n nat (inside,outside) static interface service tcp 80 "
      "8080\n"
      "object network lan\n subnet 10.0.0.0 255.255.255.0\n nat (inside,outside) dynamic "
      "interface\n"
      "object network vpn\n subnet 10.9.0.0 255.255.0.0\n"
      "nat (inside,outside) source static lan lan destination static vpn vpn no-proxy-arp\n"
      "access-list A extended permit ip any any\naccess-group A in interface outside\n";
  const Ruleset rules = rules_of(text);
  EXPECT_EQ(fate(rules, std::string(kIn) + "192.0.2.1:8080"), "passes to 10.0.0.5:80");
  EXPECT_EQ(fate(rules, std::string(kIn) + "10.0.0.6:22"), "denied");
  EXPECT_EQ(fate(rules, "in outside out inside tcp 10.9.0.1:1 to 10.0.0.6:22"), "passes");
}

TEST(AsaRead, PutsAnEntryWhereItsLineSays) {
  const Ruleset rules = rules_of(kTwo +
                                 "access-list A extended deny tcp any any\naccess-list A line 1 "
                                 "extended permit tcp any any eq "
                                 "80\naccess-group A in interface outside\n");
  EXPECT_EQ(fate(rules, std::string(kIn) + "10.0.0.1:80"), "passes");
}

TEST(AsaRead, RefusesWhatItCannotFollow) {
  EXPECT_EQ(id_of("network-object host 10.0.0.1\n"), "cisco-block");
  EXPECT_EQ(id_of("access-group A sideways\n"), "asa-access-group");
  const std::string circle =
      "object-group network a\n group-object b\nobject-group network b\n group-object a\n"
      "access-list A extended permit ip object-group a any\n";
  EXPECT_EQ(id_of(circle), "cisco-group-circle");
  std::string deep;
  for (int i = 0; i < 1000; ++i) {
    deep += "object-group network g" + std::to_string(i) + "\n group-object g" +
            std::to_string(i + 1) + "\n";
  }
  EXPECT_EQ(id_of(deep + "object-group network g1000\n network-object host 10.0.0.1\n"
                         "access-list A extended permit ip object-group g0 any\n"),
            "cisco-group-circle");
}

TEST(AsaRead, TakesAGroupOfManyMembers) {
  std::string text = "object-group network many\n";
  for (int i = 0; i < 50'000; ++i) {
    text += " network-object host 10." + std::to_string(i / 32768) + "." +
            std::to_string(i / 128 % 256) + "." + std::to_string(i % 128 * 2) + "\n";
  }
  const Ruleset rules = rules_of(text + "access-list A extended permit ip object-group many any\n");
  EXPECT_THAT(rules.tables[0].sets, SizeIs(1));
  EXPECT_THAT(rules.tables[0].sets[0].elements, SizeIs(50'000));
}

TEST(AsaRead, NeverFailsOnTextThatIsCut) {
  const std::string text = golden("asa-server.cfg");
  for (std::size_t size = 0; size < text.size(); size += 7) {
    const auto rules = read_asa(text.substr(0, size), "cut");
    if (!rules) {
      EXPECT_FALSE(rules.error().front().remedy.empty());
    }
  }
}

}  // namespace
}  // namespace pinhole::firewall
