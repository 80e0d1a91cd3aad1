// SPDX-License-Identifier: Apache-2.0
#include "firewall/junos_print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/junos_read.hpp"
#include "firewall/print_samples.hpp"
#include "firewall/zone_samples.hpp"

namespace pinhole::firewall {
namespace {

using support::simple_policy;
using testing::HasSubstr;
using testing::Not;

JunosTexts printed(const Policy& policy) {
  auto texts = print_junos(policy);
  EXPECT_TRUE(texts) << to_string(texts.error().front());
  return texts.value_or(JunosTexts{});
}

std::string refusal(const Policy& policy) {
  const auto texts = print_junos(policy);
  return texts ? "" : texts.error().front().id;
}

TEST(JunosPrint, PutsInterfacesIntoZonesOfItsOwn) {
  const JunosTexts texts = printed(simple_policy());
  EXPECT_THAT(texts.apply,
              HasSubstr("set security zones security-zone pinhole-0-clients interfaces eth0\n"));
  EXPECT_THAT(texts.undo, HasSubstr("delete security zones security-zone pinhole-0-clients\n"));
  EXPECT_THAT(texts.apply, Not(HasSubstr("delete")));
}

TEST(JunosPrint, SaysWhichFlowAPolicyIsFor) {
  const std::string policy =
      "set security policies from-zone pinhole-0-clients to-zone pinhole-1-servers policy "
      "pinhole-1 ";
  const std::string text = printed(simple_policy()).apply;
  EXPECT_THAT(text, HasSubstr(policy + "description \"outlook-to-ex-1:is-tcp-port: mail\"\n"));
  EXPECT_THAT(text, HasSubstr(policy + "match source-address pinhole-10.1.0.0-16\n"));
  EXPECT_THAT(text, HasSubstr(policy + "match destination-address pinhole-10.2.0.5_to_10.2.0.6\n"));
  EXPECT_THAT(text, HasSubstr(policy + "match application pinhole-tcp-5000-5010\n"));
  EXPECT_THAT(text, HasSubstr(policy + "then permit\n"));
}

TEST(JunosPrint, LeavesNoPortToAnAlg) {
  EXPECT_THAT(
      printed(simple_policy()).apply,
      HasSubstr("set applications application pinhole-tcp-135 application-protocol ignore\n"));
}

TEST(JunosPrint, EndsEachPairOfItsZonesInADeny) {
  const std::string text = printed(simple_policy()).apply;
  for (const char* pair : {"from-zone pinhole-0-clients to-zone pinhole-1-servers",
                           "from-zone pinhole-1-servers to-zone pinhole-0-clients"}) {
    EXPECT_THAT(text, HasSubstr(std::string("set security policies ") + pair +
                                " policy pinhole-denied then deny\n"));
    EXPECT_THAT(text, HasSubstr(std::string("set security policies ") + pair +
                                " policy pinhole-spoofed then deny\n"));
  }
  EXPECT_THAT(text, Not(HasSubstr("default-policy")));
}

TEST(JunosPrint, IsGlobalWhereNoZoneHasAnInterface) {
  Policy policy = simple_policy();
  policy.zones[0].interface = policy.zones[1].interface = "";
  const std::string text = printed(policy).apply;
  EXPECT_THAT(text, HasSubstr("set security policies global policy pinhole-1 then permit\n"));
  EXPECT_THAT(text, Not(HasSubstr("security-zone")));
}

TEST(JunosPrint, TakesNoMoreThanEightPortsIntoARuleOfTheNat) {
  Policy policy = simple_policy();
  Translation translation;
  translation.outside = *parse_address("192.0.2.1");
  translation.inside = *parse_address("10.2.0.5");
  translation.ports = *parse_port_set("1,3,5,7,9,11,13,15,17-19");
  translation.reasons = policy.rules[0].reasons;
  policy.translations = {translation};
  const std::string text = printed(policy).apply;
  EXPECT_THAT(text, HasSubstr("rule pinhole-1-1 match destination-port 15\n"));
  EXPECT_THAT(text, HasSubstr("rule pinhole-1-2 match destination-port 17 to 19\n"));
}

TEST(JunosPrint, RefusesWhatTheDeviceCannotSay) {
  Policy policy = simple_policy();
  policy.stateful = false;
  EXPECT_EQ(refusal(policy), "firewall-stateless");
  policy = simple_policy();
  policy.zones[0].interface = "ge-0/0/1";
  EXPECT_EQ(refusal(policy), "firewall-interface-name");
  policy.zones[0].interface = "ge-0/0/1.0";
  EXPECT_EQ(refusal(policy), "");
  policy.zones[0].interface = "";
  EXPECT_EQ(refusal(policy), "firewall-zone-interface");
  policy = simple_policy();
  policy.rules[0].to = 0;
  EXPECT_EQ(refusal(policy), "firewall-own-service");
  policy = simple_policy();
  policy.zones[0].networks.push_back(*parse_prefix("2001:db8::/48"));
  policy.rules[0].sources = policy.zones[0].networks;
  policy.hides = {0};
  EXPECT_EQ(refusal(policy), "firewall-hide-ipv6");
  EXPECT_EQ(print_junos(policy).error().front().place.name, "junos-srx");
}

std::string text_of(const Policy& policy) {
  return printed(policy).apply;
}

void adapt(Policy& policy) {
  support::adapt_to_zones(policy);
  support::hide_v4_alone(policy);
}

class JunosPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(JunosPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), text_of, read_junos, adapt);
}

INSTANTIATE_TEST_SUITE_P(Parts, JunosPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
