// SPDX-License-Identifier: Apache-2.0
#include "plan/make_plan.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/port_settings.hpp"
#include "plan/solver.hpp"
#include "plan/topology_lookup.hpp"
#include "registry/key.hpp"
#include "support/random.hpp"

namespace pinhole::plan {
namespace {

using testing::Contains;
using testing::Each;
using testing::Field;
using testing::IsEmpty;
using testing::Not;

struct Kind {
  std::string product;
  OperatingSystem system;
  std::vector<std::string> roles;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kinds{
      {"exchange-4.0", OperatingSystem::nt4, {}},
      {"exchange-5.5", OperatingSystem::nt4, {}},
      {"exchange-5.5", OperatingSystem::windows_2000, {}},
      {"exchange-2000", OperatingSystem::windows_2000, {"back-end", "mixed-mode"}},
      {"exchange-2003", OperatingSystem::windows_2003, {"back-end", "site-replication"}},
      {"exchange-2003", OperatingSystem::windows_2003, {"front-end"}},
      {"exchange-2007", OperatingSystem::windows_2003, {"mailbox"}},
      {"exchange-2007", OperatingSystem::windows_2008, {"mailbox"}},
      {"exchange-2010", OperatingSystem::windows_2008_r2, {"client-access"}},
      {"exchange-2010-sp1", OperatingSystem::windows_2008_r2, {"client-access", "mailbox"}},
      {"exchange-2010-sp1", OperatingSystem::windows_2008_r2, {"mailbox", "public-folders"}},
      {"exchange-2003", OperatingSystem::windows_2003, {"back-end", "domain-controller", "frs"}},
      {"", OperatingSystem::windows_2003, {"domain-controller", "frs"}},
      {"", OperatingSystem::windows_2008_r2, {"domain-controller", "global-catalog"}},
      {"", OperatingSystem::linux, {"domain-controller"}},
  };
  return kinds;
}

class Sites {
 public:
  explicit Sites(std::mt19937& source) : source_(&source) {}

  std::uint32_t number(std::uint32_t low, std::uint32_t high) {
    return std::uniform_int_distribution<std::uint32_t>(low, high)(*source_);
  }

  std::uint16_t port() { return static_cast<std::uint16_t>(number(1, 65535)); }

  Server server(std::string name) {
    const Kind& kind = kinds()[number(0, static_cast<std::uint32_t>(kinds().size()) - 1)];
    Server made;
    made.name = std::move(name);
    made.product = kind.product;
    made.system = kind.system;
    made.roles = kind.roles;
    made.addresses = {IpAddress::v4(0x0a000001 + next_++)};
    return made;
  }

  Topology topology() {
    Topology made;
    made.zones.push_back({"z", {*parse_prefix("10.0.0.0/8")}, {}, {}});
    const auto count = number(1, 20);
    for (std::uint32_t i = 0; i < count; ++i) {
      made.servers.push_back(server(fmt::format("s{}", i)));
    }
    group(made);
    if (number(0, 1) == 0) {
      const auto low = static_cast<std::uint16_t>(number(1200, 60000));
      made.policy.wanted = PortRange{low, static_cast<std::uint16_t>(low + number(0, 40))};
    }
    for (std::uint32_t i = number(0, 3); i > 0; --i) {
      const std::uint16_t low = port();
      made.policy.avoid.insert({low, std::max(low, static_cast<std::uint16_t>(low + 5))});
    }
    return made;
  }

  /// A state with random ports in some settings, and random holders.
  State state(const Server& server) {
    State made;
    made.name = server.name;
    made.registry.emplace();
    for (const PortListener& row : port_listeners(catalogue::builtin(), server)) {
      const auto path = registry::parse_path(row.setting->key);
      if (path && number(0, 1) == 0) {
        registry::make(*made.registry, *path)
            .values.insert_or_assign(std::string(row.setting->value), value(*row.setting));
      }
    }
    std::vector<HeldPort> held;
    for (std::uint32_t i = number(0, 5); i > 0; --i) {
      held.push_back({port(), number(0, 4) == 0, {}, "other.exe", {}});
    }
    held.push_back({5001, false, {}, "other.exe", {}});
    made.held = held;
    return made;
  }

