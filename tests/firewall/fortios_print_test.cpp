// SPDX-License-Identifier: Apache-2.0
#include "firewall/fortios_print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/fortios_read.hpp"
#include "firewall/print_samples.hpp"
#include "firewall/zone_samples.hpp"

namespace pinhole::firewall {
namespace {

using support::simple_policy;
using testing::HasSubstr;
using testing::Not;

FortiosTexts printed(const Policy& policy) {
  auto texts = print_fortios(policy);
  EXPECT_TRUE(texts) << to_string(texts.error().front());
  return texts.value_or(FortiosTexts{});
}

std::string refusal(const Policy& policy) {
  const auto texts = print_fortios(policy);
  return texts ? "" : texts.error().front().id;
}

Policy translated() {
  Policy policy = simple_policy();
  Translation translation;
  translation.outside = *parse_address("192.0.2.1");
  translation.inside = *parse_address("10.2.0.5");
  translation.ports = *parse_port_set("135,5000-5005");
  translation.reasons = policy.rules[0].reasons;
  policy.translations = {translation};
  return policy;
}

TEST(FortiosPrint, SaysWhichFlowAPolicyIsFor) {
  EXPECT_THAT(printed(simple_policy()).apply,
              HasSubstr("        set name \"pinhole-1\"\n"
                        "        set srcintf \"eth0\"\n"
                        "        set dstintf \"eth1\"\n"
                        "        set action accept\n"
                        "        set srcaddr \"pinhole-10.1.0.0-16\"\n"
                        "        set dstaddr \"pinhole-10.2.0.5_to_10.2.0.6\"\n"
                        "        set schedule \"always\"\n"
                        "        set service \"pinhole-tcp-1\"\n"
                        "        set logtraffic disable\n"
                        "        set comments \"outlook-to-ex-1:is-tcp-port: mail\"\n"));
}

TEST(FortiosPrint, LeavesNoPortToASessionHelper) {
  EXPECT_THAT(printed(simple_policy()).apply,
              HasSubstr("        set helper disable\n"
                        "        set tcp-portrange 135 5000-5010\n"));
}

TEST(FortiosPrint, NamesSourcePortsBehindThoseOfTheDestination) {
  Policy policy = simple_policy();
  policy.rules[0].source_ports = *parse_port_set("88,1024-65535");
  EXPECT_THAT(printed(policy).apply,
              HasSubstr("set tcp-portrange 135:88 135:1024-65535 5000-5010:88 "
                        "5000-5010:1024-65535\n"));
}

TEST(FortiosPrint, MakesAVirtualIpForEachRange) {
  Policy policy = translated();
  policy.hides = {0};
  const std::string text = printed(policy).apply;
  EXPECT_THAT(text, HasSubstr("        set extintf \"eth0\"\n"
                              "        set extip 192.0.2.1\n"
                              "        set mappedip \"10.2.0.5\"\n"
                              "        set portforward enable\n"
                              "        set protocol tcp\n"
                              "        set extport 5000-5005\n"
                              "        set mappedport 5000-5005\n"));
  EXPECT_THAT(text, HasSubstr("set dstaddr \"pinhole-vip-1-1\" \"pinhole-vip-1-2\"\n"));
  EXPECT_THAT(text, HasSubstr("set nat enable\n"));
  EXPECT_THAT(printed(translated()).apply, Not(HasSubstr("set nat enable\n")));
}

TEST(FortiosPrint, DeniesVirtualIpsToo) {
  EXPECT_THAT(printed(simple_policy()).apply,
              HasSubstr("        set service \"ALL\"\n"
                        "        set match-vip enable\n"
                        "        set logtraffic all\n"
                        "        set comments \"no flow of the plan\"\n"));
}

TEST(FortiosPrint, TakesOutWhatItPutInUsersFirst) {
  const std::string undo = printed(simple_policy()).undo;
  EXPECT_THAT(undo, HasSubstr("    delete 1350001\n"));
  EXPECT_LT(undo.find("config firewall policy"), undo.find("config firewall service custom"));
  EXPECT_LT(undo.find("config firewall service custom"), undo.find("config firewall address\n"));
}

TEST(FortiosPrint, RefusesWhatTheDeviceCannotSay) {
  Policy policy = translated();
  policy.translations[0].outside = *parse_address("2001:db8::1");
  policy.translations[0].inside = *parse_address("2001:db8::5");
  EXPECT_EQ(refusal(policy), "firewall-translation-ipv6");
  policy = translated();
  policy.translations[0].ports = PortSet({0, 65535});
  EXPECT_EQ(refusal(policy), "firewall-translation-ports");
  policy = simple_policy();
  policy.stateful = false;
  EXPECT_EQ(refusal(policy), "firewall-stateless");
  EXPECT_EQ(print_fortios(policy).error().front().place.name, "fortios");
}

std::string text_of(const Policy& policy) {
  return printed(policy).apply;
}

void adapt(Policy& policy) {
  support::adapt_to_zones(policy);
  support::translate_v4_alone(policy);
}

class FortiosPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(FortiosPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), text_of, read_fortios, adapt);
}

INSTANTIATE_TEST_SUITE_P(Parts, FortiosPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
