// SPDX-License-Identifier: Apache-2.0
#include "firewall/proof.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/build_ruleset.hpp"
#include "firewall/explain.hpp"

namespace pinhole::firewall {
namespace {

using namespace support;
using testing::IsEmpty;
using testing::SizeIs;

IpPrefix prefix(const char* text) {
  return parse_prefix(text).value();
}
PortSet ports(const char* text) {
  return parse_port_set(text).value();
}

/// Clients on eth0, one server behind eth1, the rest of the world on eth2.
Policy policy() {
  Policy policy;
  policy.zones = {{"clients", "eth0", {prefix("10.1.0.0/16")}, false},
                  {"servers", "eth1", {prefix("10.2.0.0/16")}, false},
                  {"internet", "eth2", {}, true}};
  Rule rule;
  rule.from = 0;
  rule.to = 1;
  rule.sources = {prefix("10.1.0.0/16")};
  rule.destinations = {prefix("10.2.0.5/32")};
  rule.ports = ports("135,59532");
  rule.reasons = {{"outlook>ex1:is-tcp-port", "mail"}};
  policy.rules = {rule};
  return policy;
}

std::vector<Match> clients_to_server(std::vector<Match> more) {
  std::vector<Match> all{interface(Field::in_interface, "eth0"), is(Field::family, 4),
                         on(Field::source, "10.1.0.0/16"), on(Field::destination, "10.2.0.5/32"),
                         is(Field::protocol, 6)};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Ruleset exact_rules() {
  return ruleset({forward({rule(3, clients_to_server({port(135)}), accept()),
                           rule(4, clients_to_server({port(59532)}), accept())})});
}

Proof proof_of(const Policy& wanted, const Ruleset& rules,
               std::optional<ZonePair> only = std::nullopt) {
  auto proof = prove(wanted, rules, only);
  EXPECT_TRUE(proof) << to_string(proof.error().front());
  return proof ? *proof : Proof{};
}

TEST(Proof, IsExactWhereTheRulesAreThePolicy) {
  const Proof proof = proof_of(policy(), exact_rules());
  EXPECT_EQ(proof.answer, Proof::Answer::exact);
  EXPECT_THAT(proof.missing, IsEmpty());
  EXPECT_THAT(proof.excess, IsEmpty());
}

TEST(Proof, ShowsAFlowThatTheEndOfTheChainDrops) {
  const Proof proof =
      proof_of(policy(), ruleset({forward({rule(3, clients_to_server({port(135)}), accept())})}));
  EXPECT_EQ(proof.answer, Proof::Answer::differs);
  EXPECT_THAT(proof.excess, IsEmpty());
  ASSERT_THAT(proof.missing, SizeIs(1));
  EXPECT_EQ(to_string(proof.missing[0].packet),
            "in eth0 out eth1 tcp 10.1.0.0:40000 to 10.2.0.5:59532");
  EXPECT_EQ(proof.missing[0].by, (DecidedBy{"filter", "forward", 1, ""}));
  EXPECT_EQ(proof.missing[0].flows[0].flow, "outlook>ex1:is-tcp-port");
  EXPECT_EQ(proof.missing[0].count, 65536.0 * 65536.0);
}

TEST(Proof, ShowsTheRuleThatOpensTooMuch) {
  const Proof proof =
      proof_of(policy(), ruleset({forward({rule(3, clients_to_server({port(135, 136)}), accept()),
                                           rule(4, clients_to_server({port(59532)}), accept())})}));
  EXPECT_EQ(proof.answer, Proof::Answer::differs);
  EXPECT_THAT(proof.missing, IsEmpty());
  ASSERT_THAT(proof.excess, SizeIs(1));
  EXPECT_EQ(proof.excess[0].packet.destination_port, 136);
  EXPECT_EQ(proof.excess[0].by, (DecidedBy{"filter", "forward", 3, "rule 3"}));
  EXPECT_EQ(proof.excess[0].flows[0].flow, "outlook>ex1:is-tcp-port");
}

TEST(Proof, LeavesOutWhatRoutingForbids) {
  // The rule names no interface that it leaves by: there is but one way to the server.
  EXPECT_EQ(proof_of(policy(), exact_rules()).answer, Proof::Answer::exact);
  // Nor does it matter what hosts of one zone say to each other.
  Ruleset rules = exact_rules();
  rules.tables[0].chains[0].rules.push_back(
      rule(5, {interface(Field::in_interface, "eth1"), interface(Field::out_interface, "eth1")},
           accept()));
  EXPECT_EQ(proof_of(policy(), rules).answer, Proof::Answer::exact);
}

TEST(Proof, CountsForgedSourcesWhereThePolicyForbidsThem) {
  Ruleset rules = exact_rules();
  for (RulesetRule& one : rules.tables[0].chains[0].rules) {
    one.matches.erase(one.matches.begin());  // whatever the interface
  }
  Policy wanted = policy();
  const Proof strict = proof_of(wanted, rules);
  ASSERT_THAT(strict.excess, SizeIs(2));
  EXPECT_NE(strict.excess[0].packet.in_interface, "eth0");
  wanted.anti_spoofing = false;
  EXPECT_EQ(proof_of(wanted, rules).answer, Proof::Answer::exact);
}

TEST(Proof, IsUnknownOnlyWhereTheUnknownMatters) {
  Ruleset rules = exact_rules();
  auto& chain = rules.tables[0].chains[0].rules;
  chain.push_back(rule(5, {unknown("meta mark 1"), is(Field::protocol, 6)}, drop()));
  EXPECT_EQ(proof_of(policy(), rules).answer, Proof::Answer::exact);
  chain.insert(chain.begin(), rule(2, {unknown("meta mark 1"), port(135)}, drop()));
  const Proof proof = proof_of(policy(), rules);
  EXPECT_EQ(proof.answer, Proof::Answer::unknown);
  ASSERT_THAT(proof.unknown, SizeIs(1));
  EXPECT_EQ(proof.unknown[0].by.line, 2U);
  EXPECT_EQ(proof.unknown[0].packet.destination_port, 135);
}

TEST(Proof, LooksAtOnePairOfZones) {
  Ruleset rules = exact_rules();
  rules.tables[0].chains[0].rules.push_back(
      rule(5, {interface(Field::in_interface, "eth2")}, accept()));
  EXPECT_EQ(proof_of(policy(), rules).answer, Proof::Answer::differs);
  EXPECT_EQ(proof_of(policy(), rules, ZonePair{0, 1}).answer, Proof::Answer::exact);
  EXPECT_EQ(proof_of(policy(), rules, ZonePair{2, 1}).answer, Proof::Answer::differs);
  EXPECT_EQ(proof_of(policy(), ruleset({forward({})}), ZonePair{1, 0}).answer,
            Proof::Answer::exact);
}

/// The internet reaches 10.2.0.5 as 192.0.2.1.
Policy translating_policy() {
  Policy wanted = policy();
  wanted.rules[0].from = 2;
  wanted.rules[0].sources = {prefix("0.0.0.0/0")};
  wanted.rules[0].ports = ports("443");
  Translation translation;
  translation.from = 2;
  translation.outside = parse_address("192.0.2.1").value();
  translation.inside = parse_address("10.2.0.5").value();
  translation.ports = ports("443");
  wanted.translations = {translation};
  return wanted;
}

Ruleset translating_rules(const char* inside) {
  const std::vector<Match> outside{interface(Field::in_interface, "eth2"), is(Field::family, 4),
                                   on(Field::destination, "192.0.2.1/32"), is(Field::protocol, 6),
                                   port(443)};
  return ruleset(
      {base_chain("translate", Hook::prerouting, -100, true, {rule(2, outside, dnat(inside))}),
       forward({rule(3,
                     {interface(Field::in_interface, "eth2"), is(Field::family, 4),
                      negated(on(Field::source, "10.0.0.0/14")), on(Field::destination, "10.2.0.5"),
                      is(Field::protocol, 6), port(443)},
                     accept())})});
}

TEST(Proof, FollowsATranslationBeforeItDecides) {
  Policy wanted = translating_policy();
  wanted.zones[0].networks = {prefix("10.0.0.0/15")};
  wanted.zones[1].networks = {prefix("10.2.0.0/15")};
  EXPECT_EQ(proof_of(wanted, translating_rules("10.2.0.5")).answer, Proof::Answer::exact);
  const Proof proof = proof_of(wanted, translating_rules("10.2.0.6"));
  ASSERT_THAT(proof.missing, SizeIs(1));
  EXPECT_EQ(to_string(proof.missing[0].packet.destination), "192.0.2.1");
  EXPECT_EQ(proof.missing[0].to.destination, parse_address("10.2.0.5"));
  EXPECT_THAT(proof.excess, IsEmpty());
}

TEST(Proof, SaysWhoseSourceIsHiddenWrongly) {
  Policy wanted = policy();
  wanted.hides = {0};
  const Proof bare = proof_of(wanted, exact_rules());
  EXPECT_EQ(bare.answer, Proof::Answer::differs);
  EXPECT_THAT(bare.missing, IsEmpty());
  EXPECT_THAT(bare.sources, SizeIs(2));
  Ruleset rules = exact_rules();
  rules.tables[0].chains.push_back(base_chain(
      "hide", Hook::postrouting, 100, true,
      {rule(7, {on(Field::source, "10.1.0.0/16")}, Nat{Nat::Kind::masquerade, {}, std::nullopt})}));
  EXPECT_EQ(proof_of(wanted, rules).answer, Proof::Answer::exact);
  EXPECT_THAT(proof_of(policy(), rules).sources, SizeIs(2));
}

TEST(Proof, RefusesRulesThatLeadInACircle) {
  Ruleset rules = ruleset({forward({rule(3, {}, jump("other"))})});
  rules.tables[0].chains.push_back(
      {"other", std::nullopt, 0, true, "", {rule(6, {}, jump("other"))}, 5});
  const auto proof = prove(policy(), rules);
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error()[0].id, "firewall-circle");
  EXPECT_EQ(proof.error()[0].place.line, 6U);
}

TEST(Proof, FollowsAChainOnceForTheSamePackets) {
  Ruleset rules = ruleset({forward({rule(1, {}, jump("c0"))})});
  for (int i = 0; i < 40; ++i) {
    const std::string next = "c" + std::to_string(i + 1);
    rules.tables[0].chains.push_back({"c" + std::to_string(i),
                                      std::nullopt,
                                      0,
                                      true,
                                      "",
                                      {rule(2, {}, jump(next)), rule(3, {}, jump(next))},
                                      1});
  }
  rules.tables[0].chains.push_back({"c40", std::nullopt, 0, true, "", {}, 1});
  const auto walked = explain(rules, parse_packet("tcp 10.0.0.1 > 10.0.0.2:1").value());
  ASSERT_TRUE(walked);
  EXPECT_EQ(walked->outcome, Outcome::denied);
  EXPECT_THAT(proof_of(policy(), rules).missing, SizeIs(1));
}

TEST(Diff, ShowsWhatOpensAndWhatCloses) {
  const Ruleset after = ruleset({forward({rule(3, clients_to_server({port(135)}), accept()),
                                          rule(4, clients_to_server({port(59533)}), accept())})});
  const auto same = diff(exact_rules(), exact_rules());
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->same());
  const auto change = diff(exact_rules(), after);
  ASSERT_TRUE(change);
  ASSERT_THAT(change->opened, SizeIs(1));
  EXPECT_EQ(change->opened[0].packet.destination_port, 59533);
  EXPECT_EQ(change->opened[0].by.line, 4U);
  ASSERT_THAT(change->closed, SizeIs(1));
  EXPECT_EQ(change->closed[0].packet.destination_port, 59532);
  EXPECT_EQ(change->closed[0].by.text, "");
}

}  // namespace
}  // namespace pinhole::firewall
