// SPDX-License-Identifier: Apache-2.0
// Plans that are good, and what somebody may do to them by hand: each change and its rule.
#include <functional>
#include <iostream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/states.hpp"

namespace pinhole::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

IpAddress address(std::uint32_t last) {
  constexpr std::uint32_t kTen = 10U << 24U;
  return IpAddress::v4(kTen + last);
}

Zone zone(std::string name, std::uint32_t network) {
  Zone made;
  made.name = std::move(name);
  made.networks = {{address(network << 16U), 16}};
  return made;
}

Server server(std::string name, std::string_view of, std::vector<std::string> roles = {}) {
  Server made;
  made.name = std::move(name);
  made.zone = 1;
  made.addresses = {address(1U << 16U)};
  made.product = of;
  made.roles = std::move(roles);
  const Product* product = catalogue::find_product(world(), of);
  made.system = product == nullptr ? OperatingSystem::windows_2003
                                   : system_of(product->dynamic_ranges.front().windows).value();
  return made;
}

/// Clients and servers with a device between them.
Topology site(std::vector<Server> servers) {
  Topology topology;
  topology.zones = {zone("clients", 0), zone("servers", 1), zone("others", 2)};
  Device device;
  device.name = "fw";
  device.interfaces = {{0, "eth0"}, {1, "eth1"}, {2, "eth2"}};
  topology.devices = {device};
  ClientGroup outlook;
  outlook.name = "outlook";
  topology.clients = {outlook};
  topology.servers = std::move(servers);
  return topology;
}

void assign(Plan& plan, Index server, const Setting& where, std::uint16_t port) {
  plan.assignments.push_back(
      {server, std::string(where.service), std::string(where.id), port, {}, Choice::chosen});
  std::ranges::sort(plan.assignments, {}, [](const Assignment& each) {
    return std::pair(each.server, std::string_view(each.setting));
  });
}

Flow flow(std::string id, Index server) {
  Flow made;
  made.id = std::move(id);
  made.to = {Party::Kind::server, server};
  return made;
}

/// Every static port of each server, and the flows of Outlook to them.
Plan plan_for(Topology topology, std::uint16_t shift = 0) {
  Plan plan;
  plan.topology = std::move(topology);
  for (Index i = 0; i < plan.topology.servers.size(); ++i) {
    const Product* of = catalogue::find_product(world(), plan.topology.servers[i].product);
    if (of == nullptr) {
      continue;
    }
    auto port = static_cast<std::uint16_t>(good_port(*of) + shift);
    Flow mapper = flow(fmt::format("mapper {}", i), i);
    mapper.ports.fixed = PortSet({135, 135});
    plan.flows.push_back(mapper);
    for (const Setting* where : static_settings(*of)) {
      if (where->id == "mta-rfc1006-port") {
        continue;
      }
      assign(plan, i, *where, port++);
      Flow rpc = flow(fmt::format("{} {}", where->id, i), i);
      rpc.ports.settings = {{i, std::string(where->id)}};
      plan.flows.push_back(rpc);
    }
  }
  return plan;
}

ServerGroup array(std::vector<Index> servers) {
  ServerGroup made;
  made.name = "outlook.example.com";
  made.servers = std::move(servers);
  return made;
}

Plan array_plan(std::size_t size) {
  std::vector<Server> servers;
  std::vector<Index> members;
  for (Index i = 0; i < size; ++i) {
    servers.push_back(server(fmt::format("cas{}", i), "exchange-2010-sp1", {"client-access"}));
    members.push_back(i);
  }
  Topology topology = site(std::move(servers));
  topology.arrays = {array(members)};
  return plan_for(std::move(topology));
}

/// Servers that all speak X.400 with the first.
Plan x400_plan(std::size_t size) {
  std::vector<Server> servers;
  Need need;
  for (Index i = 0; i < size; ++i) {
    servers.push_back(server(fmt::format("mta{}", i), "exchange-5.5"));
    if (i > 0) {
      need.servers.push_back(i);
    }
  }
  need.server_from = 0;
  need.purposes = {Purpose::x400};
  Topology topology = site(std::move(servers));
  topology.needs = {need};
  Plan plan = plan_for(std::move(topology));
  for (Index i = 0; i < size; ++i) {
    assign(plan, i, setting("mta-rfc1006-port"), 7102);
  }
  return plan;
}

