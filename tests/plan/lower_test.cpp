// SPDX-License-Identifier: Apache-2.0
#include "plan/lower.hpp"

#include <algorithm>

#include "plan/example.hpp"
#include "plan/site.hpp"

namespace pinhole::plan {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

Plan plan_of(const Topology& topology) {
  Plan plan;
  plan.topology = topology;
  plan.flows = make_flows(topology, catalogue::builtin()).flows;
  return plan;
}

Plan plan_of(std::string_view added) {
  const auto topology = read(std::string(kSite) + std::string(added));
  EXPECT_TRUE(topology) << mistakes_of(topology);
  return topology ? plan_of(*topology) : Plan{};
}

std::string joined(const std::vector<IpPrefix>& prefixes) {
  std::string all;
  for (const IpPrefix& prefix : prefixes) {
    all += (all.empty() ? "" : ",") + to_string(prefix);
  }
  return all;
}

/// `clients>servers 10.1.0.0/16 -> 10.2.0.5/32 tcp 135`, a rule each.
std::vector<std::string> lines(const firewall::Policy& policy) {
  std::vector<std::string> all;
  for (const firewall::Rule& rule : policy.rules) {
    all.push_back(fmt::format(
        "{}>{} {} -> {} {} {}", policy.zones[rule.from].name, policy.zones[rule.to].name,
        joined(rule.sources), joined(rule.destinations),
        rule.protocol == firewall::Protocol::udp ? "udp" : "tcp", to_string(rule.ports)));
  }
  return all;
}

firewall::Policy policy_of(const Plan& plan, std::string_view device) {
  const auto at = std::ranges::find(plan.topology.devices, device, &Device::name);
  return policy_for(plan, static_cast<Index>(at - plan.topology.devices.begin()),
                    catalogue::builtin());
}

TEST(Lower, FlowsBecomeRulesWithTheAssignedPorts) {
  Plan plan = plan_of(example("internal-firewall-exchange-2007"));
  plan.assignments = {assigned(0, "MSExchangeIS", "is-tcp-port", 56001),
                      assigned(0, "MSExchangeSA", "sa-nspi-port", 56004),
                      assigned(0, "MSExchangeSA", "sa-tcp-port", 56002)};
  const firewall::Policy policy = policy_of(plan, "inner-firewall");
  const std::string in = "clients>servers 192.168.10.0/24 -> 192.168.20.11/32 tcp ";
  EXPECT_THAT(lines(policy),
              ElementsAre("servers>clients 192.168.20.11/32 -> 192.168.10.0/24 udp 1024-65535",
                          in + "443", in + "56001", in + "56004", in + "56002", in + "135"));
  EXPECT_EQ(policy.zones[0].interface, "eth1");
  EXPECT_EQ(joined(policy.zones[1].networks), "192.168.20.0/24");
  EXPECT_TRUE(policy.stateful);
  EXPECT_EQ(policy.rules[2].reasons,
            (std::vector<firewall::Reason>{{"outlook>ex07-1:is-tcp-port", "Outlook over TCP"}}));
}

TEST(Lower, ADeviceThatAFlowDoesNotCrossHasNoRuleForIt) {
  const Plan plan = plan_of(example("outlook-anywhere-2003"));
  EXPECT_THAT(lines(policy_of(plan, "outer-firewall")),
              ElementsAre("internet>dmz 0.0.0.0/0 -> 192.0.2.10/32 tcp 443"));
  EXPECT_THAT(lines(policy_of(plan, "inner-firewall")),
              Each(testing::StartsWith("dmz>lan 192.0.2.10/32 -> 10.0.0.11/32 tcp ")));
}

TEST(Lower, AZoneOfADeviceHoldsAllThatLiesBehindIt) {
  const Plan plan = plan_of(example("outlook-anywhere-2003"));
  const firewall::Policy inner = policy_of(plan, "inner-firewall");
  EXPECT_TRUE(inner.zones[0].rest);
  EXPECT_EQ(joined(inner.zones[0].networks), "192.0.2.0/26");
  EXPECT_FALSE(inner.zones[1].rest);
}

TEST(Lower, OnlyFamiliesThatBothEndsHaveAreOpened) {
  const Plan plan = plan_of(example("exchange-2010-array"));
  const auto rules = lines(policy_of(plan, "inner-firewall"));
  EXPECT_THAT(rules, Contains("clients>servers 10.10.0.0/16,2001:db8:10::/48 -> "
                              "10.20.0.10/32,2001:db8:20::10/128 tcp 135"));
  EXPECT_THAT(rules, Contains("clients>servers 10.10.0.0/16 -> 10.20.0.21/32 tcp 135"));
}

TEST(Lower, TranslationsLeadToTheInsideAddressThatRulesName) {
  const Plan plan = plan_of(example("lan-behind-nat"));
  const firewall::Policy policy = policy_of(plan, "nat-router");
  EXPECT_THAT(lines(policy), Contains("internet>lan 0.0.0.0/0 -> 192.168.1.25/32 tcp 995"));
  EXPECT_THAT(policy.hides, ElementsAre(1U));
  ASSERT_THAT(policy.translations, SizeIs(4));
  std::vector<std::string> ports;
  for (const firewall::Translation& each : policy.translations) {
    EXPECT_EQ(each.from, 0U);
    EXPECT_EQ(to_string(each.outside), "198.51.100.25");
    EXPECT_EQ(to_string(each.inside), "192.168.1.25");
    ports.push_back(to_string(each.ports));
  }
  EXPECT_THAT(ports, UnorderedElementsAre("25", "25", "119", "995"));
}

constexpr std::string_view kTwoDevices = R"([[zone]]
name = "outside"
networks = ["198.51.100.0/24"]
[[device]]
name = "outer"
interfaces = { outside = "wan", clients = "lan" }
[[client]]
name = "users"
kind = "mapi"
zone = "outside"
[[need]]
from = "users"
to = ["ex1"]
)";

