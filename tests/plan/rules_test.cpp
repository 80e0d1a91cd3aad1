// SPDX-License-Identifier: Apache-2.0
#include "plan/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/states.hpp"

namespace pinhole::plan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Finding only(const Findings& findings, std::string_view rule) {
  const auto at = std::ranges::find(findings, rule, &Finding::rule);
  EXPECT_EQ(std::ranges::count(findings, rule, &Finding::rule), 1) << rule << '\n'
                                                                   << shown(findings);
  return at == findings.end() ? Finding() : *at;
}

Findings with_port(std::string_view of, std::string_view where, std::uint32_t number) {
  State state = empty_state();
  set_number(state, setting(where), number);
  return check(state, product(of));
}

TEST(Rules, AnEmptyStateIsGood) {
  EXPECT_THAT(check_state(State{}, {}, world()), IsEmpty());
  EXPECT_THAT(check_state(empty_state(), {}, world()), IsEmpty());
}

TEST(Rules, AFindingSaysWhereWhyAndWhatToDo) {
  const Findings findings = with_port("exchange-2007", "is-tcp-port", 6001);
  ASSERT_EQ(findings.size(), 1U) << shown(findings);
  EXPECT_EQ(findings[0].rule, "RES-6001");
  EXPECT_EQ(findings[0].severity, Severity::error);
  EXPECT_EQ(findings[0].service, "MSExchangeIS");
  EXPECT_EQ(findings[0].subject, "is-tcp-port");
  EXPECT_EQ(findings[0].message,
            "TCP/IP Port of MSExchangeIS is 6001; never use as a static RPC port: Exchange store "
            "over ncacn_http");
  EXPECT_THAT(findings[0].remedy, HasSubstr("choose another port"));
  EXPECT_THAT(findings[0].source, HasSubstr("KB 832017"));
  EXPECT_EQ(findings[0].place.name, "server.reg");
}

TEST(Rules, ThePortsOfTheOldExamplesAreGoodButFor5000) {
  EXPECT_THAT(rules_of(with_port("exchange-5.5", "ds-tcp-port", 5000)),
              ElementsAre("CHOOSE-5000-EDGE ds-tcp-port"));
  EXPECT_THAT(with_port("exchange-5.5", "is-tcp-port-5.5", 5001), IsEmpty());
  State state = empty_state();
  set_number(state, setting("sa-tcp-port"), 56002);
  set_number(state, setting("sa-nspi-port"), 56004);
  set_number(state, setting("is-tcp-port"), 56001);
  EXPECT_THAT(check(state, product("exchange-2007")), IsEmpty());
  EXPECT_THAT(check_state(state, {}, world()), IsEmpty());
}

TEST(Rules, TheOfficialRangeOf2010IsNotedToLieInTheDynamicOne) {
  State state = empty_state();
  set_number(state, setting("rca-tcp-port"), 59532);
  set_number(state, setting("ab-rpctcpport"), 59533);
  const Findings findings = check(state, product("exchange-2010-sp1"));
  EXPECT_THAT(rules_of(findings),
              ElementsAre("CHOOSE-E2010-INSIDE ab-rpctcpport", "CHOOSE-E2010-INSIDE rca-tcp-port"));
  EXPECT_EQ(findings[0].severity, Severity::note);
  EXPECT_THAT(findings[0].message, HasSubstr("6005-65534"));
}

TEST(Rules, HexadecimalIsNamedInBothReadings) {
  const Findings small = with_port("exchange-2007", "is-tcp-port", 20480);
  EXPECT_EQ(only(small, "VAL-FORMAT").severity, Severity::error);
  EXPECT_THAT(only(small, "VAL-FORMAT").message, HasSubstr("20480 is 0x5000"));
  EXPECT_THAT(only(small, "VAL-FORMAT").message, HasSubstr("5000 may have been meant"));
  const Findings large = with_port("exchange-2007", "is-tcp-port", 0x15001);
  EXPECT_THAT(only(large, "VAL-FORMAT").message, HasSubstr("86017 is 0x15001"));
  EXPECT_EQ(only(large, "VAL-RANGE").severity, Severity::error);
  const Findings typed = with_port("exchange-5.5", "ds-tcp-port", 1388);
  EXPECT_THAT(only(typed, "VAL-FORMAT").message, HasSubstr("0x1388 is 5000"));
  // Nobody chooses 5123 for its roundness: a hint, no more.
  const Findings chance = with_port("exchange-2007", "is-tcp-port", 0x5123);
  EXPECT_EQ(only(chance, "VAL-FORMAT").severity, Severity::note);
  EXPECT_THAT(with_port("exchange-2007", "is-tcp-port", 7009), IsEmpty());
}

