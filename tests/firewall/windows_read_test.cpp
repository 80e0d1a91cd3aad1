// SPDX-License-Identifier: Apache-2.0
#include "firewall/windows_read.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/explain.hpp"
#include "firewall/read.hpp"
#include "firewall/unknown_words.hpp"
#include "firewall/windows_json_read.hpp"

namespace pinhole::firewall {
namespace {

using support::UnknownCase;
using testing::IsEmpty;
using testing::SizeIs;

std::string data(const std::string& name) {
  std::ifstream file(std::string(PINHOLE_SOURCE_DIR) + "/tests/firewall/data/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Ruleset read(const std::string& text, const char* dialect = "windows-firewall") {
  auto rules = read_ruleset(text, "test");
  EXPECT_TRUE(rules) << to_string(rules.error().front());
  if (!rules) {
    return {};
  }
  EXPECT_EQ(rules->dialect, dialect);
  return *std::move(rules);
}

std::string outcome(const Ruleset& rules, const std::string& packet) {
  const auto parsed = parse_packet(packet);
  EXPECT_TRUE(parsed) << packet;
  const auto walked = explain(rules, *parsed);
  EXPECT_TRUE(walked);
  if (!walked) {
    return "";
  }
  return walked->outcome == Outcome::accepted  ? "passes"
         : walked->outcome == Outcome::unknown ? "unknown"
                                               : "denied";
}

std::string id_of(const std::string& text) {
  const auto rules = read_windows(text, "test");
  return rules ? "" : rules.error().front().id;
}

/// The only rule of a batch file.
RulesetRule added(const std::string& options) {
  const Ruleset rules = read("netsh advfirewall firewall add rule name=x dir=in " + options + "\n");
  return rules.tables.empty() ? RulesetRule{} : rules.tables[0].chains[0].rules.at(0);
}

TEST(WindowsRead, FollowsWhatWindowsShows) {
  const Ruleset rules = read(data("windows-2019-netsh.txt"));
  ASSERT_THAT(rules.tables, SizeIs(1));
  ASSERT_THAT(rules.tables[0].chains, SizeIs(2));
  EXPECT_THAT(rules.tables[0].chains[0].rules, SizeIs(5));
  EXPECT_THAT(rules.tables[0].chains[1].rules, SizeIs(1));
  EXPECT_EQ(rules.tables[0].chains[0].rules[1].line, 42U);
  EXPECT_EQ(outcome(rules, "icmp 10.0.0.1 to 10.0.0.2 type 8"), "passes");
  EXPECT_EQ(outcome(rules, "icmp 10.0.0.1 to 10.0.0.2 type 13"), "denied");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.1 to 10.0.0.2:6666"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.1 to 10.0.0.2:3389"), "denied");
  EXPECT_EQ(outcome(rules, "tcp 10.10.2.22 to 10.0.0.2:3389"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 10.10.2.23 to 10.0.0.2:3389"), "denied");
  EXPECT_EQ(outcome(rules, "udp 10.0.0.1 to 10.0.0.2:5020"), "unknown");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.1 to 10.0.0.2:5985"), "denied");
}

TEST(WindowsRead, FollowsTheJsonOfPowershell) {
  const Ruleset rules = read(data("windows-netfirewallrule.json"), "windows-firewall-json");
  EXPECT_EQ(outcome(rules, "tcp 10.2.3.4 to 10.0.0.2:3389"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 192.0.2.9 to 10.0.0.2:3389"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 192.0.2.10 to 10.0.0.2:3389"), "unknown")
      << "RPCEPMap is a port that nobody knows";
  EXPECT_EQ(outcome(rules, "icmp 10.9.0.1 to 10.0.0.2 type 8"), "denied");
  EXPECT_EQ(outcome(rules, "icmp 10.8.0.1 to 10.0.0.2 type 8"), "passes");
  EXPECT_EQ(outcome(rules, "icmp 10.9.0.1 to 10.0.0.2 type 13 code 1"), "denied");
  EXPECT_EQ(outcome(rules, "udp 10.9.0.1 to 10.0.0.2:53"), "denied")
      << "the rule for public networks is not in use, the one that is off neither";
  EXPECT_EQ(outcome(rules, "tcp 10.9.0.1 to 10.0.0.2:10000"), "unknown");
  EXPECT_EQ(rules.tables[0].chains[0].rules[0].text,
            "\"No echo\" In Block ICMPv4 remoteip=10.9.0.0/16 icmp=8,13:0 "
            "profile=Domain,Private,Public");
  EXPECT_EQ(rules.tables[0].chains[0].rules[0].line, 22U);
}

TEST(WindowsRead, LetsWhatBlocksGoBeforeWhatAllows) {
  const Ruleset rules = read(
      "netsh advfirewall firewall add rule name=a dir=in action=allow protocol=tcp localport=80\n"
      "netsh advfirewall firewall add rule name=b dir=in action=block remoteip=10.0.0.0/8\n");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.1 to 10.1.0.1:80"), "denied");
  EXPECT_EQ(outcome(rules, "tcp 11.0.0.1 to 10.1.0.1:80"), "passes");
}

TEST(WindowsRead, FollowsABatchFile) {
  const Ruleset rules = read(
      "@echo off\r\nrem netsh advfirewall reset\r\n"
      "netsh advfirewall firewall add rule name=\"old rule\" dir=in action=allow\r\n"
      "netsh.exe advfirewall firewall delete rule name=\"old rule\" >nul 2>&1\r\n"
      "  @netsh advfirewall firewall add rule name=\"new %%1\" dir=in action=allow protocol=6 "
      "localip=10.0.0.5 localport=135,5000-5010 description=\"a|b>c&d\" >nul || set \"x=1\"\r\n"
      "exit /b 0\r\n");
  ASSERT_THAT(rules.tables[0].chains[0].rules, SizeIs(1));
  EXPECT_EQ(rules.tables[0].chains[0].rules[0].line, 5U);
  EXPECT_EQ(outcome(rules, "tcp 10.1.0.1 to 10.0.0.5:5010"), "passes");
  EXPECT_EQ(outcome(rules, "tcp 10.1.0.1 to 10.0.0.5:5011"), "denied");
}

TEST(WindowsRead, AsksWhatTheProfilesDo) {
  const std::string rule =
      "netsh advfirewall firewall add rule name=x dir=in action=allow protocol=tcp localport=80\n";
  const auto with = [&](const std::string& commands, const char* port) {
    return outcome(read(rule + commands), std::string("tcp 10.0.0.1 to 10.0.0.2:") + port);
  };
  EXPECT_EQ(with("", "81"), "denied");
  EXPECT_EQ(with("netsh advfirewall set allprofiles state off\n", "81"), "passes");
  EXPECT_EQ(
      with("netsh advfirewall set allprofiles firewallpolicy allowinbound,allowoutbound\n", "81"),
      "passes");
  EXPECT_EQ(with("netsh advfirewall set publicprofile state off\n", "81"), "unknown");
  EXPECT_EQ(
      with("netsh advfirewall set allprofiles firewallpolicy blockinboundalways,allowoutbound\n",
           "80"),
      "denied");
}

TEST(WindowsRead, DoesNotKnowWhichProfileIsInUse) {
  const std::string rule = "netsh advfirewall firewall add rule name=x dir=in action=allow ";
  EXPECT_EQ(outcome(read(rule + "profile=domain\n"), "tcp 10.0.0.1 to 10.0.0.2:1"), "unknown");
  EXPECT_EQ(outcome(read("Domain Profile Settings:\nState ON\nOk.\n" + rule + "profile=domain\n"),
                    "tcp 10.0.0.1 to 10.0.0.2:1"),
            "passes");
  EXPECT_EQ(outcome(read("Public Profile Settings:\nState ON\nOk.\n" + rule + "profile=domain\n"),
                    "tcp 10.0.0.1 to 10.0.0.2:1"),
            "denied");
}

TEST(WindowsRead, TakesNoRuleThatIsNotVerboseForUnconditional) {
  const Ruleset rules = read(
      "Rule Name:                            x\nEnabled: Yes\nDirection: In\n"
      "Profiles: Domain,Private,Public\nLocalIP: Any\nRemoteIP: Any\nProtocol: Any\n"
      "Edge traversal: No\nAction: Allow\nOk.\n");
  EXPECT_EQ(outcome(rules, "tcp 10.0.0.1 to 10.0.0.2:1"), "unknown");
}

class WindowsUnknown : public testing::TestWithParam<UnknownCase> {};

TEST_P(WindowsUnknown, IsKeptAsUnknown) {
  support::expect_unknown(added(GetParam().text), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Words, WindowsUnknown,
    testing::Values(
        UnknownCase{"action=allow program=\"C:\\a b\\c.exe\"", "program=C:\\a b\\c.exe", ""},
        UnknownCase{"action=allow service=RPCSS", "service=RPCSS", ""},
        UnknownCase{"action=allow interfacetype=wireless", "interfacetype=wireless", ""},
        UnknownCase{"action=allow security=authenticate", "security=authenticate", ""},
        UnknownCase{"action=allow rmtusrgrp=D:(A;;CC;;;S-1-5-21)", "rmtusrgrp=D:(A;;CC;;;S-1-5-21)",
                    ""},
        UnknownCase{"action=allow profile=private", "profile private", ""},
        UnknownCase{"action=allow protocol=nosuch", "protocol nosuch", ""},
        UnknownCase{"action=allow protocol=47 localport=1", "ports of protocol 47", ""},
        UnknownCase{"action=allow protocol=icmpv4:x,any", "ICMP type x,any", ""},
        UnknownCase{"action=allow nosuch=1", "nosuch=1", ""},
        UnknownCase{"action=bypass security=authenticate", "security=authenticate",
                    "action bypass"}));

TEST(WindowsRead, TakesKeywordsForAnything) {
  const auto with = [&](const char* options, const char* packet) {
    return outcome(
        read(std::string("netsh advfirewall firewall add rule name=x dir=in action=allow ") +
             options + "\n"),
        packet);
  };
  EXPECT_EQ(with("remoteip=LocalSubnet,10.0.0.0/8", "tcp 10.0.0.1 to 10.0.0.2:1"), "passes");
  EXPECT_EQ(with("remoteip=LocalSubnet,10.0.0.0/8", "tcp 11.0.0.1 to 10.0.0.2:1"), "unknown");
  EXPECT_EQ(with("protocol=tcp localport=RPC", "tcp 11.0.0.1 to 10.0.0.2:1"), "unknown");
  EXPECT_EQ(with("protocol=tcp localport=RPC", "udp 11.0.0.1 to 10.0.0.2:1"), "denied");
  EXPECT_EQ(with("protocol=tcp localport=RPC-EPMap,80", "tcp 11.0.0.1 to 10.0.0.2:80"), "passes");
}

TEST(WindowsRead, KeepsCommandsThatItCannotFollow) {
  for (const char* line :
       {"netsh advfirewall reset", "netsh advfirewall import \"c:\\x.wfw\"",
        "netsh advfirewall firewall set rule group=\"remote desktop\" new enable=Yes",
        "netsh advfirewall firewall delete rule name=x dir=out",
        "netsh firewall set opmode disable", "powershell -File x.ps1",
        "if exist x netsh advfirewall firewall add rule name=y dir=in action=allow",
        "echo x & netsh advfirewall set allprofiles state off",
        "netsh advfirewall firewall add rule name=y action=allow"}) {
    const Ruleset rules =
        read(std::string("netsh advfirewall firewall add rule name=z dir=in action=block\n") +
             line + "\n");
    const auto& first = rules.tables[0].chains[0].rules[0];
    EXPECT_TRUE(std::holds_alternative<UnknownAction>(first.actions.at(0))) << line;
    EXPECT_EQ(first.line, 2U) << line;
  }
}

TEST(WindowsRead, RefusesWhatItCannotRead) {
  EXPECT_EQ(id_of(""), "windows-firewall-syntax");
  EXPECT_EQ(id_of("Regelname:    x\nAktiviert:  Ja\n"), "windows-firewall-syntax");
  EXPECT_EQ(id_of("Rule Name:                            x\nEnabled: Yes\n"),
            "windows-firewall-syntax");
  const auto json = [](const std::string& text) {
    const auto rules = read_windows_json(text, "test");
    return rules ? "" : rules.error().front().id;
  };
  EXPECT_EQ(json("{"), "windows-firewall-json-syntax");
  EXPECT_EQ(json("[]"), "windows-firewall-json-syntax");
  EXPECT_EQ(json(R"({"rules":[{"Direction":"Inbound"}]})"), "windows-firewall-json-syntax");
  EXPECT_EQ(json(R"({"rules":[{"Direction":"Inbound","Action":"Allow"}]})"),
            "windows-firewall-json-syntax");
  EXPECT_EQ(json(std::string(100000, '[')), "windows-firewall-json-syntax");
}

TEST(WindowsRead, EndsOnAnyCut) {
  for (const char* name : {"windows-2019-netsh.txt", "windows-netfirewallrule.json"}) {
    const std::string text = data(name);
    for (std::size_t size = 0; size < text.size(); size += 7) {
      (void)read_windows(text.substr(0, size), "cut");
      (void)read_windows_json(text.substr(0, size), "cut");
    }
  }
}

TEST(WindowsRead, HoldsAMillionAddresses) {
  std::string text = "netsh advfirewall firewall add rule name=x dir=in action=allow remoteip=";
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    text += (i == 0 ? "" : ",") + to_string(IpAddress::v4(0x0a000000U + 2 * i));
  }
  const Ruleset rules = read(text);
  EXPECT_THAT(rules.tables[0].chains[0].rules[0].matches[0].elements, SizeIs(1'000'000));
}

}  // namespace
}  // namespace pinhole::firewall
