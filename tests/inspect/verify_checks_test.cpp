// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify_checks.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/make_plan.hpp"
#include "plan/topology_read.hpp"

namespace pinhole::inspect {
namespace {

plan::Plan plan_of(const std::string& example) {
  std::ifstream file(std::string(PINHOLE_SOURCE_DIR) + "/examples/" + example + ".toml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto topology = plan::read_topology(text, example, catalogue::builtin());
  EXPECT_TRUE(topology) << example;
  return plan::make_plan(topology ? *topology : plan::Topology{}, catalogue::builtin(), {});
}

std::vector<Check> checks_from(const plan::Plan& plan, std::string_view zone,
                               std::string_view party = {}) {
  const auto scope = scope_of(plan.topology, zone, party);
  EXPECT_TRUE(scope);
  return scope ? checks_of(plan, *scope, catalogue::builtin()) : std::vector<Check>{};
}

const Check* find(const plan::Plan& plan, const std::vector<Check>& checks, std::string_view id) {
  for (const Check& check : checks) {
    if (plan.flows[check.flow].id == id) {
      return &check;
    }
  }
  return nullptr;
}

TEST(Checks, ATranslatedServerIsAskedAtItsOutsideAddress) {
  const plan::Plan plan = plan_of("lan-behind-nat");
  const auto checks = checks_from(plan, "internet");
  std::size_t asked = 0;
  for (const Check& check : checks) {
    if (check.address) {
      ++asked;
      EXPECT_EQ(check.facts.address, "198.51.100.25") << plan.flows[check.flow].id;
      EXPECT_EQ(check.facts.way, Way::connect) << plan.flows[check.flow].id;
    }
  }
  EXPECT_GT(asked, 0U);
  for (const Check& check : checks_from(plan, "LAN")) {
    if (check.address && plan.flows[check.flow].to.kind == plan::Party::Kind::server) {
      EXPECT_EQ(check.facts.address, "192.168.1.25") << plan.flows[check.flow].id;
    }
  }
}

TEST(Checks, EachKindOfFlowHasItsWay) {
  const plan::Plan plan = plan_of("internal-firewall-exchange-2003");
  const auto checks = checks_from(plan, "clients");
  const Check* store = find(plan, checks, "outlook>ex03-1:is-tcp-port");
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(store->facts.way, Way::map_and_bind);
  ASSERT_EQ(store->interfaces.size(), 1U);
  EXPECT_EQ(store->interfaces.front().id, "emsmdb");
  EXPECT_EQ(store->facts.interfaces.size(), 1U);
  EXPECT_EQ(find(plan, checks, "outlook>ex03-1:tcp-135")->facts.way, Way::mapper);
  const Check* notice = find(plan, checks, "ex03-1>outlook:udp-53001");
  ASSERT_NE(notice, nullptr);
  EXPECT_EQ(notice->facts.way, Way::none);
  EXPECT_FALSE(notice->facts.why_none.empty());
}

TEST(Checks, APartyHasItsOwnFlowsOnly) {
  const plan::Plan plan = plan_of("internal-firewall-exchange-2003");
  const auto checks = checks_from(plan, {}, "administrators");
  ASSERT_FALSE(checks.empty());
  for (const Check& check : checks) {
    EXPECT_TRUE(plan.flows[check.flow].id.starts_with("administrators>"));
  }
}

TEST(Checks, RpcOverHttpAsksNoMapper) {
  const plan::Plan plan = plan_of("outlook-anywhere-2003");
  std::size_t found = 0;
  for (const plan::Zone& zone : plan.topology.zones) {
    for (const Check& check : checks_from(plan, zone.name)) {
      const bool http = plan.flows[check.flow].protocol == "RPC over HTTP" && check.address;
      EXPECT_EQ(check.http, http) << plan.flows[check.flow].id;
      if (http) {
        ++found;
        EXPECT_EQ(check.facts.way, Way::bind) << plan.flows[check.flow].id;
      }
    }
  }
  EXPECT_GT(found, 0U);
}

TEST(Scope, WhatThePlanDoesNotHaveIsUsage) {
  const plan::Plan plan = plan_of("internal-firewall-exchange-2003");
  for (const auto& [zone, party] :
       {std::pair{"", ""}, {"moon", ""}, {"", "nobody"}, {"servers", "outlook"}}) {
    const auto scope = scope_of(plan.topology, zone, party);
    ASSERT_FALSE(scope);
    EXPECT_EQ(scope.error().front().exit, Exit::usage);
  }
}

TEST(Registries, TellThePortOfTheFlowsSetting) {
  const plan::Plan plan = plan_of("internal-firewall-exchange-2003");
  auto checks = checks_from(plan, "clients");
  plan::State state;
  state.registry.emplace();
  add_registries(checks, plan, {{0, std::move(state)}}, catalogue::builtin());
  const Check* store = find(plan, checks, "outlook>ex03-1:is-tcp-port");
  ASSERT_TRUE(store->facts.registry);
  EXPECT_FALSE(store->facts.registry->port);
  EXPECT_FALSE(find(plan, checks, "outlook>gc-1:ntds-tcp-port")->facts.registry);
  EXPECT_FALSE(find(plan, checks, "outlook>ex03-1:tcp-135")->facts.registry);
  EXPECT_EQ(find(plan, checks, "outlook>gc-1:ntds-tcp-port")->facts.restart,
            catalogue::Restart::computer);
}

}  // namespace
}  // namespace pinhole::inspect
