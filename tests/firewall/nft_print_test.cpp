// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/nft_read.hpp"
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
  rule.destinations = {*parse_prefix("10.2.0.5"), *parse_prefix("10.2.0.6")};
  rule.ports = *parse_port_set("135,5000-5010");
  rule.reasons = {{"outlook>ex-1:is-tcp-port", "mail"}};
  policy.rules = {rule};
  return policy;
}

std::string printed(const Policy& policy) {
  auto text = print_nft(policy);
  EXPECT_TRUE(text) << to_string(text.error().front());
  return text.value_or("");
}

TEST(NftPrint, ReplacesItsOwnTableAndNoOther) {
  const std::string text = printed(simple());
  EXPECT_THAT(text,
              HasSubstr("table inet pinhole\ndelete table inet pinhole\ntable inet pinhole {"));
  EXPECT_THAT(text, Not(HasSubstr("flush")));
  EXPECT_EQ(print_nft_undo(), "table inet pinhole\ndelete table inet pinhole\n");
}

TEST(NftPrint, SaysWhichFlowARuleIsFor) {
  EXPECT_THAT(printed(simple()),
              HasSubstr("ip saddr 10.1.0.0/16 ip daddr @addresses_1 tcp dport { 135, 5000-5010 } "
                        "counter accept comment \"outlook>ex-1:is-tcp-port: mail\""));
}

TEST(NftPrint, DropsByDefaultAndLogsIt) {
  Policy policy = simple();
  EXPECT_THAT(printed(policy), HasSubstr("hook forward priority filter; policy drop;"));
  EXPECT_THAT(printed(policy), HasSubstr("log prefix \"pinhole denied: \""));
  policy.log_denied = false;
  EXPECT_THAT(printed(policy), Not(HasSubstr("log prefix")));
}

TEST(NftPrint, ShortensACommentBetweenCharacters) {
  Policy policy = simple();
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
  Policy policy = simple();
  policy.title = "a\ntable inet other { }";
  policy.rules[0].reasons = {{"flow", "a\" accept\nflush ruleset\x1b[2J"}};
  const std::string text = printed(policy);
  EXPECT_THAT(text, HasSubstr("# a table inet other { }\n"));
  EXPECT_THAT(text, HasSubstr("comment \"flow: a' accept flush ruleset [2J\""));
}

TEST(NftPrint, TranslatesBeforeItFilters) {
  Policy policy = simple();
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
  Policy policy = simple();
  policy.stateful = false;
  const std::string text = printed(policy);
  EXPECT_THAT(text, HasSubstr("notrack"));
  EXPECT_THAT(text, HasSubstr("ip saddr @addresses_1 ip daddr 10.1.0.0/16 tcp sport { 135, "
                              "5000-5010 } tcp flags & (ack | rst) != 0x0 counter accept comment "
                              "\"answers outlook>ex-1:is-tcp-port: mail\""));
  EXPECT_THAT(text, Not(HasSubstr("ct state")));
}

TEST(NftPrint, MatchesByAddressWhereItKnowsNoInterface) {
  Policy policy = simple();
  policy.device.clear();
  policy.zones[0].interface.clear();
  policy.zones[1].interface.clear();
  const std::string text = printed(policy);
  EXPECT_THAT(text, HasSubstr("ip saddr 10.1.0.0/16 ip daddr 10.2.0.0/16 jump"));
  EXPECT_THAT(text, Not(HasSubstr("ifname")));
}

TEST(NftPrint, ForwardsNothingForTheServicesOfTheDeviceItself) {
  Policy policy = simple();
  policy.rules[0].to = 0;
  const std::string text = printed(policy);
  EXPECT_THAT(text, HasSubstr("hook input priority filter; policy accept;\n    iifname \"eth0\" "
                              "jump z0_clients_to_z0_clients\n"));
  EXPECT_THAT(text, Not(HasSubstr("oifname")));
}

TEST(NftPrint, RefusesWhatLinuxCannotSay) {
  Policy policy = simple();
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
  EXPECT_THAT(ids, testing::ElementsAre("firewall-interface-name", "firewall-icmp-ports",
                                        "firewall-stateless-nat"));
}

/// 10,000 in all, in parts that each end in time.
class NftPrintRandom : public testing::TestWithParam<unsigned> {};

/// Printed, read back by code that knows nothing of the printer, and judged.
TEST_P(NftPrintRandom, IsProvedToBeThePolicy) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 source(support::random_seed() + GetParam());
  for (std::size_t run = support::random_runs(2'000); run > 0; --run) {
    const auto device = run % 4 == 0 ? support::RandomPolicy::Device::stateless
                                     : support::RandomPolicy::Device::stateful;
    const Policy policy = support::RandomPolicy(source).draw(device);
    const std::string text = printed(policy);
    const auto rules = read_nft(text, "pinhole.nft");
    ASSERT_TRUE(rules) << to_string(rules.error().front()) << "\n" << text;
    const auto proof = prove(policy, *rules);
    ASSERT_TRUE(proof) << to_string(proof.error().front());
    ASSERT_EQ(proof->answer, Proof::Answer::exact) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, NftPrintRandom, testing::Range(0U, 5U));

}  // namespace
}  // namespace pinhole::firewall