TEST(Rules, TheStrictestProductSpeaksAndIsNamed) {
  State state = empty_state();
  set_number(state, setting("is-tcp-port"), 1225);
  const Findings findings = check_state(state, {}, world());
  ASSERT_EQ(findings.size(), 1U) << shown(findings);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_THAT(findings[0].message, HasSubstr("(as Exchange"));
  const Product* two[] = {&product("exchange-5.5"), &product("exchange-2010")};
  EXPECT_EQ(only(check_state(state, two, world()), "CHOOSE-1200").subject, "is-tcp-port-5.5");
}

TEST(Rules, ADomainControllerNeedsNoProduct) {
  State state = empty_state();
  set_number(state, setting("ntds-tcp-port"), 50001);
  set_number(state, setting("netlogon-tcp-port"), 50001);
  EXPECT_EQ(only(check_state(state, {}, world()), "VAL-NETLOGON-DIFF").severity, Severity::error);
}

TEST(Rules, ItsWindowsSaysWhichPortsAreDynamic) {
  State state = empty_state();
  set_number(state, setting("is-tcp-port"), 56001);
  set(state, R"(HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion)", "CurrentVersion",
      registry::Value::of_sz("6.0"));
  EXPECT_EQ(only(check(state, product("exchange-2007")), "DYN-INSIDE").severity, Severity::warning);
  set(state, setting("tcpip-reserved-ports"), registry::Value::of_multi_sz({"56001-56004"}));
  EXPECT_THAT(check(state, product("exchange-2007")), IsEmpty());
}

TEST(Rules, MaxUserPortMovesTheDynamicRange) {
  State state = empty_state();
  set_number(state, setting("is-tcp-port"), 56001);
  set_number(state, setting("tcpip-max-user-port"), 60000);
  EXPECT_THAT(only(check(state, product("exchange-2003")), "DYN-INSIDE").message,
              HasSubstr("1025-60000"));
  set_number(state, setting("tcpip-max-user-port"), 70000);
  EXPECT_THAT(rules_of(check(state, product("exchange-2003"))),
              ElementsAre("VAL-MAXUSERPORT tcpip-max-user-port"));
}

TEST(Rules, BelowTheDynamicRangeTheAnalyzersAdviceSpeaks) {
  State state = empty_state();
  set_number(state, setting("sa-tcp-port"), 4001);
  set(state, setting("tcpip-reserved-ports"), registry::Value::of_multi_sz({"4001-4001"}));
  EXPECT_THAT(rules_of(check(state, product("exchange-2003"))),
              ElementsAre("CHOOSE-EXBPA-5000 sa-tcp-port"));
}

TEST(Rules, AStrayValueBesideTheRightOneIsOnlyAWarning) {
  State state = empty_state();
  set_number(state, setting("is-tcp-port"), 56001);
  set(state, R"(HKLM\SYSTEM\CurrentControlSet\Services\MSExchangeIS\Parameters)", "TCP/IP Port",
      registry::Value::of_dword(56001));
  EXPECT_EQ(only(check(state, product("exchange-2007")), "VAL-KEY").severity, Severity::warning);
  unset(state, setting("is-tcp-port"));
  const Finding lost = only(check(state, product("exchange-2007")), "VAL-KEY");
  EXPECT_EQ(lost.severity, Severity::error);
  EXPECT_THAT(lost.message, HasSubstr("MSExchangeIS\\ParametersSystem"));
}

TEST(Rules, OtherValuesOfAServiceAreNoMistakes) {
  State state = good_state(product("exchange-2003"), 56001);
  for (const char* name : {"Target GCs", "NSPI Target Server", "RFR Target Server",
                           "No RFR Service", "Min Target DCs", "Do Not Refer HTTP to DSProxy"}) {
    set(state, setting("sa-tcp-port").key, name, registry::Value::of_dword(1));
  }
  for (const char* name : {"TCP/IP control blocks", "TCP/IP threads", "Kernel threads",
                           "RTS threads", "Concurrent connections to LAN-MTAs"}) {
    set(state, setting("mta-rpc-port").key, name, registry::Value::of_dword(20));
  }
  set(state, R"(HKLM\SOFTWARE\Classes\AppID\{00000000-0000-0000-0000-000000000001})", "Endpoints",
      registry::Value::of_multi_sz({"ncacn_ip_tcp,0,7001"}));
  EXPECT_THAT(check(state, product("exchange-2003")), IsEmpty());
}

TEST(Rules, TheCaseOfANameIsFree) {
  State state = empty_state();
  set(state, setting("is-tcp-port").key, "tcp/ip PORT", registry::Value::of_dword(56001));
  EXPECT_THAT(check(state, product("exchange-2007")), IsEmpty());
}

