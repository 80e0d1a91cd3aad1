// SPDX-License-Identifier: Apache-2.0
#include "firewall/panos_print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/panos_read.hpp"
#include "firewall/print_samples.hpp"
#include "firewall/zone_samples.hpp"

namespace pinhole::firewall {
namespace {

using support::simple_policy;
using testing::HasSubstr;
using testing::Not;

PanosTexts printed(const Policy& policy) {
  auto texts = print_panos(policy);
  EXPECT_TRUE(texts) << to_string(texts.error().front());
  return texts.value_or(PanosTexts{});
}

std::string refusal(const Policy& policy) {
  const auto texts = print_panos(policy);
  return texts ? "" : texts.error().front().id;
}

Policy translated() {
  Policy policy = simple_policy();
  Translation translation;
  translation.outside = *parse_address("192.0.2.1");
  translation.inside = *parse_address("10.2.0.5");
  translation.ports = *parse_port_set("135,443");
  translation.reasons = policy.rules[0].reasons;
  policy.translations = {translation};
  return policy;
}

TEST(PanosPrint, SaysWhichFlowARuleIsFor) {
  const std::string text = printed(simple_policy()).apply;
  const std::string rule = "set rulebase security rules pinhole-1 ";
  EXPECT_THAT(text, HasSubstr("set zone pinhole-0-clients network layer3 eth0\n"));
  EXPECT_THAT(text, HasSubstr(rule + "from pinhole-0-clients to pinhole-1-servers\n"));
  EXPECT_THAT(text, HasSubstr(rule + "source pinhole-10.1.0.0-16\n"));
  EXPECT_THAT(text, HasSubstr(rule + "application any service pinhole-tcp-1\n"));
  EXPECT_THAT(text, HasSubstr(rule + "description \"outlook>ex-1:is-tcp-port: mail\"\n"));
  EXPECT_THAT(text, HasSubstr("set service pinhole-tcp-1 protocol tcp port 135,5000-5010\n"));
}

TEST(PanosPrint, TakesOutWhatItPutInUsersFirst) {
  const std::string undo = printed(simple_policy()).undo;
  EXPECT_LT(undo.find("delete rulebase security rules pinhole-1\n"),
            undo.find("delete service pinhole-tcp-1\n"));
  EXPECT_LT(undo.find("delete service pinhole-tcp-1\n"),
            undo.find("delete zone pinhole-0-clients\n"));
  EXPECT_THAT(printed(simple_policy()).apply, Not(HasSubstr("delete")));
}

TEST(PanosPrint, PermitsATranslatedAddressAsItArrives) {
  const std::string text = printed(translated()).apply;
  EXPECT_THAT(text, HasSubstr("set rulebase security rules pinhole-1-nat-1 destination "
                              "pinhole-192.0.2.1\n"));
  EXPECT_THAT(text, HasSubstr("set service pinhole-tcp-2 protocol tcp port 135\n"));
  EXPECT_THAT(text, HasSubstr("set rulebase nat rules pinhole-nat-1 destination-translation "
                              "translated-address 10.2.0.5\n"));
}

TEST(PanosPrint, HidesATranslatedConnectionInTheSameRule) {
  Policy policy = translated();
  policy.hides = {0};
  EXPECT_THAT(printed(policy).apply,
              HasSubstr("set rulebase nat rules pinhole-nat-1 source-translation "
                        "dynamic-ip-and-port interface-address interface eth1\n"));
}

TEST(PanosPrint, EndsInADenyOfItsOwn) {
  EXPECT_THAT(printed(simple_policy()).apply,
              HasSubstr("set rulebase security rules pinhole-denied-0-1 action deny log-end yes"));
  Policy policy = simple_policy();
  policy.zones[0].interface = policy.zones[1].interface = "";
  EXPECT_THAT(printed(policy).apply,
              HasSubstr("set rulebase security rules pinhole-denied from any to any\n"));
}

TEST(PanosPrint, DividesPortsThatAreTooManyForOneService) {
  Policy policy = simple_policy();
  policy.rules[0].ports = PortSet();
  for (std::uint16_t port = 10000; port < 10600; port += 2) {
    policy.rules[0].ports.insert({port, port});
  }
  EXPECT_THAT(printed(policy).apply,
              HasSubstr("set service-group pinhole-services-2 members [ pinhole-tcp-1 "
                        "pinhole-tcp-2 ]\n"));
}

TEST(PanosPrint, RefusesWhatTheDeviceCannotSay) {
  Policy policy = simple_policy();
  policy.rules[0].protocol = Protocol::icmp;
  policy.rules[0].ports = PortSet({0, 65535});
  EXPECT_EQ(refusal(policy), "firewall-icmp");
  EXPECT_EQ(print_panos(policy).error().front().place.name, "pan-os");
  policy = translated();
  policy.translations[0].outside = *parse_address("2001:db8::1");
  policy.translations[0].inside = *parse_address("2001:db8::5");
  EXPECT_EQ(refusal(policy), "firewall-translation-ipv6");
  policy = translated();
  policy.translations[0].inside = *parse_address("10.2.0.9");
  policy.translations[0].outside = *parse_address("10.2.0.5");
  EXPECT_EQ(refusal(policy), "firewall-translation-overlap");
}

std::string text_of(const Policy& policy) {
  return printed(policy).apply;
}

void adapt(Policy& policy) {
  support::adapt_to_zones(policy);
  support::hide_v4_alone(policy);
  support::translate_v4_alone(policy);
}

class PanosPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(PanosPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), text_of, read_panos, adapt);
}

INSTANTIATE_TEST_SUITE_P(Parts, PanosPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
