// SPDX-License-Identifier: Apache-2.0
#include "plan/flows.hpp"

#include <algorithm>
#include <set>

#include "plan/example.hpp"
#include "plan/site.hpp"

namespace pinhole::plan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// The flows of kSite and what a test adds to it.
Flows flows_of(std::string_view added) {
  const auto topology = read(std::string(kSite) + std::string(added));
  EXPECT_TRUE(topology) << mistakes_of(topology);
  return topology ? make_flows(*topology, catalogue::builtin()) : Flows{};
}

const Flow* find_flow(const Flows& flows, std::string_view id) {
  const auto at = std::ranges::find(flows.flows, id, &Flow::id);
  return at == flows.flows.end() ? nullptr : &*at;
}

std::string controller(std::string_view name, std::string_view zone, std::string_view address) {
  return server_row(name, zone, address,
                    {R"(system = "windows-2003")", R"(roles = ["domain-controller"])"});
}

std::string edge(std::string_view zone, std::string_view address) {
  return server_row("edge", zone, address,
                    {R"(product = "exchange-2007")", R"(roles = ["edge-transport"])"});
}

TEST(Flows, AFlowNamesSettingInterfacesRowReasonAndPlace) {
  const Flows made = flows_of(need_row("outlook", "ex1"));
  const Flow* flow = find_flow(made, "outlook>ex1:sa-tcp-port");
  ASSERT_NE(flow, nullptr);
  EXPECT_EQ(flow->from, (Party{Party::Kind::client, 0}));
  EXPECT_EQ(flow->to, (Party{Party::Kind::server, 0}));
  EXPECT_EQ(flow->ports, (FlowPorts{{}, {{0, "sa-tcp-port"}}, {}}));
  EXPECT_THAT(flow->interfaces, ElementsAre("rfri"));
  EXPECT_EQ(flow->service, "MSExchangeSA");
  EXPECT_EQ(flow->protocol, "MS-RPC");
  EXPECT_EQ(flow->catalogue_flow, "F27");
  EXPECT_EQ(flow->needed, Needed::required);
  EXPECT_EQ(flow->why, "Outlook to Mailbox server: mapper + IS + RFR + NSPI proxy");
  EXPECT_EQ(flow->place.line, 33U);
}

TEST(Flows, TheTextOfTheNeedGoesBeforeThatOfTheRow) {
  const Flows made = flows_of(need_row("outlook", "ex1", R"(why = "mail")"));
  const Flow* flow = find_flow(made, "outlook>ex1:tcp-135");
  ASSERT_NE(flow, nullptr);
  EXPECT_EQ(flow->why, "mail");
}

TEST(Flows, TwoNeedsForTheSameAreOneFlowOfTheFirst) {
  const Flows made = flows_of(need_row("outlook", "ex1", R"(why = "first")") +
                              need_row("outlook", "ex1", R"(why = "second")"));
  std::set<std::string> seen;
  for (const Flow& flow : made.flows) {
    EXPECT_TRUE(seen.insert(flow.id).second) << flow.id;
    EXPECT_EQ(flow.why, "first");
  }
}

TEST(Flows, IdsAreInLowerCase) {
  const Flows made =
      flows_of(server_row("MAIL", "servers", "10.2.0.7", {R"(product = "exchange-5.5")"}) +
               need_row("outlook", "MAIL"));
  EXPECT_THAT(ids(made), Contains("F03 outlook>mail:is-tcp-port-5.5"));
}

TEST(Flows, NotificationsGoToAnyPortOrToTheFixedOne) {
  const Flows made = flows_of(R"([[client]]
name = "fixed"
kind = "mapi"
zone = "clients"
fixed_udp_port = 53001
)" + need_row("outlook", "ex1") +
                              need_row("fixed", "ex1"));
  const Flow* any = find_flow(made, "ex1>outlook:udp-1024-65535");
  const Flow* fixed = find_flow(made, "ex1>fixed:udp-53001");
  ASSERT_NE(any, nullptr);
  ASSERT_NE(fixed, nullptr);
  EXPECT_EQ(any->transport, Transport::udp);
  EXPECT_EQ(to_string(any->source_ports), "1024-65535");
  EXPECT_EQ(any->needed, Needed::recommended);
  EXPECT_EQ(to_string(fixed->ports.fixed), "53001");
  EXPECT_EQ(fixed->from, (Party{Party::Kind::server, 0}));
}

