// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/nft_read.hpp"
#include "firewall/print_samples.hpp"

namespace pinhole::firewall {
namespace {

using support::simple_policy;
using testing::HasSubstr;
using testing::Not;

std::string printed(const Policy& policy) {
  auto text = print_nft(policy);
  EXPECT_TRUE(text) << to_string(text.error().front());
  return text.value_or("");
}

TEST(NftPrint, ReplacesItsOwnTableAndNoOther) {
  const std::string text = printed(simple_policy());
  EXPECT_THAT(text,
              HasSubstr("table inet pinhole\ndelete table inet pinhole\ntable inet pinhole {"));
  EXPECT_THAT(text, Not(HasSubstr("flush")));
  EXPECT_EQ(print_nft_undo(), "table inet pinhole\ndelete table inet pinhole\n");
}

TEST(NftPrint, SaysWhichFlowARuleIsFor) {
  EXPECT_THAT(printed(simple_policy()),
              HasSubstr("ip saddr 10.1.0.0/16 ip daddr @addresses_1 tcp dport { 135, 5000-5010 } "
                        "counter accept comment \"outlook>ex-1:is-tcp-port: mail\""));
}

TEST(NftPrint, DropsByDefaultAndLogsIt) {
  Policy policy = simple_policy();
  EXPECT_THAT(printed(policy), HasSubstr("hook forward priority filter; policy drop;"));
  EXPECT_THAT(printed(policy), HasSubstr("log prefix \"pinhole denied: \""));
  policy.log_denied = false;
  EXPECT_THAT(printed(policy), Not(HasSubstr("log prefix")));
}

TEST(NftPrint, ShortensACommentBetweenCharacters) {
  Policy policy = simple_policy();
  std::string text;
  for (int i = 0; i < 70; ++i) {
    text += "\xc3\xa4";
  }
  policy.rules[0].reasons = {{"flow", text}};
  const std::string all = printed(policy);
  const std::size_t begin = all.find("comment \"flow: ") + 9;
  const std::string comment = all.substr(begin, all.find('"', begin) - begin);
  EXPECT_LE(comment.size(), 127U);
  EXPECT_GE(comment.size(), 125U);
  EXPECT_TRUE(comment.ends_with("\xc3\xa4...")) << comment;
}

TEST(NftPrint, LetsNothingOutOfAComment) {
  Policy policy = simple_policy();
  policy.title = "a\ntable inet other { }";
  policy.rules[0].reasons = {{"flow", "a\" accept\nflush ruleset\x1b[2J"}};
  const std::string text = printed(policy);
  EXPECT_THAT(text, HasSubstr("# a table inet other { }\n"));
  EXPECT_THAT(text, HasSubstr("comment \"flow: a' accept flush ruleset [2J\""));
}

TEST(NftPrint, TranslatesBeforeItFilters) {
  Policy policy = simple_policy();
  Translation translation;
  translation.outside = *parse_address("192.0.2.1");
  translation.inside = *parse_address("10.2.0.5");
  translation.ports = *parse_port_set("135");
  translation.reasons = {{"flow", "mail"}};
  policy.translations = {translation};
  policy.hides = {0};
  const std::string text = printed(policy);
  EXPECT_THAT(text,
              HasSubstr("iifname \"eth0\" ip daddr 192.0.2.1 tcp dport 135 counter dnat ip to "
                        "10.2.0.5 comment \"flow: mail\""));
  EXPECT_THAT(text, HasSubstr("ip saddr 10.1.0.0/16 oifname != \"eth0\" counter masquerade"));
}

TEST(NftPrint, WritesTheAnswersOfADeviceWithoutState) {
  Policy policy = simple_policy();
  policy.stateful = false;
  const std::string text = printed(policy);
  EXPECT_THAT(text, HasSubstr("notrack"));
  EXPECT_THAT(text, HasSubstr("ip saddr @addresses_1 ip daddr 10.1.0.0/16 tcp sport { 135, "
                              "5000-5010 } tcp flags & (ack | rst) != 0x0 counter accept comment "
                              "\"answers outlook>ex-1:is-tcp-port: mail\""));
  EXPECT_THAT(text, Not(HasSubstr("ct state")));
}

TEST(NftPrint, MatchesByAddressWhereItKnowsNoInterface) {
  Policy policy = simple_policy();
  policy.device.clear();
  policy.zones[0].interface.clear();
  policy.zones[1].interface.clear();
  const std::string text = printed(policy);
  EXPECT_THAT(text, HasSubstr("ip saddr 10.1.0.0/16 ip daddr 10.2.0.0/16 jump"));
  EXPECT_THAT(text, Not(HasSubstr("ifname")));
}

TEST(NftPrint, ForwardsNothingForTheServicesOfTheDeviceItself) {
  Policy policy = simple_policy();
  policy.rules[0].to = 0;
  const std::string text = printed(policy);
  EXPECT_THAT(text, HasSubstr("hook input priority filter; policy accept;\n    iifname \"eth0\" "
                              "jump z0_clients_to_z0_clients\n"));
  EXPECT_THAT(text, Not(HasSubstr("oifname")));
}

TEST(NftPrint, RefusesWhatLinuxCannotSay) {
  Policy policy = simple_policy();
  policy.zones[0].interface = "ge-0/0/1";
  policy.rules[0].protocol = Protocol::icmp;
  policy.stateful = false;
  policy.hides = {0};
  const auto text = print_nft(policy);
  ASSERT_FALSE(text);
  std::vector<std::string> ids;
  for (const Diagnostic& each : text.error()) {
    ids.push_back(each.id);
  }
  EXPECT_THAT(ids, testing::UnorderedElementsAre("firewall-interface-name", "firewall-icmp-ports",
                                                 "firewall-stateless-nat"));
}

class NftPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(NftPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), printed, read_nft);
}

INSTANTIATE_TEST_SUITE_P(Parts, NftPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
