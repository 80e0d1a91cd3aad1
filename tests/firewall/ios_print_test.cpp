// SPDX-License-Identifier: Apache-2.0
#include "firewall/ios_print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/ios_read.hpp"
#include "firewall/print_samples.hpp"
#include "firewall/read.hpp"
#include "firewall/take_out.hpp"

namespace pinhole::firewall {
namespace {

using support::simple_policy;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

IosTexts printed(const Policy& policy) {
  auto texts = print_ios(policy);
  EXPECT_TRUE(texts) << to_string(texts.error().front());
  return texts.value_or(IosTexts{});
}

std::string refusal(const Policy& policy) {
  const auto texts = print_ios(policy);
  if (texts) {
    return "printed";
  }
  EXPECT_EQ(texts.error().front().place.name, "cisco-ios");
  EXPECT_FALSE(texts.error().front().remedy.empty());
  return texts.error().front().id;
}

TEST(IosPrint, GivesEachPairOfInterfacesAPolicy) {
  const std::string text = printed(simple_policy()).apply;
  EXPECT_THAT(text, ContainsRegex("ip access-list extended PINHOLE_[0-9a-f]{8}_0_1\n"
                                  " remark outlook>ex-1:is-tcp-port: mail\n"
                                  " permit tcp 10.1.0.0 0.0.255.255 host 10.2.0.5 eq 135\n"
                                  " permit tcp 10.1.0.0 0.0.255.255 host 10.2.0.5 range 5000 "
                                  "5010\n"));
  EXPECT_THAT(text, ContainsRegex(" class type inspect PINHOLE_[0-9a-f]{8}_0_1\n  inspect\n"
                                  " class class-default\n  drop log\n"));
  EXPECT_THAT(text, ContainsRegex("zone-pair security PINHOLE_[0-9a-f]{8}_1_0 source "));
  EXPECT_THAT(text,
              ContainsRegex("interface eth1\n zone-member security PINHOLE_[0-9a-f]{8}_1\n$"));
}

TEST(IosPrint, DropsWhatIsSpoofedInAClassOfItsOwn) {
  Policy policy = simple_policy();
  EXPECT_THAT(printed(policy).apply,
              ContainsRegex("_0_spoofed\n remark not an address of this side\n deny ip 10.1.0.0 "
                            "0.0.255.255 any\n permit ip any any\n"));
  policy.anti_spoofing = false;
  EXPECT_THAT(printed(policy).apply, Not(HasSubstr("spoofed")));
}

TEST(IosPrint, LogsWhatPassesByAClassThatKeepsATrail) {
  Policy policy = simple_policy();
  policy.rules[0].log = true;
  const std::string text = printed(policy).apply;
  EXPECT_THAT(text, ContainsRegex("parameter-map type inspect PINHOLE_[0-9a-f]{8}_log\n "
                                  "audit-trail on\n"));
  EXPECT_THAT(text, ContainsRegex("  inspect PINHOLE_[0-9a-f]{8}_log\n"));
  EXPECT_THAT(text, Not(HasSubstr("eq 135 log")));
}

TEST(IosPrint, OpensTheWayForAnswersWithoutState) {
  Policy policy = simple_policy();
  policy.stateful = false;
  const std::string text = printed(policy).apply;
  EXPECT_THAT(text, HasSubstr(" remark answers outlook>ex-1:is-tcp-port: mail\n"
                              " permit tcp host 10.2.0.5 eq 135 10.1.0.0 0.0.255.255 "
                              "established\n"));
  EXPECT_THAT(text, ContainsRegex("_0_in\n permit ip 10.1.0.0 0.0.255.255 any\n remark not an "
                                  "address of this side\n deny ip any any log\n"));
  EXPECT_THAT(text, ContainsRegex("interface eth0\n ip access-group PINHOLE_[0-9a-f]{8}_0_in in\n"
                                  " ip access-group PINHOLE_[0-9a-f]{8}_0_out out\n"
                                  " ipv6 traffic-filter PINHOLE_[0-9a-f]{8}_0_in_v6 in\n"));
  EXPECT_THAT(printed(policy).undo,
              ContainsRegex("^interface eth0\n no ip access-group PINHOLE_[0-9a-f]{8}_0_in in\n"));
  policy.anti_spoofing = false;
  EXPECT_THAT(printed(policy).apply, Not(HasSubstr("_in in\n")));
}

TEST(IosPrint, TakesOutWhatItPutIn) {
  const std::string undo = printed(simple_policy()).undo;
  EXPECT_THAT(undo, ContainsRegex("^interface eth0\n no zone-member security PINHOLE_"));
  EXPECT_THAT(undo, ContainsRegex("no zone-pair security PINHOLE_[^\n]*\nno policy-map type "
                                  "inspect PINHOLE_"));
  EXPECT_THAT(undo, ContainsRegex("no ip access-list extended PINHOLE_[0-9a-f]{8}_0_1\n"));
  EXPECT_THAT(undo, ContainsRegex("no zone security PINHOLE_[0-9a-f]{8}_0\n$"));
}

TEST(IosPrint, RefusesWhatARouterCannotSay) {
  Policy policy = simple_policy();
  policy.hides = {0};
  EXPECT_EQ(refusal(policy), "ios-translation");
  policy = simple_policy();
  policy.rules[0].to = 0;
  EXPECT_EQ(refusal(policy), "ios-own-service");
  policy = simple_policy();
  policy.zones[1].interface = "eth0";
  EXPECT_EQ(refusal(policy), "ios-one-interface");
  policy.stateful = false;
  EXPECT_EQ(refusal(policy), "printed");
  policy = simple_policy();
  policy.zones[0].interface.clear();
  EXPECT_EQ(refusal(policy), "cisco-interface-missing");
  policy.zones[1].interface.clear();
  EXPECT_EQ(refusal(policy), "ios-interface");
}

TEST(IosPrint, IsKnownByItsContent) {
  for (const bool stateful : {true, false}) {
    Policy policy = simple_policy();
    policy.stateful = stateful;
    const auto rules = read_ruleset(printed(policy).apply, "printed");
    ASSERT_TRUE(rules);
    EXPECT_EQ(rules->dialect, "cisco-ios");
  }
}

std::string apply_text(const Policy& policy) {
  return printed(policy).apply;
}

class IosPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(IosPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), apply_text, read_ios, support::keep_what_lists_say);
}

INSTANTIATE_TEST_SUITE_P(Parts, IosPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