TEST(Rules, APortIsLostFromRtmToSp1) {
  State state = empty_state();
  state.app_settings = {{"RpcTcpPort", "59533", {"ab.config", 5, 0, {}}}};
  EXPECT_THAT(rules_of(check(state, product("exchange-2010"))),
              ElementsAre("CHOOSE-E2010-INSIDE ab-rpctcpport-config"));
  const Findings findings = check(state, product("exchange-2010-sp1"));
  EXPECT_EQ(only(findings, "VAL-LOST").place.line, 5U);
  EXPECT_TRUE(has_rule(check_state(state, {}, world()), "VAL-LOST"));
  set_number(state, setting("ab-rpctcpport"), 59533);
  EXPECT_FALSE(has_rule(check(state, product("exchange-2010-sp1")), "VAL-LOST"));
}

TEST(Rules, TheAddressBookTakesZeroForDynamic) {
  EXPECT_THAT(with_port("exchange-2010-sp1", "ab-rpctcpport", 0), IsEmpty());
  EXPECT_THAT(rules_of(with_port("exchange-2010-sp1", "rca-tcp-port", 0)),
              ElementsAre("VAL-ZERO rca-tcp-port"));
}

TEST(Rules, X400OnItsOwnPortIsNoMistake) {
  EXPECT_THAT(with_port("exchange-5.5", "mta-rfc1006-port", 102), IsEmpty());
  EXPECT_THAT(rules_of(with_port("exchange-5.5", "mta-rpc-port", 102)),
              ElementsAre("RES-102 mta-rpc-port"));
}

TEST(Rules, WhatSetupWroteOverHttpStays) {
  EXPECT_THAT(with_port("exchange-2003", "is-http-port", 6001), IsEmpty());
  EXPECT_THAT(rules_of(with_port("exchange-2003", "is-http-port", 6011)),
              ElementsAre("VAL-RPCHTTP is-http-port"));
}

State internet(const std::vector<std::string>& ports, const char* available, const char* use) {
  State state = empty_state();
  set(state, setting("rpc-internet-ports"), registry::Value::of_multi_sz(ports));
  if (available != nullptr) {
    set(state, setting("rpc-internet-available"), registry::Value::of_sz(available));
  }
  if (use != nullptr) {
    set(state, setting("rpc-internet-use"), registry::Value::of_sz(use));
  }
  return state;
}

TEST(Rules, OneBadTextVoidsRpcInternet) {
  EXPECT_THAT(check_state(internet({"5001-5200"}, "Y", "y"), {}, world()), IsEmpty());
  for (const char* bad : {"5200-5001", "5001-70000", "5001 - 5200", "dynamic", "5001-", "-"}) {
    EXPECT_TRUE(has_rule(check_state(internet({"5001-5200", bad, "7001"}, "Y", "Y"), {}, world()),
                         "RPCINT-PORTS"))
        << bad;
  }
}

TEST(Rules, TheThreeValuesOfRpcInternetGoTogether) {
  const auto rules = [](const State& state) { return rules_of(check_state(state, {}, world())); };
  const std::vector<std::string> many{"5001-5200"};
  const auto combined = ElementsAre("RPCINT-COMBINE rpc-internet-ports");
  EXPECT_THAT(rules(internet(many, "Y", "N")), combined);
  EXPECT_THAT(rules(internet(many, "N", "Y")), combined);
  EXPECT_THAT(rules(internet(many, nullptr, "Y")), combined);
  EXPECT_THAT(rules(internet(many, "Y", nullptr)), combined);
  EXPECT_THAT(rules(internet(many, "N", "N")), IsEmpty());
  EXPECT_THAT(rules(internet(many, "Yes", "Y")), Contains("RPCINT-LETTER rpc-internet-available"));
}

TEST(Rules, RpcInternetNeedsEnoughPorts) {
  const auto worst = [](const std::vector<std::string>& ports) {
    return check_state(internet(ports, "Y", "Y"), {}, world());
  };
  EXPECT_EQ(only(worst({"5001-5010"}), "RPCINT-MIN20").severity, Severity::warning);
  EXPECT_EQ(only(worst({"5001-5050"}), "RPCINT-MIN100").severity, Severity::note);
  EXPECT_EQ(only(worst({"4000-4500"}), "RPCINT-MIN100").severity, Severity::note);
  EXPECT_THAT(worst({"5001-5100"}), IsEmpty());
}