struct ProtocolCase {
  std::string_view kind;
  std::string_view ssl;
  std::vector<std::string> flows;
};

class Protocols : public testing::TestWithParam<ProtocolCase> {};

TEST_P(Protocols, HaveAPlainAndAnSslPort) {
  const Flows made =
      flows_of(server_row("old", "servers", "10.2.0.7", {R"(product = "exchange-5.5")"}) +
               fmt::format(R"([[client]]
name = "users"
kind = "{}"
zone = "clients"
ssl = "{}"
)",
                           GetParam().kind, GetParam().ssl) +
               need_row("users", "old"));
  EXPECT_EQ(ids(made), GetParam().flows);
}

INSTANTIATE_TEST_SUITE_P(
    Flows, Protocols,
    testing::Values(
        ProtocolCase{"pop3", "no", {"F14 users>old:tcp-110", "F14 users>old:tcp-25"}},
        ProtocolCase{"pop3", "only", {"F14 users>old:tcp-25", "F14 users>old:tcp-995"}},
        ProtocolCase{"imap4",
                     "also",
                     {"F15 users>old:tcp-143", "F15 users>old:tcp-25", "F15 users>old:tcp-993"}},
        ProtocolCase{"nntp", "only", {"F16 users>old:tcp-563"}},
        ProtocolCase{"ldap", "also", {"F17 users>old:tcp-389", "F17 users>old:tcp-636"}},
        ProtocolCase{"web", "no", {"F19 users>old:tcp-80"}}),
    [](const auto& param) { return fmt::format("{}_{}", param.param.kind, param.param.ssl); });

TEST(Flows, BehindALoadBalancerEachServerHasItsSetting) {
  const Flows made = make_flows(example("exchange-2010-array"), catalogue::builtin());
  const Flow* flow = find_flow(made, "outlook>balancer:rca-tcp-port");
  ASSERT_NE(flow, nullptr);
  EXPECT_EQ(flow->to.kind, Party::Kind::load_balancer);
  EXPECT_THAT(flow->ports.settings,
              ElementsAre(PortSetting{0, "rca-tcp-port"}, PortSetting{1, "rca-tcp-port"}));
}

TEST(Flows, ClientsReachAnArrayThroughItsLoadBalancer) {
  const Flows made = flows_of(R"([[array]]
name = "outlook.example"
[[server]]
name = "ex3"
zone = "servers"
addresses = ["10.2.0.7"]
product = "exchange-2010-sp1"
roles = ["client-access"]
array = "outlook.example"
[[load_balancer]]
name = "lb"
zone = "servers"
addresses = ["10.2.0.9"]
servers = ["outlook.example"]
)" + need_row("outlook", "outlook.example"));
  EXPECT_THAT(ids(made), ElementsAre("F28 outlook>lb:ab-rpctcpport", "F28 outlook>lb:rca-tcp-port",
                                     "F28 outlook>lb:tcp-135"));
}

TEST(Flows, ALoadBalancerInAnotherZoneReachesItsServers) {
  const Flows made = flows_of(R"([[load_balancer]]
name = "lb"
zone = "clients"
addresses = ["10.1.0.9"]
servers = ["ex2"]
)" + need_row("outlook", "lb"));
  EXPECT_THAT(ids(made), ElementsAre("F28 lb>ex2:ab-rpctcpport", "F28 lb>ex2:rca-tcp-port",
                                     "F28 lb>ex2:tcp-135", "F28 outlook>lb:ab-rpctcpport",
                                     "F28 outlook>lb:rca-tcp-port", "F28 outlook>lb:tcp-135"));
}

