// SPDX-License-Identifier: Apache-2.0
#include "firewall/asa_print.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/asa_read.hpp"
#include "firewall/print_samples.hpp"
#include "firewall/read.hpp"

namespace pinhole::firewall {
namespace {

using support::simple_policy;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

AsaTexts printed(const Policy& policy) {
  auto texts = print_asa(policy);
  EXPECT_TRUE(texts) << to_string(texts.error().front());
  return texts.value_or(AsaTexts{});
}

std::string refusal(const Policy& policy) {
  const auto texts = print_asa(policy);
  if (texts) {
    return "printed";
  }
  EXPECT_EQ(texts.error().front().place.name, "cisco-asa");
  EXPECT_FALSE(texts.error().front().remedy.empty());
  return texts.error().front().id;
}

Proof::Answer answer(const Policy& policy) {
  const auto rules = read_asa(printed(policy).apply, "printed");
  EXPECT_TRUE(rules);
  const auto proof = prove(policy, *rules);
  EXPECT_TRUE(proof);
  return proof->answer;
}

TEST(AsaPrint, SaysAFlowWithItsReason) {
  const std::string text = printed(simple_policy()).apply;
  EXPECT_THAT(text, ContainsRegex("object-group network PINHOLE_[0-9a-f]{8}_N1\n"
                                  " network-object host 10.2.0.5\n"
                                  " network-object host 10.2.0.6\n"));
  EXPECT_THAT(text, ContainsRegex("object-group service PINHOLE_[0-9a-f]{8}_P2 tcp\n"
                                  " port-object eq 135\n port-object range 5000 5010\n"));
  EXPECT_THAT(text, ContainsRegex("access-list PINHOLE_[0-9a-f]{8}_eth0 remark "
                                  "outlook>ex-1:is-tcp-port: mail\n"));
  EXPECT_THAT(text, ContainsRegex("extended permit tcp 10.1.0.0 255.255.0.0 object-group "
                                  "PINHOLE_[0-9a-f]{8}_N1 object-group PINHOLE_[0-9a-f]{8}_P2\n"));
  EXPECT_THAT(text, ContainsRegex("access-group PINHOLE_[0-9a-f]{8}_eth1 in interface eth1\n$"));
}

TEST(AsaPrint, NamesAnotherPolicyOtherwise) {
  Policy other = simple_policy();
  other.rules[0].ports = *parse_port_set("136");
  const auto name = [](const std::string& text) { return text.substr(text.find("PINHOLE_"), 16); };
  EXPECT_EQ(name(printed(simple_policy()).apply), name(printed(simple_policy()).undo));
  EXPECT_NE(name(printed(simple_policy()).apply), name(printed(other).apply));
}

TEST(AsaPrint, TellsSpoofedFromDeniedInTheLog) {
  Policy policy = simple_policy();
  const std::string text = printed(policy).apply;
  EXPECT_THAT(text, HasSubstr("extended deny ip 10.1.0.0 255.255.0.0 any4 log\n"));
  EXPECT_THAT(text, HasSubstr("remark not an address of this side\n"));
  EXPECT_THAT(text, HasSubstr("extended deny ip any any log\n"));
  policy.log_denied = policy.anti_spoofing = false;
  EXPECT_THAT(printed(policy).apply, HasSubstr("extended deny ip any any log disable\n"));
  EXPECT_THAT(printed(policy).apply, Not(HasSubstr("any4 log")));
}

TEST(AsaPrint, TakesOutWhatItPutIn) {
  Policy policy = simple_policy();
  policy.hides = {0};
  const std::string undo = printed(policy).undo;
  EXPECT_THAT(undo, ContainsRegex("^no access-group PINHOLE_[0-9a-f]{8}_eth0 in interface eth0\n"
                                  "clear configure access-list PINHOLE_[0-9a-f]{8}_eth0\n"));
  EXPECT_THAT(undo, ContainsRegex("no nat \\(eth0,eth1\\) after-auto source dynamic"));
  EXPECT_THAT(undo, ContainsRegex("no object-group service PINHOLE_[0-9a-f]{8}_P2 tcp\n"));
}

TEST(AsaPrint, PutsTextIntoRemarksThatACommandLineTakes) {
  Policy policy = simple_policy();
  policy.rules[0].reasons = {{"a>b", "why?\nnot \xc3\xa9 " + std::string(200, 'x')}};
  const std::string text = printed(policy).apply;
  EXPECT_THAT(text, HasSubstr("remark a>b: why. not .. xxx"));
  const std::size_t at = text.find("remark a>b") + 7;
  EXPECT_EQ(text.find('\n', at) - at, 100U);
}

TEST(AsaPrint, MatchesByAddressWhereThereAreNoInterfaces) {
  Policy policy = simple_policy();
  policy.device.clear();
  policy.anti_spoofing = false;
  for (Zone& zone : policy.zones) {
    zone.interface.clear();
  }
  EXPECT_THAT(printed(policy).apply,
              ContainsRegex("access-group PINHOLE_[0-9a-f]{8}_all global\n"));
  EXPECT_EQ(answer(policy), Proof::Answer::exact);
}

TEST(AsaPrint, CutsTheRestOfTheWorldOutOfTheOthers) {
  Policy policy = simple_policy();
  policy.zones.push_back({"internet", "eth2", {}, true});
  policy.rules[0].to = 2;
  policy.rules[0].destinations = {*parse_prefix("0.0.0.0/0")};
  EXPECT_EQ(answer(policy), Proof::Answer::exact);
  EXPECT_THAT(printed(policy).apply, HasSubstr(" network-object 11.0.0.0 255.0.0.0\n"));
}

TEST(AsaPrint, TranslatesWhereAnAsaCan) {
  Policy policy = simple_policy();
  Translation one;
  one.outside = *parse_address("192.0.2.1");
  one.inside = *parse_address("10.2.0.5");
  one.ports = *parse_port_set("135");
  one.reasons = {{"flow", "text"}};
  policy.translations = {one};
  EXPECT_THAT(printed(policy).apply,
              ContainsRegex("nat \\(eth0,eth1\\) source static any any destination static "
                            "[^ ]+ [^ ]+ service [^ ]+ [^ ]+ unidirectional description "
                            "flow: text\n"));
  EXPECT_EQ(answer(policy), Proof::Answer::exact);
  policy.hides = {0};
  EXPECT_THAT(printed(policy).apply, HasSubstr("source dynamic "));
  EXPECT_EQ(answer(policy), Proof::Answer::exact);
}

TEST(AsaPrint, RefusesWhatAnAsaCannotSay) {
  Policy policy = simple_policy();
  policy.stateful = false;
  EXPECT_EQ(refusal(policy), "asa-stateless");
  policy = simple_policy();
  policy.rules[0].to = 0;
  EXPECT_EQ(refusal(policy), "asa-own-service");
  policy = simple_policy();
  policy.zones[1].interface = "eth0";
  EXPECT_EQ(refusal(policy), "asa-one-interface");
  policy = simple_policy();
  policy.hides = {1};
  EXPECT_EQ(refusal(policy), "asa-hidden-destination");
  policy = simple_policy();
  policy.zones[1].interface.clear();
  EXPECT_EQ(refusal(policy), "cisco-interface-missing");
  policy.zones[0].interface.clear();
  policy.hides = {0};
  EXPECT_EQ(refusal(policy), "asa-hide-interface");
  policy = simple_policy();
  policy.zones[1].interface = "in side";
  EXPECT_EQ(refusal(policy), "firewall-interface-name");
  policy = simple_policy();
  policy.translations = {{0,
                          *parse_address("192.0.2.1"),
                          *parse_address("10.2.0.5"),
                          Protocol::icmp,
                          PortSet(),
                          {{"flow", "text"}}}};
  EXPECT_EQ(refusal(policy), "asa-translation-icmp");
}

TEST(AsaPrint, IsKnownByItsContent) {
  const auto rules = read_ruleset(printed(simple_policy()).apply, "printed");
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->dialect, "cisco-asa");
}

void adapt(Policy& policy) {
  policy.stateful = true;
  // Nothing can be hidden without an interface, and nobody asks a hidden host.
  if (policy.device.empty()) {
    policy.hides.clear();
  }
  std::erase_if(policy.rules, [&](const Rule& rule) {
    return std::ranges::find(policy.hides, rule.to) != policy.hides.end();
  });
}

std::string apply_text(const Policy& policy) {
  return printed(policy).apply;
}

class AsaPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(AsaPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), apply_text, read_asa, adapt);
}

INSTANTIATE_TEST_SUITE_P(Parts, AsaPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
