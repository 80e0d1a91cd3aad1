// SPDX-License-Identifier: Apache-2.0
#include "firewall/pf_print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/pf_read.hpp"
#include "firewall/print_samples.hpp"

namespace pinhole::firewall {
namespace {

using support::simple_policy;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string printed(const Policy& policy) {
  const auto text = print_pf(policy);
  EXPECT_TRUE(text) << to_string(text.error().front());
  return text.value_or("");
}

std::string refused(const Policy& policy) {
  const auto text = print_pf(policy);
  return text ? "" : text.error().front().id;
}

TEST(PfPrint, LetsAFlowInAndOut) {
  const std::string text = printed(simple_policy());
  EXPECT_THAT(text, HasSubstr("table <pinhole_s0> const { 10.2.0.5 10.2.0.6 }\n"));
  EXPECT_THAT(
      text, HasSubstr("# outlook>ex-1:is-tcp-port: mail\n"
                      "pass in quick on eth0 inet proto tcp from 10.1.0.0/16 to <pinhole_s0> port "
                      "{ 135 5000:5010 } flags S/SA keep state label "
                      "\"outlook>ex-1:is-tcp-port: mail\"\n"
                      "pass out quick on eth1 received-on eth0 inet proto tcp from 10.1.0.0/16 to "
                      "<pinhole_s0> port { 135 5000:5010 } flags S/SA keep state label"));
}

TEST(PfPrint, DeniesWhatIsForwardedAndNotWhatTheDeviceSends) {
  EXPECT_THAT(
      printed(simple_policy()),
      testing::EndsWith("block drop out log quick received-on any label \"pinhole denied\"\n"));
  EXPECT_THAT(printed(simple_policy()), Not(HasSubstr("block drop in")));
}

TEST(PfPrint, DropsSourcesOfOtherZones) {
  const std::string text = printed(simple_policy());
  EXPECT_THAT(text,
              HasSubstr("block drop out log quick received-on eth0 inet from ! 10.1.0.0/16 to "
                        "any label \"pinhole spoofed: not an address of zone clients\"\n"));
  EXPECT_THAT(text, HasSubstr("block drop out log quick received-on eth0 inet6 from any to any"));
}

TEST(PfPrint, HasRulesForAnswersWithoutState) {
  Policy policy = simple_policy();
  policy.stateful = false;
  const std::string text = printed(policy);
  EXPECT_THAT(text, HasSubstr("flags any no state"));
  EXPECT_THAT(text, HasSubstr("pass in quick on eth1 inet proto tcp from <pinhole_s0> port { 135 "
                              "5000:5010 } to 10.1.0.0/16 flags A/A no state"));
}

TEST(PfPrint, TranslatesBothWays) {
  Policy policy = simple_policy();
  Translation translation;
  translation.outside = *parse_address("192.0.2.1");
  translation.inside = *parse_address("10.2.0.5");
  translation.ports = *parse_port_set("135");
  translation.reasons = {{"flow", "text"}};
  policy.translations = {translation};
  policy.hides = {0};
  const std::string text = printed(policy);
  EXPECT_THAT(text, HasSubstr("pass in quick on eth0 inet proto tcp from any to 192.0.2.1 port 135 "
                              "flags S/SA keep state rdr-to 10.2.0.5 label \"flow: text\"\n"));
  EXPECT_THAT(text, HasSubstr("keep state nat-to (eth1:0) label"));
}

TEST(PfPrint, KeepsLabelsShortAndWithoutMacros) {
  Policy policy = simple_policy();
  policy.rules[0].reasons = {{"a$nr", std::string(100, 'x')}};
  EXPECT_THAT(printed(policy), HasSubstr("label \"a.nr: " + std::string(54, 'x') + "...\"\n"));
}

TEST(PfPrint, TakesItsAnchorAway) {
  EXPECT_THAT(print_pf_undo(), HasSubstr("pfctl -a pinhole -F all"));
}

TEST(PfPrint, RefusesWhatPfCannotSay) {
  Policy policy = simple_policy();
  policy.zones[0].interface = "ge-0/0/1";
  EXPECT_EQ(refused(policy), "pf-interface-name");
  policy.zones[0].interface = "em0";
  EXPECT_THAT(refused(policy), IsEmpty());
  policy.hides = {0};
  policy.zones[1].interface.clear();
  EXPECT_EQ(refused(policy), "pf-hide-interface");
  policy.stateful = false;
  EXPECT_EQ(refused(policy), "pf-stateless-nat");
}

/// Without interfaces there is none whose address could hide a zone.
void take_out_what_is_refused(Policy& policy) {
  if (policy.device.empty()) {
    policy.hides.clear();
  }
}

class PfPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(PfPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), printed, read_pf, take_out_what_is_refused);
}

INSTANTIATE_TEST_SUITE_P(Parts, PfPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
