// SPDX-License-Identifier: Apache-2.0
#include "firewall/iptables_print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/iptables_read.hpp"
#include "firewall/proof.hpp"
#include "firewall/random_policy.hpp"
#include "support/random.hpp"

namespace pinhole::firewall {
namespace {

using testing::HasSubstr;
using testing::Not;

Policy simple() {
  Policy policy;
  policy.title = "Exchange behind a router";
  policy.device = "router";
  policy.zones = {{"clients", "eth0", {*parse_prefix("10.1.0.0/16")}, false},
                  {"servers", "eth1", {*parse_prefix("10.2.0.0/16")}, false}};
  Rule rule;
  rule.from = 0;
  rule.to = 1;
  rule.sources = {*parse_prefix("10.1.0.0/16")};
  rule.destinations = {*parse_prefix("10.2.0.5")};
  rule.ports = *parse_port_set("135,5000-5010");
  rule.reasons = {{"outlook>ex-1:is-tcp-port", "mail"}};
  policy.rules = {rule};
  return policy;
}

IptablesTexts printed(const Policy& policy) {
  auto texts = print_iptables(policy, Install::first);
  EXPECT_TRUE(texts) << to_string(texts.error().front());
  return texts.value_or(IptablesTexts{});
}

TEST(IptablesPrint, TouchesOnlyChainsOfItsOwn) {
  const std::string text = printed(simple()).v4;
  EXPECT_THAT(text, HasSubstr(":PINHOLE - [0:0]\n"));
  EXPECT_THAT(text, HasSubstr("-I FORWARD 1 -j PINHOLE\nCOMMIT\n"));
  EXPECT_THAT(text, Not(HasSubstr(":FORWARD")));
  EXPECT_THAT(text, Not(HasSubstr("\n-F")));
}

TEST(IptablesPrint, SaysWhichFlowARuleIsFor) {
  EXPECT_THAT(printed(simple()).v4,
              HasSubstr("-A PINHOLE-F0-T1 -s 10.1.0.0/16 -d 10.2.0.5/32 -p tcp -m multiport "
                        "--dports 135,5000:5010 -m comment --comment "
                        "\"outlook>ex-1:is-tcp-port: mail\" -j ACCEPT\n"));
}

TEST(IptablesPrint, NeverPutsMoreThanFifteenPortsIntoOneRule) {
  Policy policy = simple();
  policy.rules[0].ports = *parse_port_set("1,3,5,7,9,11,13,15,17,19,21,23,25,30-40,50");
  const std::string text = printed(policy).v4;
  EXPECT_THAT(text, HasSubstr("--dports 1,3,5,7,9,11,13,15,17,19,21,23,25,30:40 -m"));
  EXPECT_THAT(text, HasSubstr("-p tcp --dport 50 -m"));
}

TEST(IptablesPrint, AddsNoSecondJumpToWhatIsThere) {
  const auto again = print_iptables(simple(), Install::again);
  ASSERT_TRUE(again);
  EXPECT_THAT(again->v4, Not(HasSubstr("-I FORWARD")));
  EXPECT_THAT(again->v4, HasSubstr(":PINHOLE - [0:0]\n"));
}

TEST(IptablesPrint, TakesOutWhatItPutIn) {
  const auto undo = print_iptables_undo(simple());
  ASSERT_TRUE(undo);
  EXPECT_THAT(undo->v4, HasSubstr("*filter\n-D FORWARD -j PINHOLE\n-F PINHOLE\n"));
  EXPECT_THAT(undo->v4, HasSubstr("-X PINHOLE-F0-T1\n"));
}

TEST(IptablesPrint, ForwardsNothingForTheServicesOfTheDeviceItself) {
  Policy policy = simple();
  policy.rules[0].to = 0;
  const std::string text = printed(policy).v4;
  EXPECT_THAT(text, HasSubstr("-A PINHOLE-OWN -i eth0 -j PINHOLE-F0-T0\n"));
  EXPECT_THAT(text, HasSubstr("-I INPUT 1 -j PINHOLE-OWN\n"));
  EXPECT_THAT(text, Not(HasSubstr("-o eth")));
}

TEST(IptablesPrint, RefusesWhatLinuxCannotSay) {
  Policy policy = simple();
  policy.zones[1].interface = "a name that is too long";
  const auto texts = print_iptables(policy, Install::first);
  ASSERT_FALSE(texts);
  EXPECT_EQ(texts.error().front().id, "firewall-interface-name");
  EXPECT_EQ(texts.error().front().place.name, "iptables");
}

std::string first_of(const Proof& proof) {
  for (const auto* list : {&proof.missing, &proof.excess, &proof.unknown, &proof.sources}) {
    if (!list->empty()) {
      return to_string(list->front().packet) + " by " + list->front().by.text + "\n";
    }
  }
  return "";
}

/// 10,000 in all, in parts that each end in time.
class IptablesPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(IptablesPrintRandom, IsProvedToBeThePolicy) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 source(support::random_seed() + GetParam());
  for (std::size_t run = support::random_runs(2'000); run > 0; --run) {
    const auto device = run % 4 == 0 ? support::RandomPolicy::Device::stateless
                                     : support::RandomPolicy::Device::stateful;
    const Policy policy = support::RandomPolicy(source).draw(device);
    const IptablesTexts texts = printed(policy);
    const std::string both = texts.v4 + texts.v6;
    const auto rules = read_iptables(both, "pinhole");
    ASSERT_TRUE(rules) << to_string(rules.error().front()) << "\n" << both;
    const auto proof = prove(policy, *rules);
    ASSERT_TRUE(proof) << to_string(proof.error().front());
    ASSERT_EQ(proof->answer, Proof::Answer::exact) << first_of(*proof) << both;
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, IptablesPrintRandom, testing::Range(0U, 5U));

}  // namespace
}  // namespace pinhole::firewall
