// SPDX-License-Identifier: Apache-2.0
#include "firewall/windows_print.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/print_samples.hpp"
#include "firewall/take_out.hpp"
#include "firewall/windows_read.hpp"

namespace pinhole::firewall {
namespace {

using testing::HasSubstr;
using testing::Not;

Policy hosts_policy() {
  Policy policy = support::simple_policy();
  support::keep_what_hosts_say(policy);
  return policy;
}

WindowsTexts printed(const Policy& policy) {
  auto texts = print_windows(policy);
  EXPECT_TRUE(texts) << to_string(texts.error().front());
  return texts.value_or(WindowsTexts{});
}

TEST(WindowsPrint, OpensPortsOfTheServersToTheClients) {
  const WindowsTexts texts = printed(hosts_policy());
  EXPECT_THAT(texts.batch,
              HasSubstr("netsh advfirewall firewall add rule name=\"Pinhole\" dir=in action=allow "
                        "protocol=TCP remoteip=10.1.0.0/16 localip=10.2.0.5/32,10.2.0.6/32 "
                        "localport=135,5000-5010 description=\"outlook>ex-1:is-tcp-port: mail\" "
                        ">nul || set \"failed=1\"\r\n"));
  EXPECT_THAT(texts.powershell,
              HasSubstr("$new += New-NetFirewallRule @common -Protocol TCP -RemoteAddress "
                        "'10.1.0.0/16' -LocalAddress '10.2.0.5/32','10.2.0.6/32' -LocalPort "
                        "'135','5000-5010' -Description 'outlook>ex-1:is-tcp-port: mail'\r\n"));
}

TEST(WindowsPrint, ReplacesOnlyRulesOfItsOwnName) {
  const WindowsTexts texts = printed(hosts_policy());
  EXPECT_THAT(texts.batch,
              HasSubstr("netsh advfirewall firewall delete rule name=\"Pinhole\" >nul\r\n"));
  EXPECT_THAT(texts.powershell, HasSubstr("-DisplayName 'Pinhole' -ErrorAction"));
  EXPECT_THAT(texts.undo, HasSubstr("delete rule name=\"Pinhole\""));
  EXPECT_THAT(texts.batch, Not(HasSubstr("\nnetsh advfirewall set")));
  EXPECT_THAT(texts.batch, Not(HasSubstr("name=all")));
}

TEST(WindowsPrint, KeepsTextFromBecomingCommands) {
  Policy policy = hosts_policy();
  policy.rules[0].reasons = {{"a%PATH%b", "it's \"quoted\" & so on\nnext | caf\xc3\xa9"}};
  const WindowsTexts texts = printed(policy);
  EXPECT_THAT(texts.batch,
              HasSubstr("description=\"a%%PATH%%b: it's 'quoted' & so on next | caf?\?\" >nul"));
  EXPECT_THAT(texts.powershell,
              HasSubstr("-Description 'a%PATH%b: it''s ''quoted'' & so on next | caf?\?'\r\n"));
}

TEST(WindowsPrint, NeverWritesALineThatCmdCannotTake) {
  Policy policy = hosts_policy();
  policy.rules[0].sources.clear();
  for (std::uint32_t i = 0; i < 2000; ++i) {
    policy.rules[0].sources.push_back({IpAddress::v4(0x0a010000U + 2 * i), 32});
  }
  for (std::uint16_t port = 1; port < 2000; port += 2) {
    policy.rules[0].ports.insert({port, port});
    policy.rules[0].source_ports.insert({port, port});
  }
  std::string_view text;
  const WindowsTexts texts = printed(policy);
  for (text = texts.batch; !text.empty(); text.remove_prefix(text.find('\n') + 1)) {
    EXPECT_LT(text.find('\n'), 8000U);
  }
  const auto rules = read_windows(texts.batch, "printed");
  ASSERT_TRUE(rules);
  const auto proof = prove(policy, *rules);
  ASSERT_TRUE(proof);
  EXPECT_EQ(proof->answer, Proof::Answer::exact) << support::first_of(*proof);
}

TEST(WindowsPrint, CutsARuleDownToItsZones) {
  Policy policy = hosts_policy();
  policy.zones.push_back({"internet", "", {}, true});
  policy.rules[0].from = 2;
  policy.rules[0].sources = {*parse_prefix("10.0.0.0/13")};
  const std::string text = printed(policy).batch;
  EXPECT_THAT(text, HasSubstr("remoteip=10.0.0.0/16,10.3.0.0/16,10.4.0.0/14 "));
}

TEST(WindowsPrint, SaysThatAllAddressesAreTwoHalves) {
  Policy policy = hosts_policy();
  policy.zones[0] = {"clients", "", {*parse_prefix("0.0.0.0/0"), *parse_prefix("::/0")}, false};
  policy.rules[0].sources = policy.zones[0].networks;
  policy.rules[0].destinations.push_back(*parse_prefix("2001:db8::5"));
  policy.zones[1].networks.push_back(*parse_prefix("2001:db8::/32"));
  const std::string text = printed(policy).batch;
  EXPECT_THAT(text, HasSubstr("remoteip=0.0.0.0/1,128.0.0.0/1 "));
  EXPECT_THAT(text, HasSubstr("remoteip=::/1,8000::/1 "));
}

TEST(WindowsPrint, PowershellSaysTheSameAsTheBatchFile) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 source = support::random_source();
  for (int run = 0; run < 20; ++run) {
    Policy policy = support::RandomPolicy(source).draw(support::RandomPolicy::Device::stateful);
    support::keep_what_hosts_say(policy);
    const WindowsTexts texts = printed(policy);
    const auto lines_with = [](std::string_view text, std::string_view mark) {
      std::vector<std::string> lines;
      for (std::size_t at = text.find(mark); at != std::string_view::npos;
           at = text.find(mark, at + 1)) {
        const std::size_t begin = at + mark.size();
        lines.emplace_back(text.substr(begin, text.find('\r', begin) - begin));
      }
      return lines;
    };
    auto shell = lines_with(texts.powershell, "New-NetFirewallRule @common -Protocol ");
    auto batch = lines_with(texts.batch, "action=allow protocol=");
    ASSERT_EQ(shell.size(), batch.size());
    for (std::size_t i = 0; i < shell.size(); ++i) {
      std::string& line = shell[i];
      line.resize(line.find(" -Description"));
      std::erase(line, '\'');
      for (const auto& [from, to] : {std::pair(" -RemoteAddress ", " remoteip="),
                                     {" -LocalAddress ", " localip="},
                                     {" -RemotePort ", " remoteport="},
                                     {" -LocalPort ", " localport="}}) {
        if (const auto at = line.find(from); at != std::string::npos) {
          line.replace(at, std::string_view(from).size(), to);
        }
      }
      EXPECT_EQ(line, batch[i].substr(0, batch[i].find(" description=")));
    }
  }
}

TEST(WindowsPrint, RefusesWhatAHostCannotSay) {
  const auto refused = [](auto change) {
    Policy policy = hosts_policy();
    change(policy);
    const auto texts = print_windows(policy);
    EXPECT_FALSE(texts);
    return texts ? std::string() : texts.error().front().id;
  };
  EXPECT_EQ(refused([](Policy& p) { p.zones[0].interface = "eth0"; }), "firewall-interfaces");
  EXPECT_EQ(refused([](Policy& p) { p.hides = {0}; }), "firewall-translation");
  EXPECT_EQ(refused([](Policy& p) { p.stateful = false; }), "firewall-stateless");
  EXPECT_EQ(refused([](Policy& p) { p.rules[0].log = true; }), "firewall-log");
}

std::string batch_printed(const Policy& policy) {
  return printed(policy).batch;
}

class WindowsPrintRandom : public testing::TestWithParam<unsigned> {};

TEST_P(WindowsPrintRandom, IsProvedToBeThePolicy) {
  support::prove_printed(GetParam(), batch_printed, read_windows, support::keep_what_hosts_say);
}

INSTANTIATE_TEST_SUITE_P(Parts, WindowsPrintRandom, testing::Range(0U, support::kProofParts));

}  // namespace
}  // namespace pinhole::firewall
