// SPDX-License-Identifier: Apache-2.0
#include "inspect/verdict.hpp"

#include <functional>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinhole::inspect {
namespace {

using testing::HasSubstr;

const Touch kOpen{Contact::open, {}, {}};
const Touch kTimeout{Contact::timeout, {}, "no answer within 5000 ms"};
const Touch kRefused{Contact::refused, {}, "Connection refused"};
const Touch kForbidden{Contact::unreachable, "10.0.0.254", "administratively prohibited"};
const Touch kOwnFirewall{Contact::refused, "10.2.0.5", "port unreachable"};
const Touch kNoRoute{Contact::local, {}, "Network is unreachable"};

/// The store of a server, planned on 5001, as it should be.
FlowFacts good() {
  FlowFacts facts;
  facts.way = Way::map_and_bind;
  facts.address = "10.2.0.5";
  facts.service = "MSExchangeIS";
  facts.planned = PortSet({5001, 5001});
  facts.dynamic = {1024, 5000};
  facts.mapper = kOpen;
  facts.mapper_talk = Talk::accepted;
  facts.interfaces = {{"emsmdb", {5001}, 5001, kOpen, Talk::accepted, {}}};
  return facts;
}

struct Case {
  const char* name;
  std::function<void(FlowFacts&)> change;
  Verdict verdict;
  Where where;
  const char* reason;
  const char* advice;
};

std::ostream& operator<<(std::ostream& out, const Case& each) {
  return out << each.name;
}

void on_port(FlowFacts& facts, std::uint16_t port) {
  facts.interfaces.front().ports = {port};
  facts.interfaces.front().tried = port;
}

void as_connect(FlowFacts& facts, const Touch& touch) {
  facts.way = Way::connect;
  facts.interfaces.clear();
  facts.service = "SMTPSVC";
  facts.planned = PortSet({25, 25});
  facts.contact = touch;
}

const Case kCases[] = {
    {"AsPlanned", [](FlowFacts&) {}, Verdict::exact, Where::nowhere, "emsmdb answers on tcp/5001",
     ""},
    {"OnAnotherStaticPort", [](FlowFacts& f) { on_port(f, 6500); }, Verdict::moved, Where::service,
     "emsmdb is on tcp/6500, not on 5001", "set 5001 in the registry as planned"},
    {"InTheDynamicRange", [](FlowFacts& f) { on_port(f, 1218); }, Verdict::dynamic, Where::service,
     "tcp/1218, in the dynamic range 1024-5000, not on 5001", "--registry tells"},
    {"NotYetRestarted",
     [](FlowFacts& f) {
       on_port(f, 1218);
       f.registry = RegistryFact{5001};
     },
     Verdict::dynamic, Where::service, "not yet restarted", "restart MSExchangeIS"},
    {"NotYetRestartedComputer",
     [](FlowFacts& f) {
       on_port(f, 1218);
       f.registry = RegistryFact{5001};
       f.restart = catalogue::Restart::computer;
     },
     Verdict::dynamic, Where::service, "not yet restarted", "restart the computer"},
    {"WrongValue",
     [](FlowFacts& f) {
       on_port(f, 6500);
       f.registry = RegistryFact{6500};
     },
     Verdict::moved, Where::service, "wrong value: the registry holds 6500", "import the plan's"},
    {"AStaticPortInTheDynamicRangeIsMoved",
     [](FlowFacts& f) {
       on_port(f, 4000);
       f.registry = RegistryFact{4000};
     },
     Verdict::moved, Where::service, "the registry holds 4000", "import the plan's"},
    {"NoValue",
     [](FlowFacts& f) {
       on_port(f, 1218);
       f.registry = RegistryFact{};
     },
     Verdict::dynamic, Where::service, "wrong value: the registry holds none", "import the plan's"},
    {"ExactUntilItsNextRestart", [](FlowFacts& f) { f.registry = RegistryFact{6500}; },
     Verdict::exact, Where::nowhere, "the registry holds 6500", "moves at its next restart"},
    {"MeantDynamic",
     [](FlowFacts& f) {
       f.planned = PortSet({1024, 5000});
       f.meant_dynamic = true;
       f.registry = RegistryFact{};
       on_port(f, 1218);
     },
     Verdict::exact, Where::nowhere, "emsmdb answers on tcp/1218", ""},
    {"ThePortWasTaken",
     [](FlowFacts& f) {
       f.interfaces.front() = {"emsmdb", {}, 5001, kOpen, Talk::foreign, "no PDU"};
     },
     Verdict::wrong_service, Where::service,
     "does not know emsmdb; what answers on tcp/5001 speaks no RPC", "free it, then restart"},
    {"TheServiceLostItsEntries", [](FlowFacts& f) { f.interfaces.front().ports.clear(); },
     Verdict::not_registered, Where::mapper, "does not know emsmdb, which answers on tcp/5001",
     "restart MSExchangeIS"},
    {"NotRegisteredAndNobodyThere",
     [](FlowFacts& f) { f.interfaces.front() = {"emsmdb", {}, 5001, kRefused, Talk::untried, {}}; },
     Verdict::not_registered, Where::mapper, "does not know emsmdb", "start MSExchangeIS"},
    {"OneOfTwoNotRegistered",
     [](FlowFacts& f) { f.interfaces.push_back({"asyncemsmdb", {}, 0, {}, Talk::untried, {}}); },
     Verdict::exact, Where::nowhere, "not registered: asyncemsmdb", ""},
    {"TheWorstInterfaceDecides",
     [](FlowFacts& f) {
       f.interfaces.push_back({"asyncemsmdb", {1218}, 1218, kOpen, Talk::accepted, {}});
     },
     Verdict::dynamic, Where::service, "asyncemsmdb is on tcp/1218", "set 5001"},
    {"MapperDropped",
     [](FlowFacts& f) {
       f.mapper = kTimeout;
       f.mapper_talk = Talk::untried;
       f.interfaces.front() = {"emsmdb", {}, 5001, kOpen, Talk::accepted, {}};
     },
     Verdict::blocked, Where::mapper,
     "the endpoint mapper, tcp/135 does not answer; emsmdb itself answers on tcp/5001",
     "a firewall drops 10.2.0.5 tcp/135"},
    {"AllDropped",
     [](FlowFacts& f) {
       f.mapper = kTimeout;
       f.interfaces.front() = {"emsmdb", {}, 5001, kTimeout, Talk::untried, {}};
     },
     Verdict::blocked, Where::mapper, "tcp/5001 does not answer either", "or the host is down"},
    {"MapperNotThere",
     [](FlowFacts& f) {
       f.mapper = kRefused;
       f.interfaces.front() = {"emsmdb", {}, 5001, kRefused, Talk::untried, {}};
     },
     Verdict::blocked, Where::mapper, "refuses the connection", "RpcSs"},
    {"AFirewallSaysSo", [](FlowFacts& f) { f.interfaces.front().touch = kForbidden; },
     Verdict::blocked, Where::service, "10.0.0.254 says administratively prohibited",
     "10.0.0.254 stands on the way"},
    {"TheHostsOwnFirewall", [](FlowFacts& f) { f.interfaces.front().touch = kOwnFirewall; },
     Verdict::blocked, Where::service, "10.2.0.5 says port unreachable", "the host's own firewall"},
    {"ServiceDropped", [](FlowFacts& f) { f.interfaces.front().touch = kTimeout; },
     Verdict::blocked, Where::service, "the mapper names tcp/5001, which does not answer",
     "passes tcp/135 and drops tcp/5001"},
    {"ServiceRefuses", [](FlowFacts& f) { f.interfaces.front().touch = kRefused; },
     Verdict::blocked, Where::service, "refuses the connection", "registered and does not listen"},
    {"NoRouteFromHere",
     [](FlowFacts& f) {
       f.mapper = kNoRoute;
       f.interfaces.clear();
     },
     Verdict::blocked, Where::here, "cannot be tried from this machine", "run this on a machine"},
    {"NoRpcOnTheMapper",
     [](FlowFacts& f) {
       f.mapper_talk = Talk::foreign;
       f.mapper_said = "bad version";
     },
     Verdict::wrong_service, Where::mapper, "speaks no RPC: bad version", "who holds tcp/135"},
    {"TheMapperRefuses",
     [](FlowFacts& f) {
       f.mapper_talk = Talk::refused;
       f.mapper_said = "fault access denied";
     },
     Verdict::wrong_service, Where::mapper, "refuses: fault access denied", "authenticated"},
    {"AnotherRpcServer",
     [](FlowFacts& f) {
       f.interfaces.front().talk = Talk::refused;
       f.interfaces.front().said = "the server does not offer it";
     },
     Verdict::wrong_service, Where::service, "refuses: the server does not offer it",
     "another service holds tcp/5001"},
    {"AProgramThatIsNoRpc",
     [](FlowFacts& f) {
       f.interfaces.front().talk = Talk::foreign;
       f.interfaces.front().said = "no PDU";
     },
     Verdict::wrong_service, Where::service, "speaks no RPC: no PDU", "who holds tcp/5001"},
    {"AListenerThatSaysNothing", [](FlowFacts& f) { f.interfaces.front().talk = Talk::silent; },
     Verdict::wrong_service, Where::service, "takes the connection and does not answer RPC",
     "see who listens"},
    {"TheMapperItself", [](FlowFacts& f) { f.way = Way::mapper; }, Verdict::exact, Where::nowhere,
     "the endpoint mapper answers", ""},
    {"RpcOverHttp",
     [](FlowFacts& f) {
       f.way = Way::bind;
       f.planned = PortSet({6001, 6001});
       f.interfaces.front() = {"emsmdb", {}, 6001, kOpen, Talk::accepted, {}};
     },
     Verdict::exact, Where::nowhere, "emsmdb answers on tcp/6001", ""},
    {"RpcOverHttpDropped",
     [](FlowFacts& f) {
       f.way = Way::bind;
       f.interfaces.front() = {"emsmdb", {}, 6001, kTimeout, Talk::untried, {}};
     },
     Verdict::blocked, Where::service, "tcp/6001 does not answer", "drops 10.2.0.5 tcp/6001"},
    {"NoRpcConnects", [](FlowFacts& f) { as_connect(f, kOpen); }, Verdict::exact, Where::nowhere,
     "tcp/25 connects; what answers there was not asked", ""},
    {"NoRpcRefused", [](FlowFacts& f) { as_connect(f, kRefused); }, Verdict::blocked,
     Where::service, "tcp/25 refuses the connection", "see that SMTPSVC runs"},
    {"Udp",
     [](FlowFacts& f) {
       f.way = Way::none;
       f.why_none = "UDP: silence and delivery look the same from here";
     },
     Verdict::not_verifiable, Where::nowhere, "UDP", "sniffer"},
};

class Judging : public testing::TestWithParam<Case> {};

TEST_P(Judging, NamesTheFaultAndWhatToLookAt) {
  const Case& each = GetParam();
  FlowFacts facts = good();
  each.change(facts);
  const Judgement judgement = judge(facts);
  EXPECT_EQ(to_string(judgement.verdict), to_string(each.verdict));
  EXPECT_EQ(to_string(judgement.where), to_string(each.where));
  EXPECT_THAT(judgement.reason, HasSubstr(each.reason));
  EXPECT_THAT(judgement.advice, HasSubstr(each.advice));
  EXPECT_EQ(judgement.advice.empty(), std::string_view(each.advice).empty());
}

INSTANTIATE_TEST_SUITE_P(Facts, Judging, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Judging, SaysWhoSaidSo) {
  FlowFacts facts = good();
  facts.interfaces.front().touch = kForbidden;
  EXPECT_EQ(judge(facts).reporter, "10.0.0.254");
  EXPECT_EQ(judge(facts).contact, Contact::unreachable);
}

TEST(Judging, SaysTheCause) {
  FlowFacts facts = good();
  on_port(facts, 6500);
  EXPECT_EQ(judge(facts).cause, Cause::unknown);
  facts.registry = RegistryFact{5001};
  EXPECT_EQ(judge(facts).cause, Cause::not_restarted);
  facts.registry = RegistryFact{6500};
  EXPECT_EQ(judge(facts).cause, Cause::wrong_value);
}

TEST(Verdicts, OnlyExactAndWhatNobodyCanTryAreNoFailure) {
  EXPECT_FALSE(fails(Verdict::exact));
  EXPECT_FALSE(fails(Verdict::not_verifiable));
  EXPECT_TRUE(fails(Verdict::moved));
  EXPECT_TRUE(fails(Verdict::dynamic));
  EXPECT_TRUE(fails(Verdict::not_registered));
  EXPECT_TRUE(fails(Verdict::blocked));
  EXPECT_TRUE(fails(Verdict::wrong_service));
}

}  // namespace
}  // namespace pinhole::inspect
