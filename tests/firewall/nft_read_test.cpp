// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/nft_json_read.hpp"
#include "firewall/read.hpp"
#include "firewall/unknown_words.hpp"

namespace pinhole::firewall {
namespace {

using support::UnknownCase;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// One rule between a chain's braces.
RulesetRule rule(const std::string& text) {
  const auto rules = read_nft("table inet t {\n chain c {\n  " + text + "\n }\n}\n", "test.nft");
  EXPECT_TRUE(rules) << to_string(rules.error().front());
  if (!rules || rules->tables.empty() || rules->tables[0].chains[0].rules.size() != 1) {
    ADD_FAILURE() << text;
    return {};
  }
  return rules->tables[0].chains[0].rules[0];
}

std::string id_of(const std::string& text) {
  const auto rules = read_nft(text, "test.nft");
  return rules ? "" : rules.error().front().id;
}

class NftUnknown : public testing::TestWithParam<UnknownCase> {};

TEST_P(NftUnknown, IsKeptAsUnknown) {
  const RulesetRule read = rule(GetParam().text);
  support::expect_unknown(read, GetParam());
  EXPECT_EQ(read.line, 3U);
  EXPECT_THAT(GetParam().text, testing::EndsWith(read.text));
}

INSTANTIATE_TEST_SUITE_P(
    Words, NftUnknown,
    testing::Values(
        UnknownCase{"fib saddr . iif oif missing drop", "fib saddr . iif oif missing", ""},
        UnknownCase{"limit rate over 10/second burst 5 packets drop",
                    "limit rate over 10/second burst 5 packets", ""},
        UnknownCase{"meta mark 0x1 accept", "meta mark 0x1", ""},
        UnknownCase{"th dport 53 accept", "th dport 53", ""},
        UnknownCase{"@th,16,16 53 accept", "@th, 16, 16 53", ""},
        UnknownCase{"tcp dport nosuchservice accept", "tcp dport nosuchservice", ""},
        UnknownCase{"ct status snat,dnat accept", "ct status snat, dnat", ""},
        UnknownCase{"add @s { ip saddr limit rate 3/minute } drop",
                    "add @s { ip saddr limit rate 3/minute }", ""},
        UnknownCase{"xt match \"recent\" accept", "xt match \"recent\"", ""},
        UnknownCase{"# xt_multiport accept", "", "xt_multiport"},
        UnknownCase{"queue num 1-3 bypass", "", "queue num 1-3 bypass"},
        UnknownCase{"tproxy to :3128", "", "tproxy to :3128"},
        UnknownCase{"meta mark vmap { 1 : accept }", "", "meta mark vmap { 1 : accept }"},
        UnknownCase{"ip daddr set 10.0.0.1", "", "ip daddr set 10.0.0.1"},
        UnknownCase{"wholly new words drop", "", "wholly new words"},
        UnknownCase{"dnat to numgen inc mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }", "",
                    "dnat to numgen inc mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }"}));

TEST(NftRead, KnowsWhatDecidesNothing) {
  for (const char* text :
       {"counter packets 1 bytes 2",
        "log prefix \"drop accept\" level info flags tcp sequence,options", "meta mark set ct mark",
        "tcp option maxseg size set rt mtu", "update @s { ip saddr }",
        "counter name \"c\" comment \"accept; drop { \"", "ct helper set \"ftp\"", "flow add @f"}) {
    EXPECT_THAT(rule(text).actions, IsEmpty()) << text;
  }
}

TEST(NftRead, SpellsOutWhatATermImplies) {
  const RulesetRule read =
      rule("ip saddr != { 10.0.0.0/8, 192.0.2.1-192.0.2.9 } tcp dport ssh drop");
  ASSERT_THAT(read.matches, SizeIs(4));
  EXPECT_EQ(read.matches[0].fields, std::vector{Field::family});
  EXPECT_TRUE(read.matches[1].negated);
  EXPECT_EQ(read.matches[1].elements[1][0],
            Value(AddressRange{*parse_address("192.0.2.1"), *parse_address("192.0.2.9")}));
  EXPECT_EQ(read.matches[2].elements[0][0], Value(NumberRange{6, 6}));
  EXPECT_EQ(read.matches[3].elements[0][0], Value(NumberRange{22, 22}));
}

TEST(NftRead, KnowsWhomARejectAnswers) {
  EXPECT_EQ(rule("reject with icmpv6 admin-prohibited").matches[0].elements[0][0],
            Value(NumberRange{6, 6}));
  EXPECT_EQ(rule("reject with tcp reset").matches[0].fields, std::vector{Field::protocol});
  EXPECT_THAT(rule("reject with icmpx type port-unreachable").matches, IsEmpty());
}

TEST(NftRead, PutsTheRestOfAMapLast) {
  const RulesetRule read = rule("tcp dport vmap { * : drop, 80-90 : jump web, 22: accept }");
  const auto& map = std::get<Lookup<Verdict>>(read.actions[0]);
  ASSERT_THAT(map.entries, SizeIs(3));
  EXPECT_EQ(map.entries[0].to, (Verdict{Verdict::Kind::jump, "web"}));
  EXPECT_EQ(map.entries[2].to.kind, Verdict::Kind::drop);
  EXPECT_EQ(map.entries[2].key[0], Value(NumberRange{0, 65535}));
}

TEST(NftRead, OpensASetThatOthersFill) {
  const auto rules = read_nft(
      "table ip t {\n set s { type ipv4_addr; flags dynamic,timeout; }\n"
      " set m { type mark; elements = { 1 }\n }\n set f { type ipv4_addr; elements = { 10.0.0.1 } "
      "}\n}\n",
      "test.nft");
  ASSERT_TRUE(rules);
  ASSERT_THAT(rules->tables[0].sets, SizeIs(3));
  for (const NamedSet& set : rules->tables[0].sets) {
    EXPECT_EQ(set.open, set.name != "f") << set.name;
  }
}

TEST(NftRead, LeavesOutTheHooksOfTheHostItself) {
  const auto rules = read_nft(
      "table inet t {\n chain i { type filter hook input priority 0; policy drop; }\n"
      " chain f { type filter hook forward priority filter - 10; policy drop; }\n}\n"
      "table arp a {\n chain x { type filter hook input priority 0; }\n}\n",
      "test.nft");
  ASSERT_TRUE(rules);
  ASSERT_THAT(rules->tables, SizeIs(1));
  ASSERT_THAT(rules->tables[0].chains, SizeIs(1));
  EXPECT_EQ(rules->tables[0].chains[0].priority, -10);
  EXPECT_FALSE(rules->tables[0].chains[0].accept_at_end);
}

TEST(NftRead, FollowsCommandsAndDefinitions) {
  const auto rules = read_nft(
      "flush ruleset\ndefine nets = { 10.0.0.0/8, \\\n 192.168.0.0/16 }\nadd table ip t\n"
      "add chain ip t c { type filter hook forward priority 0; }\nadd rule ip t c ip saddr $nets "
      "drop\n"
      "insert rule t c accept\ndelete table ip t2\n",
      "test.nft");
  ASSERT_TRUE(rules) << to_string(rules.error().front());
  const auto& read = rules->tables[0].chains[0].rules;
  ASSERT_THAT(read, SizeIs(2));
  EXPECT_EQ(read[0].line, 7U);
  EXPECT_EQ(read[1].matches[1].elements.size(), 2U);
  EXPECT_EQ(read[1].text, "ip saddr $nets drop");
}

TEST(NftRead, RefusesWhatItCannotFollow) {
  EXPECT_EQ(id_of("table inet t {\n chain c {\n"), "nft-cut");
  EXPECT_EQ(id_of("table inet t {\n chain c {\n ip saddr { 1.2.3.4,\n"), "nft-cut");
  EXPECT_EQ(id_of("include \"/etc/other.nft\"\n"), "nft-include");
  EXPECT_EQ(id_of("table inet t {\n chain c {\n ip saddr $x drop\n }\n}\n"), "nft-define");
  EXPECT_EQ(id_of("replace rule inet t c handle 3 accept\n"), "nft-syntax");
  EXPECT_EQ(id_of("table inet t { } }\n"), "nft-syntax");
}

TEST(NftRead, EndsWhereDefinitionsGrowWithoutEnd) {
  std::string text = "define a0 = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "$a" + std::to_string(i - 1);
    text += "define a" + std::to_string(i) + " =";
    for (int n = 0; n < 10; ++n) {
      text += " " + before;
    }
    text += "\n";
  }
  EXPECT_EQ(id_of(text + "table inet t {\n chain c {\n $a11\n }\n}\n"), "nft-define");
}

TEST(NftJson, SaysRulesInNativeWordsWithTheLineOfTheJson) {
  const auto rules = read_nft_json(
      R"({"nftables": [{"table": {"family": "inet", "name": "t"}},
{"chain": {"family": "inet", "table": "t", "name": "c", "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}},
{"rule": {"family": "inet", "table": "t", "chain": "c", "expr": [
  {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": {"range": [80, 90]}}}, {"accept": null}]}},
{"rule": {"family": "inet", "table": "t", "chain": "c", "expr": [{"something new": 1}, {"accept": null}]}}]})",
      "test.json");
  ASSERT_TRUE(rules) << to_string(rules.error().front());
  EXPECT_EQ(rules->dialect, "nftables-json");
  const Chain& chain = rules->tables[0].chains[0];
  EXPECT_FALSE(chain.accept_at_end);
  EXPECT_EQ(chain.rules[0].line, 3U);
  EXPECT_EQ(chain.rules[0].text, "tcp dport == \"80-90\" accept");
  EXPECT_EQ(chain.rules[0].matches[1].elements[0][0], Value(NumberRange{80, 90}));
  EXPECT_EQ(chain.rules[1].line, 5U);
  EXPECT_TRUE(std::holds_alternative<UnknownAction>(chain.rules[1].actions[0]));
}

TEST(NftJson, LetsNoTextBecomeAnotherCommand) {
  const auto rules = read_nft_json(
      R"({"nftables": [{"table": {"family": "inet", "name": "t"}},
{"chain": {"family": "inet", "table": "t", "name": "c", "type": "filter", "hook": "forward; }", "prio": 0}}]})",
      "test.json");
  EXPECT_FALSE(rules);
  EXPECT_FALSE(
      read_nft_json(R"({"nftables": [{"table": {"family": "inet", "name": "t { }"}}]})", "x"));
  EXPECT_FALSE(read_nft_json("[]", "x"));
  EXPECT_FALSE(read_nft_json("{\"nftables\": 1", "x"));
}

TEST(Read, TellsADialectByItsContent) {
  EXPECT_EQ(read_ruleset("# x\n\ntable inet t {\n}\n", "a").value().dialect, "nftables");
  EXPECT_EQ(read_ruleset(" {\"nftables\": []}", "a").value().dialect, "nftables-json");
  EXPECT_EQ(read_ruleset("# iptables\n*filter\nCOMMIT\n", "a").value().dialect, "iptables");
  EXPECT_EQ(read_ruleset("hello", "a").error().front().id, "firewall-dialect");
  const auto unknown = read_ruleset("table ip t\n", "a", "cisco");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().front().remedy, HasSubstr("nftables, nftables-json, iptables"));
}

}  // namespace
}  // namespace pinhole::firewall
