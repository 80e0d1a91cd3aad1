// SPDX-License-Identifier: Apache-2.0
#include "firewall/iptables_print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/iptables_read.hpp"
#include "firewall/print_samples.hpp"

namespace pinhole::firewall {
namespace {

using support::simple_policy;
using testing::HasSubstr;
using testing::Not;

IptablesTexts printed(const Policy& policy) {
  auto texts = print_iptables(policy, Install::first);
  EXPECT_TRUE(texts) << to_string(texts.error().front());
  return texts.value_or(IptablesTexts{});
}

TEST(IptablesPrint, TouchesOnlyChainsOfItsOwn) {
  const std::string text = printed(simple_policy()).v4;
  EXPECT_THAT(text, HasSubstr(":PINHOLE - [0:0]\n"));
  EXPECT_THAT(text, HasSubstr("-I FORWARD 1 -j PINHOLE\nCOMMIT\n"));
  EXPECT_THAT(text, Not(HasSubstr(":FORWARD")));
  EXPECT_THAT(text, Not(HasSubstr("\n-F")));
}

TEST(IptablesPrint, SaysWhichFlowARuleIsFor) {
  EXPECT_THAT(printed(simple_policy()).v4,
              HasSubstr("-A PINHOLE-F0-T1 -s 10.1.0.0/16 -d 10.2.0.5/32 -p tcp -m multiport "
                        "--dports 135,5000:5010 -m comment --comment "
                        "\"outlook>ex-1:is-tcp-port: mail\" -j ACCEPT\n"));
}

TEST(IptablesPrint, NeverPutsMoreThanFifteenPortsIntoOneRule) {
  Policy policy = simple_policy();
  policy.rules[0].ports = *parse_port_set("1,3,5,7,9,11,13,15,17,19,21,23,25,30-40,50");
  const std::string text = printed(policy).v4;
  EXPECT_THAT(text, HasSubstr("--dports 1,3,5,7,9,11,13,15,17,19,21,23,25,30:40 -m"));
  EXPECT_THAT(text, HasSubstr("-p tcp --dport 50 -m"));
}

TEST(IptablesPrint, AsksForOnePortBeforeItLoadsMultiport) {
  Policy policy = simple_policy();
  policy.rules[0].source_ports = *parse_port_set("88,1024-65535");
  policy.rules[0].ports = *parse_port_set("5000-5010");
  EXPECT_THAT(printed(policy).v4,
              HasSubstr("-p tcp --dport 5000:5010 -m multiport --sports 88,1024:65535 -m"));
}

TEST(IptablesPrint, AddsNoSecondJumpToWhatIsThere) {
  const auto again = print_iptables(simple_policy(), Install::again);
  ASSERT_TRUE(again);
  EXPECT_THAT(again->v4, Not(HasSubstr("-I FORWARD")));
  EXPECT_THAT(again->v4, HasSubstr(":PINHOLE - [0:0]\n"));
}

TEST(IptablesPrint, TakesOutWhatItPutIn) {
  const auto undo = print_iptables_undo(simple_policy());
  ASSERT_TRUE(undo);
  EXPECT_THAT(undo->v4, HasSubstr("*filter\n-D FORWARD -j PINHOLE\n-F PINHOLE\n"));
  EXPECT_THAT(undo->v4, HasSubstr("-X PINHOLE-F0-T1\n"));
}

TEST(IptablesPrint, ForwardsNothingForTheServicesOfTheDeviceItself) {
  Policy policy = simple_policy();
  policy.rules[0].to = 0;
  const std::string text = printed(policy).v4;
  EXPECT_THAT(text, HasSubstr("-A PINHOLE-OWN -i eth0 -j PINHOLE-F0-T0\n"));
  EXPECT_THAT(text, HasSubstr("-I INPUT 1 -j PINHOLE-OWN\n"));
  EXPECT_THAT(text, Not(HasSubstr("-o eth")));
}

TEST(IptablesPrint, RefusesWhatLinuxCannotSay) {
  Policy policy = simple_policy();
  policy.zones[1].interface = "a name that is too long";
  const auto texts = print_iptables(policy, Install::first);
  ASSERT_FALSE(texts);
  EXPECT_EQ(texts.error().front().id, "firewall-interface-name");
  EXPECT_EQ(texts.error().front().place.name, "iptables");
}

std::string both_printed(const Policy& policy) {
  const IptablesTexts texts = printed(policy);
  return texts.v4 + texts.v6;
}

class IptablesPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(IptablesPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), both_printed, read_iptables);
}

INSTANTIATE_TEST_SUITE_P(Parts, IptablesPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