TEST(Flows, ANeedWithoutTargetsMeansAllThatServeAndLoadBalancersInsteadOfTheirServers) {
  const Flows made = flows_of(R"([[load_balancer]]
name = "lb"
zone = "servers"
addresses = ["10.2.0.9"]
servers = ["ex2"]
)" + edge("servers", "10.2.0.8") +
                              R"([[need]]
from = "outlook"
)");
  std::set<std::string> targets;
  for (const Flow& flow : made.flows) {
    targets.insert(flow.id.substr(0, flow.id.find(':')));
  }
  EXPECT_THAT(targets, ElementsAre("ex1>outlook", "outlook>ex1", "outlook>lb"));
  EXPECT_THAT(made.findings, IsEmpty());
}

TEST(Flows, OnlyPublicFoldersLeadOutlookToAMailboxServerOf2010) {
  const auto flows_to = [](std::string_view roles) {
    return flows_of(
        server_row("mbx", "servers", "10.2.0.8", {R"(product = "exchange-2010")", roles}) +
        need_row("outlook", "mbx"));
  };
  const Flows folders = flows_to(R"(roles = ["mailbox", "public-folders"])");
  EXPECT_THAT(ids(folders), ElementsAre("F29 outlook>mbx:rca-tcp-port", "F29 outlook>mbx:tcp-135"));
  const Flows none = flows_to(R"(roles = ["mailbox"])");
  EXPECT_THAT(none.flows, IsEmpty());
}

TEST(Flows, AServiceThatReadsNoPortIsReachedInTheDynamicRange) {
  const Flows made =
      flows_of(server_row("rtm", "servers", "10.2.0.7", {R"(product = "exchange-4.0")"}) +
               server_row("sp4", "servers", "10.2.0.8", {R"(product = "exchange-4.0-sp4")"}) +
               need_row("sp4", "rtm", R"(for = ["mta-rpc", "x400"])"));
  EXPECT_THAT(ids(made),
              UnorderedElementsAre("F10 rtm>sp4:mta-rpc-port", "F11 rtm>sp4:mta-rfc1006-port",
                                   "F10 rtm>sp4:tcp-135", "F10 sp4>rtm:msexchangemta-dynamic",
                                   "F11 sp4>rtm:tcp-102", "F10 sp4>rtm:tcp-135"));
  const Flow* flow = find_flow(made, "sp4>rtm:msexchangemta-dynamic");
  ASSERT_NE(flow, nullptr);
  EXPECT_EQ(flow->ports.dynamic_of, 2U);
}

TEST(Flows, EdgeIsReachedForMailAndSynchronisation) {
  const Flows made = flows_of(
      server_row("hub", "servers", "10.2.0.7",
                 {R"(product = "exchange-2007")", R"(roles = ["hub-transport"])"}) +
      edge("clients", "10.1.0.8") + need_row("hub", "edge", R"(for = ["edge-synchronisation"])"));
  EXPECT_THAT(ids(made), ElementsAre("F49 hub>edge:tcp-25", "F49 hub>edge:tcp-50636"));
}

TEST(Flows, RolesImplyWhatANeedBetweenServersLeavesOut) {
  const Flows made = flows_of(controller("dc", "clients", "10.1.0.2") + R"([[need]]
from = "ex1"
)");
  EXPECT_THAT(ids(made), Contains("F36 ex1>dc:tcp-636"));
  EXPECT_THAT(ids(made), Contains("F38 ex1>dc:ntds-tcp-port"));
  EXPECT_THAT(ids(made), Contains("F38 ex1>dc:udp-389"));
  EXPECT_THAT(ids(made), Not(Contains("F38 ex1>dc:udp-3268")));
  for (const Flow& flow : made.flows) {
    EXPECT_EQ(flow.to, (Party{Party::Kind::server, 2})) << flow.id;
  }
}

std::string two_controllers() {
  return controller("dc-1", "clients", "10.1.0.2") + controller("dc-2", "servers", "10.2.0.2");
}

TEST(Flows, ANeedWithoutTargetsDoesNotMeanTheServerItself) {
  const Flows made = flows_of(two_controllers() + R"([[need]]
from = "dc-1"
for = ["domain-replication"]
)");
  EXPECT_THAT(made.flows, Not(IsEmpty()));
  for (const Flow& flow : made.flows) {
    EXPECT_THAT(flow.id, testing::StartsWith("dc-1>dc-2:"));
  }
}