bool is_good(const Findings& findings) {
  return std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.severity > Severity::note; });
}

std::vector<Plan> good_plans() {
  std::vector<Plan> plans;
  for (const Product& of : world().products) {
    for (const std::uint16_t shift : std::initializer_list<std::uint16_t>{0, 10, 50, 200}) {
      plans.push_back(plan_for(site({server("ex1", of.id), server("ex2", of.id)}), shift));
    }
  }
  for (std::size_t size = 1; size <= 10; ++size) {
    plans.push_back(array_plan(size));
    plans.push_back(x400_plan(size));
  }
  return plans;
}

class Count {
 public:
  void expect(const Findings& findings, std::string_view rule, std::string_view what) {
    const bool found = has_rule(findings, rule);
    EXPECT_TRUE(found) << what << " is not " << rule << ":\n" << shown(findings);
    ++total_;
    found_ += found ? 1 : 0;
  }
  void print(const char* what) const {
    std::cout << found_ << " of " << total_ << ' ' << what << " found\n";
  }
  [[nodiscard]] std::size_t total() const { return total_; }

 private:
  std::size_t total_ = 0;
  std::size_t found_ = 0;
};

TEST(PlanMutations, GoodPlansHaveNothingAboveANote) {
  const auto plans = good_plans();
  for (const Plan& plan : plans) {
    const Findings findings = check_plan(plan, {}, world());
    EXPECT_TRUE(is_good(findings)) << plan.topology.servers.front().product << ":\n"
                                   << shown(findings);
  }
  std::cout << plans.size() << " good plans\n";
  EXPECT_GE(plans.size(), 50U);
}

TEST(PlanMutations, APortThatARuleForbidsIsFoundOnEachSetting) {
  Count count;
  for (const Product& of : world().products) {
    const Plan good = plan_for(site({server("ex1", of.id)}));
    for (std::size_t i = 0; i < good.assignments.size(); ++i) {
      for (const catalogue::PortRule& rule : world().rules) {
        if (rule.topic != "reserved" || rule.check != catalogue::Check::forbidden_port) {
          continue;
        }
        Plan plan = good;
        plan.assignments[i].port = static_cast<std::uint16_t>(*rule.low);
        count.expect(check_plan(plan, {}, world()), rule.id, plan.assignments[i].setting);
      }
      Plan plan = good;
      plan.assignments[i].port = 1100;
      count.expect(check_plan(plan, {}, world()), "CHOOSE-NOT1024", plan.assignments[i].setting);
      if (i > 0) {
        plan = good;
        plan.assignments[i].port = plan.assignments[0].port;
        const Findings findings = check_plan(plan, {}, world());
        count.expect(findings,
                     has_rule(findings, "CHOOSE-DISTINCT") ? "CHOOSE-DISTINCT" : "DIFF-SERVICES",
                     plan.assignments[i].setting);
      }
    }
  }
  count.print("spoiled assignments");
  EXPECT_GE(count.total(), 300U);
}

TEST(PlanMutations, AMemberThatDiffersFromItsArrayIsFound) {
  Count count;
  for (std::size_t size = 2; size <= 6; ++size) {
    const Plan good = array_plan(size);
    for (std::size_t i = 0; i < good.assignments.size(); ++i) {
      Plan plan = good;
      plan.assignments[i].port = 60001;
      count.expect(check_plan(plan, {}, world()), "SAME-CAS", "another port");
      plan = good;
      plan.assignments.erase(plan.assignments.begin() + static_cast<std::ptrdiff_t>(i));
      count.expect(check_plan(plan, {}, world()), "SAME-CAS", "no port");
    }
  }
  count.print("arrays that differ");
}