TEST(Rules, AStaticPortShouldNotBeOneOfRpcInternet) {
  State state = internet({"5001-5200"}, "Y", "Y");
  set_number(state, setting("is-tcp-port"), 5100);
  EXPECT_THAT(rules_of(check(state, product("exchange-2003"))),
              ElementsAre("CHOOSE-OUTSIDE-RPC is-tcp-port"));
}

TEST(Rules, FormsOfTheOtherSettings) {
  State state = empty_state();
  set(state, setting("adcs-endpoints"), registry::Value::of_multi_sz({"ncacn_ip_tcp,5001"}));
  set(state, setting("tcpip-reserved-ports"), registry::Value::of_multi_sz({"5001"}));
  set_number(state, setting("ntds-nspi-max-sessions"), 0);
  EXPECT_THAT(rules_of(check_state(state, {}, world())),
              ElementsAre("VAL-ENDPOINTS adcs-endpoints", "VAL-RESERVED tcpip-reserved-ports",
                          "VAL-NSPI-SESSIONS ntds-nspi-max-sessions"));
}

TEST(Rules, TheServiceItselfMayHoldItsPort) {
  State state = empty_state();
  set_number(state, setting("is-tcp-port"), 56001);
  state.held = {{56001, false, {}, "store.exe", {}},
                {56001, true, {}, "dns.exe", {}},
                {56001, false, {}, "", {}}};
  EXPECT_THAT(check(state, product("exchange-2007")), IsEmpty());
  state.held->push_back({56001, false, {}, "sqlservr.exe", {"netstat.txt", 9, 0, {}}});
  EXPECT_THAT(only(check(state, product("exchange-2007")), "CHOOSE-FREE").message,
              HasSubstr("sqlservr.exe holds (netstat.txt:9)"));
}

TEST(Rules, NtdsIsRegisteredOnItsStaticPortAndOnAnother) {
  const Uuid drsuapi = parse_uuid("e3514235-4b06-11d1-ab04-00c04fc2dcd2").value();
  State state = empty_state();
  set_number(state, setting("ntds-tcp-port"), 7001);
  state.endpoints = {{drsuapi, {}, {}, "ncacn_ip_tcp", "1026", "", {}},
                     {drsuapi, {}, {}, "ncacn_ip_tcp", "7001", "", {}}};
  EXPECT_THAT(check_state(state, {}, world()), IsEmpty());
}

TEST(Rules, ASambaDomainControllerIsJudgedLikeOneOfWindows) {
  State state;
  state.smb_conf = {{"rpc server port", "50001", {"smb.conf", 3, 0, {}}},
                    {"rpc server port:netlogon", "50001", {"smb.conf", 4, 0, {}}}};
  const Findings findings = check_state(state, {}, world());
  EXPECT_TRUE(has_rule(findings, "VAL-NETLOGON-DIFF")) << shown(findings);
  EXPECT_TRUE(has_rule(findings, "DYN-INSIDE-DC")) << shown(findings);
  state.smb_conf = {{"rpc server port", "38901", {}},
                    {"rpc server port:netlogon", "38902", {}},
                    {"RPC Server Dynamic Port Range", "50000-55000", {}}};
  EXPECT_THAT(check_state(state, {}, world()), IsEmpty());
}

TEST(Rules, AFactNeverBecomesAFinding) {
  for (const catalogue::PortRule& rule : world().rules) {
    const bool fact =
        rule.level == catalogue::Level::fact || rule.level == catalogue::Level::refuted;
    EXPECT_TRUE(!fact || rule.check == catalogue::Check::none) << rule.id;
  }
}

TEST(Rules, ANewForbiddenPortIsARow) {
  std::vector<catalogue::PortRule> rules(world().rules.begin(), world().rules.end());
  catalogue::PortRule row;
  row.id = "RES-OURS";
  row.rule = "never use this port";
  row.low = row.high = 57777;
  row.level = catalogue::Level::error;
  row.check = catalogue::Check::forbidden_port;
  rules.push_back(row);
  catalogue::Catalogue ours = world();
  ours.rules = rules;
  State state = empty_state();
  set_number(state, setting("is-tcp-port"), 57777);
  const Product* products[] = {&product("exchange-2007")};
  EXPECT_THAT(rules_of(check_state(state, products, ours)), ElementsAre("RES-OURS is-tcp-port"));
}

TEST(Rules, FindingsAreSortedAndThereOnce) {
  Findings findings(3);
  findings[0].rule = "B";
  findings[1].rule = "A";
  findings[2] = findings[1];
  findings.push_back({"Z", Severity::error, "", "", "", "", "", "", {}});
  sort_findings(findings);
  EXPECT_THAT(rules_of(findings), ElementsAre("Z ", "A ", "B "));
}

}  // namespace
}  // namespace pinhole::plan