TEST(Flows, WhatTwoPurposesAskForIsNeededAsTheStricterSays) {
  const Flows made =
      flows_of(two_controllers() +
               need_row("dc-1", "dc-2", R"(for = ["domain-replication", "domain-member"])"));
  const Flow* time = find_flow(made, "dc-1>dc-2:udp-123");
  ASSERT_NE(time, nullptr);
  EXPECT_EQ(time->catalogue_flow, "F37");
  EXPECT_EQ(time->needed, Needed::required);
}

TEST(Flows, ANeedThatNothingServesIsAnErrorAtItsPlace) {
  const Flows made = flows_of(R"([[client]]
name = "news"
kind = "nntp"
zone = "clients"
)" + need_row("news", "ex1"));
  EXPECT_THAT(made.flows, IsEmpty());
  ASSERT_THAT(made.findings, SizeIs(1));
  const Finding& finding = made.findings.front();
  EXPECT_EQ(finding.rule, "empty-need");
  EXPECT_EQ(finding.severity, Severity::error);
  EXPECT_EQ(finding.message, "nothing that this need of \"news\" (nntp) names can serve it");
  EXPECT_EQ(finding.place.line, 37U);
  EXPECT_THAT(finding.remedy, Not(IsEmpty()));
}

TEST(Flows, APurposeThatNothingServesIsAnErrorOfItsOwn) {
  const Flows made = flows_of(need_row("ex2", "ex1", R"(for = ["rpc-proxy", "log-shipping"])"));
  EXPECT_THAT(made.flows, SizeIs(3));
  ASSERT_THAT(made.findings, SizeIs(1));
  EXPECT_EQ(made.findings.front().severity, Severity::error);
  EXPECT_EQ(made.findings.front().message,
            "nothing that this need of \"ex2\" names can serve log-shipping");
}

TEST(Flows, OneTargetOfSeveralThatServesNothingIsAWarning) {
  const Flows made = flows_of(edge("servers", "10.2.0.8") + R"([[need]]
from = "outlook"
to = ["ex1", "edge"]
)");
  ASSERT_THAT(made.findings, SizeIs(1));
  EXPECT_EQ(made.findings.front().severity, Severity::warning);
  EXPECT_EQ(made.findings.front().server, "edge");
}

TEST(Flows, ZonesThatNoDeviceJoinsAreToldOnce) {
  const Flows made = flows_of(R"([[zone]]
name = "island"
networks = ["10.3.0.0/24"]
[[client]]
name = "castaways"
kind = "mapi"
zone = "island"
)" + need_row("castaways", "ex1"));
  ASSERT_THAT(made.findings, SizeIs(1));
  EXPECT_EQ(made.findings.front().rule, "no-path");
  EXPECT_EQ(made.findings.front().message, "no device joins zone \"island\" and zone \"servers\"");
  EXPECT_EQ(made.findings.front().place.line, 40U);
}

TEST(Flows, PartiesWithoutACommonFamilyAreToldOnce) {
  const Flows made =
      flows_of(server_row("six", "servers", "2001:db8::7",
                          {R"(product = "exchange-2007")", R"(roles = ["mailbox"])"}) +
               need_row("outlook", "six"));
  ASSERT_THAT(made.findings, SizeIs(2));
  EXPECT_EQ(made.findings[0].rule, "no-common-family");
  EXPECT_EQ(made.findings[0].place.line, 39U);
  EXPECT_THAT(made.findings[1].message, testing::StartsWith("\"six\" cannot reach \"outlook\""));
}

TEST(Flows, TheOrderOfNeedsDoesNotMatter) {
  const auto topology = example("dmz-front-end");
  Topology turned = topology;
  std::ranges::reverse(turned.needs);
  const Flows made = make_flows(topology, catalogue::builtin());
  const Flows again = make_flows(turned, catalogue::builtin());
  ASSERT_EQ(made.flows.size(), again.flows.size());
  for (std::size_t i = 0; i < made.flows.size(); ++i) {
    EXPECT_EQ(made.flows[i].id, again.flows[i].id);
    EXPECT_EQ(made.flows[i].ports, again.flows[i].ports);
  }
}

}  // namespace
}  // namespace pinhole::plan