 private:
  registry::Value value(const catalogue::Setting& setting) {
    const std::uint32_t number = this->number(0, 3) == 0 ? this->number(5001, 5010) : port();
    return setting.type == catalogue::ValueType::reg_sz
               ? registry::Value::of_sz(fmt::format("{}", number))
               : registry::Value::of_dword(number);
  }

  void group(Topology& topology) {
    ServerGroup array{"array", {}, {}, {}};
    ServerGroup cluster{"cluster", {}, {}, {}};
    for (Index i = 0; i < topology.servers.size(); ++i) {
      Server& server = topology.servers[i];
      if (server.product.starts_with("exchange-2010") && has_role(server, "client-access")) {
        server.array = array.name;
        array.servers.push_back(i);
      } else if (server.product == "exchange-2007") {
        server.cluster = cluster.name;
        cluster.servers.push_back(i);
      }
    }
    if (!array.servers.empty()) {
      topology.arrays.push_back(array);
    }
    if (!cluster.servers.empty()) {
      topology.clusters.push_back(cluster);
    }
  }

  std::mt19937* source_;
  std::uint32_t next_ = 0;
};

std::string text(const Topology& topology, const Assignment& each) {
  return fmt::format("{} {} {} on {} {}", each.setting, each.port, static_cast<int>(each.choice),
                     topology.servers[each.server].name, topology.servers[each.server].product);
}

/// Rules about single ports and about one server; a group that is on either side of a firewall,
/// say, is no mistake of the ports.
bool is_about_ports(const Finding& finding) {
  static const std::set<std::string> other{"FW-UNSUPPORTED", "PF-2010", "FW-135"};
  return !other.contains(finding.rule);
}

TEST(MakePlan, BreaksNoRuleWhateverTheSite) {
  SCOPED_TRACE(support::how_to_repeat());
  auto source = support::random_source();
  Sites sites(source);
  for (std::size_t run = support::random_runs(2000); run > 0; --run) {
    const Topology topology = sites.topology();
    std::vector<State> states;
    for (const Server& server : topology.servers) {
      if (sites.number(0, 1) == 0) {
        states.push_back(sites.state(server));
      }
    }
    const Plan plan = make_plan(topology, catalogue::builtin(), states);
    std::set<std::pair<std::string, std::string>> unsolved;
    const Solution solution = solve(topology, catalogue::builtin(), states);
    for (const Finding& each : solution.findings) {
      unsolved.emplace(each.server, each.subject);
    }
    for (const Finding& each : plan.findings) {
      const bool said = unsolved.contains({each.server, each.subject});
      EXPECT_TRUE(each.severity != Severity::error || said || !is_about_ports(each))
          << each.rule << ": " << each.message;
    }
    std::map<std::pair<std::string, std::string>, std::set<std::uint16_t>> in_group;
    std::map<Index, std::set<std::uint16_t>> used;
    for (const Assignment& each : plan.assignments) {
      const Server& server = topology.servers[each.server];
      if (each.setting == "mta-rfc1006-port") {
        continue;  // 102 for all that speak X.400 with each other, unless one has another
      }
      EXPECT_GE(each.port, 1200) << text(topology, each);
      EXPECT_FALSE(topology.policy.avoid.contains(each.port)) << text(topology, each);
      EXPECT_TRUE(used[each.server].insert(each.port).second) << text(topology, each);
      if (!server.array.empty() || !server.cluster.empty()) {
        in_group[{server.array + server.cluster, each.service + each.setting.substr(0, 7)}].insert(
            each.port);
      }
      if (each.choice != Choice::kept && each.choice != Choice::same && topology.policy.wanted) {
        EXPECT_TRUE(PortSet(*topology.policy.wanted).contains(each.port)) << text(topology, each);
      }
    }
    for (const auto& [group, ports] : in_group) {
      EXPECT_EQ(ports.size(), 1U) << group.first << " " << group.second;
    }
  }
}

TEST(MakePlan, MovesNobodyForAServerThatComesLater) {
  SCOPED_TRACE(support::how_to_repeat());
  auto source = support::random_source();
  Sites sites(source);
  for (std::size_t run = support::random_runs(2000); run > 0; --run) {
    Topology topology = sites.topology();
    std::vector<State> states;
    for (const Server& server : topology.servers) {
      states.push_back(sites.state(server));
    }
    const auto before = solve(topology, catalogue::builtin(), states).assignments;
    topology.servers.push_back(sites.server("later"));
    auto after = solve(topology, catalogue::builtin(), states).assignments;
    std::erase_if(
        after, [&](const Assignment& each) { return each.server + 1 == topology.servers.size(); });
    EXPECT_EQ(before, after);
  }
}

TEST(MakePlan, GivesTheSamePlanForTheSameInput) {
  auto source = support::random_source();
  Sites sites(source);
  const Topology topology = sites.topology();
  const Plan a = make_plan(topology, catalogue::builtin(), {});
  const Plan b = make_plan(topology, catalogue::builtin(), {});
  EXPECT_EQ(a.assignments, b.assignments);
  EXPECT_EQ(a.flows, b.flows);
  EXPECT_EQ(a.restarts, b.restarts);
  EXPECT_EQ(a.findings, b.findings);
}

Topology array_site() {
  Topology made;
  made.zones = {{"clients", {*parse_prefix("10.1.0.0/16")}, {}, {}},
                {"servers", {*parse_prefix("10.2.0.0/16")}, {}, {}}};
  made.arrays = {{"outlook", {}, {0, 1}, {}}};
  for (std::uint32_t i = 0; i < 2; ++i) {
    Server server;
    server.name = fmt::format("cas-{}", i + 1);
    server.zone = 1;
    server.addresses = {IpAddress::v4(0x0a020001 + i)};
    server.system = OperatingSystem::windows_2008_r2;
    server.product = "exchange-2010-sp1";
    server.roles = {"client-access"};
    server.array = "outlook";
    made.servers.push_back(server);
  }
  made.clients.push_back({"people", ClientKind::mapi, 0, {}, Ssl::also, {}, {}, {}});
  made.needs.push_back({0, {}, {0, 1}, {}, {}, "mail", {}});
  return made;
}

TEST(MakePlan, PutsPortsFlowsAndRestartsTogether) {
  const Plan plan = make_plan(array_site(), catalogue::builtin(), {});
  EXPECT_THAT(plan.findings, Each(Field(&Finding::severity, Severity::note)));
  EXPECT_THAT(plan.findings, Contains(Field(&Finding::rule, "CHOOSE-E2010-INSIDE")));
  EXPECT_EQ(plan.assignments.size(), 4U);
  EXPECT_EQ(plan.restarts.size(), 2U);
  PortSet ports;
  for (const Flow& flow : plan.flows) {
    const PortSet own = ports_of(plan, flow, catalogue::builtin());
    for (const PortRange& range : own.ranges()) {
      ports.insert(range);
    }
  }
  EXPECT_EQ(to_string(ports), "135,59532-59533");
}

TEST(MakePlan, SaysWhoseStateNobodyHasShown) {
  State shown;
  shown.name = "cas-1";
  shown.registry.emplace();
  const Topology site = array_site();
  shown.name = site.servers[0].name;
  const Plan plan = make_plan(site, catalogue::builtin(), {{shown}});
  const auto found = std::ranges::find(plan.findings, "state-unknown", &Finding::rule);
  ASSERT_NE(found, plan.findings.end());
  EXPECT_EQ(found->server, site.servers[1].name);
  EXPECT_THAT(found->message, testing::HasSubstr("held before is not known"));
}

TEST(MakePlan, SaysWhichPinIsNotWanted) {
  Topology site = array_site();
  site.policy.wanted = PortRange{5001, 5100};
  site.policy.pinned = {{0, "rca-tcp-port", 5050, {}}, {1, "rca-tcp-port", 59532, {}}};
  const Plan plan = make_plan(site, catalogue::builtin(), {});
  const auto found = std::ranges::find(plan.findings, "pin-outside-wanted", &Finding::rule);
  ASSERT_NE(found, plan.findings.end());
  EXPECT_EQ(found->message,
            "rca-tcp-port is pinned to 59532, which is not in the wanted range 5001-5100");
}

TEST(MakePlan, SaysWhichDynamicRangeStandsOpen) {
  Topology site = array_site();
  site.zones.push_back({"admins", {*parse_prefix("10.99.0.0/16")}, {}, {}});
  site.servers[0].roles.emplace_back("mailbox");
  site.clients.push_back({"console", ClientKind::administration, 2, {}, Ssl::also, {}, {}, {}});
  site.needs.push_back({1, {}, {0}, {}, {}, "administration", {}});
  const Plan plan = make_plan(site, catalogue::builtin(), {});
  const auto found = std::ranges::find(plan.findings, "dynamic-range-open", &Finding::rule);
  ASSERT_NE(found, plan.findings.end());
  EXPECT_THAT(found->message, testing::HasSubstr(" stand open to console"));
}

TEST(MakePlan, SaysWhoIsReferredToACatalogThatNobodyNamed) {
  Topology site = array_site();
  Server old = site.servers[0];
  old.name = "old";
  old.addresses = {IpAddress::v4(0x0a020009)};
  old.system = OperatingSystem::windows_2003;
  old.product = "exchange-2003";
  old.roles = {"back-end"};
  old.array.clear();
  Server catalog = old;
  catalog.name = "gc";
  catalog.addresses = {IpAddress::v4(0x0a02000a)};
  catalog.product.clear();
  catalog.roles = {"domain-controller", "global-catalog"};
  site.servers.push_back(old);
  site.servers.push_back(catalog);
  site.needs[0].servers = {2};
  const auto rule = Contains(Field(&Finding::rule, "no-global-catalog"));
  EXPECT_THAT(make_plan(site, catalogue::builtin(), {}).findings, rule);
  site.needs[0].servers = {2, 3};
  EXPECT_THAT(make_plan(site, catalogue::builtin(), {}).findings, Not(rule));
}

TEST(MakePlan, SaysWhatTheSolverFound) {
  Topology site = array_site();
  site.policy.wanted = PortRange{6001, 6004};
  const Plan plan = make_plan(site, catalogue::builtin(), {});
  EXPECT_THAT(plan.assignments, IsEmpty());
  EXPECT_THAT(plan.findings, Contains(Field(&Finding::rule, "DIFF-SERVICES")));
}

TEST(Plan, FindsAssignmentsByServerAndSetting) {
  const Plan plan = make_plan(array_site(), catalogue::builtin(), {});
  ASSERT_NE(find_assignment(plan, 1, "rca-tcp-port"), nullptr);
  EXPECT_EQ(find_assignment(plan, 1, "rca-tcp-port")->port, 59532);
  EXPECT_EQ(find_assignment(plan, 2, "rca-tcp-port"), nullptr);
  EXPECT_EQ(find_assignment(plan, 0, "is-tcp-port"), nullptr);
}

TEST(Plan, KnowsTheDynamicRangeOfAServer) {
  const auto range = [](std::string product, OperatingSystem system) {
    Server server;
    server.product = std::move(product);
    server.system = system;
    return to_string(dynamic_range_of(server, catalogue::builtin()));
  };
  EXPECT_EQ(range("", OperatingSystem::nt4), "1024-5000");
  EXPECT_EQ(range("", OperatingSystem::windows_2003), "1025-5000");
  EXPECT_EQ(range("", OperatingSystem::windows_2012), "49152-65535");
  EXPECT_EQ(range("", OperatingSystem::linux), "49152-65535");
  EXPECT_EQ(range("exchange-2007", OperatingSystem::windows_2003), "1025-5000");
  EXPECT_EQ(range("exchange-2007", OperatingSystem::windows_2008), "1025-60000");
  EXPECT_EQ(range("exchange-2010", OperatingSystem::windows_2008_r2), "6005-65534");
  EXPECT_EQ(range("exchange-2010", OperatingSystem::linux), "6005-65534");
}

}  // namespace
}  // namespace pinhole::plan