TEST(PlanMutations, APartnerOnAnotherX400PortIsFound) {
  Count count;
  for (std::size_t size = 2; size <= 6; ++size) {
    const Plan good = x400_plan(size);
    for (Index i = 0; i < size; ++i) {
      Plan plan = good;
      const auto at = std::ranges::find_if(plan.assignments, [&](const Assignment& each) {
        return each.server == i && each.setting == "mta-rfc1006-port";
      });
      at->port = 7103;
      count.expect(check_plan(plan, {}, world()), "SAME-X400", "another port");
      plan.assignments.erase(at);
      count.expect(check_plan(plan, {}, world()), "SAME-X400", "the default beside another");
    }
  }
  Plan plan = x400_plan(1);
  plan.topology.clients[0].kind = ClientKind::mta_partner;
  plan.topology.clients[0].rfc1006_port = 102;
  plan.topology.needs[0] = {};
  plan.topology.needs[0].client = 0;
  count.expect(check_plan(plan, {}, world()), "SAME-X400", "a partner outside");
  plan.topology.clients[0].rfc1006_port = 7102;
  EXPECT_TRUE(is_good(check_plan(plan, {}, world())));
  count.print("partners that differ");
}

TEST(PlanMutations, PublicFoldersNeedTheClientAccessPortToo) {
  Plan plan = plan_for(site({server("cas", "exchange-2010-sp1", {"client-access"}),
                             server("mbx", "exchange-2010-sp1", {"mailbox", "public-folders"})}));
  EXPECT_TRUE(is_good(check_plan(plan, {}, world())));
  std::erase_if(plan.assignments, [](const Assignment& each) {
    return each.server == 1 && each.setting == "rca-tcp-port";
  });
  const Findings findings = check_plan(plan, {}, world());
  EXPECT_TRUE(has_rule(findings, "PF-2010"));
  EXPECT_EQ(findings.front().server, "mbx");
}

TEST(PlanMutations, AFilterBetweenServersOfOneOrganisationIsFound) {
  Plan plan = plan_for(site({server("cas", "exchange-2007", {"client-access"}),
                             server("mbx", "exchange-2007", {"mailbox"}), server("dc", "")}));
  EXPECT_TRUE(is_good(check_plan(plan, {}, world())));
  plan.topology.servers[1].zone = 2;
  const Findings split = check_plan(plan, {}, world());
  EXPECT_TRUE(has_rule(split, "FW-UNSUPPORTED"));
  EXPECT_THAT(split.front().message, HasSubstr("fw stands between cas and mbx"));
  plan.topology.servers[1].roles = {"edge-transport"};
  EXPECT_TRUE(is_good(check_plan(plan, {}, world())));
  plan.topology.servers[1].roles = {"mailbox"};
  plan.topology.organisations.resize(2);
  plan.topology.servers[0].organisation = 0;
  plan.topology.servers[1].organisation = 1;
  EXPECT_TRUE(is_good(check_plan(plan, {}, world())));
  plan.topology.servers[1].zone = 1;
  plan.topology.servers[2].zone = 2;
  plan.topology.servers[2].roles = {"domain-controller"};
  plan.topology.servers[2].organisation = 0;
  EXPECT_TRUE(has_rule(check_plan(plan, {}, world()), "FW-UNSUPPORTED"));
  plan.topology.servers[0].product = "exchange-2003";
  plan.topology.servers[1].product = "exchange-2003";
  EXPECT_FALSE(has_rule(check_plan(plan, {}, world()), "FW-UNSUPPORTED"));
}

TEST(PlanMutations, RpcNeedsTheMapperToo) {
  Count count;
  for (const Product& of : world().products) {
    Plan plan = plan_for(site({server("ex1", of.id)}));
    std::erase_if(plan.flows, [](const Flow& each) { return !each.ports.fixed.empty(); });
    count.expect(check_plan(plan, {}, world()), "FW-135", of.id);
  }
  count.print("closed mappers");
}

TEST(PlanMutations, RpcNeitherPassesTranslationNorLikesInspection) {
  Count count;
  for (const Product& of : world().products) {
    const Plan good = plan_for(site({server("ex1", of.id)}));
    Plan plan = good;
    plan.topology.devices[0].translations = {{0, address(5), {}}};
    count.expect(check_plan(plan, {}, world()), "RPCINT-NAT", of.id);
    plan.topology.devices[0].translations[0].from = 2;
    EXPECT_TRUE(is_good(check_plan(plan, {}, world())));
    plan = good;
    plan.topology.devices[0].inspects_dcerpc = true;
    count.expect(check_plan(plan, {}, world()), "FW-INSPECT", of.id);
  }
  count.print("devices that spoil RPC");
}