TEST(Lower, BeforeATranslationTheServerIsNamedByItsOutsideAddress) {
  auto topology = read(std::string(kSite) + std::string(kTwoDevices));
  ASSERT_TRUE(topology) << mistakes_of(topology);
  topology->devices[0].translations.push_back({0, IpAddress::v4(0x0a010063), std::nullopt});
  const Plan plan = plan_of(*topology);
  EXPECT_THAT(lines(policy_of(plan, "outer")),
              Contains("outside>clients 198.51.100.0/24 -> 10.1.0.99/32 tcp 135"));
  EXPECT_THAT(policy_of(plan, "outer").translations, IsEmpty());
  EXPECT_THAT(lines(policy_of(plan, "fw")),
              Contains("clients>servers 198.51.100.0/24 -> 10.2.0.5/32 tcp 135"));
}

TEST(Lower, ATranslationForOneZoneIsNotMadeForAnother) {
  auto topology = read(std::string(kSite) + std::string(kTwoDevices) + R"([[need]]
from = "outlook"
to = ["ex1"]
)");
  ASSERT_TRUE(topology) << mistakes_of(topology);
  topology->devices[0].translations.push_back({0, IpAddress::v4(0x0a010063), Index{2}});
  const firewall::Policy policy = policy_of(plan_of(*topology), "fw");
  EXPECT_THAT(policy.translations, Not(IsEmpty()));
  for (const firewall::Translation& each : policy.translations) {
    EXPECT_THAT(each.reasons.front().flow, testing::StartsWith("users>"));
  }
}

TEST(Lower, BehindADeviceThatHidesThemClientsAppearInTheZoneBetween) {
  auto topology = read(std::string(kSite) + std::string(kTwoDevices));
  ASSERT_TRUE(topology) << mistakes_of(topology);
  topology->devices[1].hides.push_back(2);
  const Plan plan = plan_of(*topology);
  EXPECT_THAT(lines(policy_of(plan, "fw")),
              Contains("clients>servers 10.1.0.0/16 -> 10.2.0.5/32 tcp 135"));
  EXPECT_THAT(lines(policy_of(plan, "outer")),
              Contains("outside>clients 198.51.100.0/24 -> 10.2.0.5/32 tcp 135"));
}

TEST(Lower, ARuleForTheDeviceItselfHasOneZoneTwice) {
  const Plan plan = plan_of(example("same-host-as-proxy"));
  EXPECT_THAT(lines(policy_of(plan, "proxy")),
              UnorderedElementsAre("internet>internet 203.0.113.10/32 -> 0.0.0.0/0 tcp 25",
                                   "internet>internet 203.0.113.10/32 -> 0.0.0.0/0 tcp 53",
                                   "internet>internet 203.0.113.10/32 -> 0.0.0.0/0 udp 53",
                                   "internet>internet 0.0.0.0/0 -> 203.0.113.10/32 tcp 25",
                                   "internet>internet 0.0.0.0/0 -> 203.0.113.10/32 tcp 443"));
}

TEST(Lower, ADeviceWithoutStateSaysSo) {
  EXPECT_FALSE(policy_of(plan_of(example("exchange-4.0-site")), "packet-filter").stateful);
}

TEST(Lower, ByAddressTheWholeSiteIsOnePolicyWithoutInterfaces) {
  const firewall::Policy policy =
      policy_by_address(plan_of(example("outlook-anywhere-2003")), catalogue::builtin());
  EXPECT_THAT(policy.device, IsEmpty());
  EXPECT_FALSE(policy.anti_spoofing);
  ASSERT_THAT(policy.zones, SizeIs(3));
  EXPECT_TRUE(policy.zones[0].rest);
  EXPECT_THAT(policy.zones[1].interface, IsEmpty());
  EXPECT_THAT(policy.rules, SizeIs(9));
  EXPECT_THAT(lines(policy), Contains("internet>dmz 0.0.0.0/0 -> 192.0.2.10/32 tcp 443"));
}

TEST(Lower, ByAddressFlowsInsideAZoneNeedNoRule) {
  const firewall::Policy policy = policy_by_address(plan_of(R"([[need]]
from = "ex2"
to = ["ex1"]
for = ["rpc-proxy"]
)"),
                                                    catalogue::builtin());
  EXPECT_THAT(policy.rules, IsEmpty());
}

}  // namespace
}  // namespace pinhole::plan