TEST(PlanMutations, IoreplOverPortsThatNobodyFixedIsNoted) {
  Plan plan;
  plan.topology = site({server("publisher", "exchange-2003", {"back-end"})});
  plan.topology.clients[0].kind = ClientKind::iorepl_publisher;
  Need need;
  need.client = 0;
  need.servers = {0};
  plan.topology.needs = {need};
  EXPECT_THAT(rules_of(check_plan(plan, {}, world())), ElementsAre("PUBSUB "));
  assign(plan, 0, setting("is-tcp-port"), 56001);
  EXPECT_THAT(check_plan(plan, {}, world()), IsEmpty());
}

TEST(PlanMutations, APlannedPortThatAnotherHoldsIsFound) {
  Count count;
  for (const Product& of : world().products) {
    const Plan plan = plan_for(site({server("ex1", of.id)}));
    for (const Assignment& each : plan.assignments) {
      State state;
      state.name = "ex1";
      state.held = {{each.port, false, {}, "sqlservr.exe", {}}};
      const State states[] = {state};
      count.expect(check_plan(plan, states, world()), "CHOOSE-FREE", each.setting);
      state.name = "ex2";
      const State others[] = {state};
      EXPECT_TRUE(is_good(check_plan(plan, others, world())));
    }
  }
  count.print("planned ports that are taken");
}

/// The state that a plan leads to.
State applied(const Plan& plan) {
  State state = empty_state();
  state.endpoints.emplace();
  const Product& of = product(plan.topology.servers[0].product);
  for (const Assignment& each : plan.assignments) {
    set_number(state, setting(each.setting), each.port);
    const Reader reader = reader_of(world(), &of, setting(each.setting));
    for (const catalogue::InterfaceInfo* interface : reader.listener->interfaces) {
      state.endpoints->push_back(
          {interface->uuid, {}, {}, "ncacn_ip_tcp", fmt::format("{}", each.port), "", {}});
    }
  }
  return state;
}

TEST(PlanMutations, EveryDriftFromThePlanIsFound) {
  Count count;
  for (const Product& of : world().products) {
    const Plan plan = plan_for(site({server("ex1", of.id)}));
    const State good = applied(plan);
    EXPECT_THAT(drift(plan, "ex1", good, world()), IsEmpty()) << of.id;
    EXPECT_THAT(drift(plan, "ex2", good, world()), IsEmpty());
    EXPECT_THAT(drift(plan, "ex1", State{}, world()), IsEmpty());
    for (const Assignment& each : plan.assignments) {
      const Setting& where = setting(each.setting);
      State state = good;
      unset(state, where);
      count.expect(drift(plan, "ex1", state, world()), "DRIFT-MISSING", each.setting);
      set_number(state, where, 57777);
      count.expect(drift(plan, "ex1", state, world()), "DRIFT-VALUE", each.setting);
      set(state, where, registry::Value::of_multi_sz({"5"}));
      count.expect(drift(plan, "ex1", state, world()), "DRIFT-VALUE", each.setting);
      state = good;
      for (SeenEndpoint& seen : *state.endpoints) {
        seen.endpoint = seen.endpoint == fmt::format("{}", each.port) ? "1027" : seen.endpoint;
      }
      count.expect(drift(plan, "ex1", state, world()), "DRIFT-ENDPOINT", each.setting);
      Plan less = plan;
      std::erase_if(less.assignments,
                    [&](const Assignment& other) { return other.setting == each.setting; });
      count.expect(drift(less, "ex1", good, world()), "DRIFT-EXTRA", each.setting);
    }
  }
  count.print("drifts");
}

TEST(PlanMutations, ADriftThatIsHexadecimalSaysSo) {
  Plan plan = plan_for(site({server("ex1", "exchange-2007", {"mailbox"})}));
  plan.assignments[0].port = 5003;
  State state = applied(plan);
  set_number(state, setting(plan.assignments[0].setting), 0x5003);
  EXPECT_THAT(drift(plan, "ex1", state, world()).front().message,
              HasSubstr("the plan has 5003: 20483 is 0x5003"));
}

}  // namespace
}  // namespace pinhole::plan
