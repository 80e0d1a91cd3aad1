// SPDX-License-Identifier: Apache-2.0
#include "plan/solver.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/topology_lookup.hpp"
#include "plan/topology_read.hpp"
#include "registry/key.hpp"

namespace pinhole::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr std::string_view kZone = R"([[zone]]
name = "z"
networks = ["10.0.0.0/8"]
)";

int next_host = 0;

std::string server(std::string_view name, std::string_view rest) {
  ++next_host;
  return fmt::format("[[server]]\nname = \"{}\"\nzone = \"z\"\naddresses = [\"10.0.{}.{}\"]\n{}\n",
                     name, next_host / 250, next_host % 250 + 1, rest);
}

constexpr std::string_view k55 = "product = \"exchange-5.5\"\nsystem = \"nt4\"";
constexpr std::string_view k2003 = "product = \"exchange-2003\"\nroles = [\"back-end\"]";
constexpr std::string_view k2007 = "product = \"exchange-2007\"\nroles = [\"mailbox\"]";
constexpr std::string_view k2010 = "product = \"exchange-2010-sp1\"\nroles = [\"client-access\"]";

Topology topology(const std::string& text) {
  auto read = read_topology(std::string(kZone) + text, "site.toml", catalogue::builtin());
  if (!read) {
    for (const Diagnostic& each : read.error()) {
      ADD_FAILURE() << to_string(each);
    }
    return {};
  }
  return std::move(*read);
}

using Ports = std::map<std::string, int>;

/// `server/setting` and its port.
Ports ports_of(const Topology& topology, const Solution& solution) {
  Ports ports;
  for (const Assignment& each : solution.assignments) {
    ports[topology.servers[each.server].name + "/" + each.setting] = each.port;
  }
  return ports;
}

Ports solve_text(const std::string& text, const std::vector<State>& states = {}) {
  const Topology site = topology(text);
  const Solution solution = solve(site, catalogue::builtin(), states);
  EXPECT_THAT(solution.findings, IsEmpty());
  return ports_of(site, solution);
}

const catalogue::Setting& setting(std::string_view id) {
  for (const catalogue::Setting& each : catalogue::builtin().settings) {
    if (each.id == id) {
      return each;
    }
  }
  throw std::out_of_range(std::string(id));
}

void set_dword(State& state, std::string_view id, std::uint32_t number) {
  if (!state.registry) {
    state.registry.emplace();
  }
  const auto path = registry::parse_path(setting(id).key);
  registry::make(*state.registry, *path)
      .values.insert_or_assign(std::string(setting(id).value), registry::Value::of_dword(number));
}

State state_with(std::string name, std::string_view id, std::uint32_t number) {
  State state;
  state.name = std::move(name);
  set_dword(state, id, number);
  return state;
}

TEST(Solver, KeepsFiveThousandFreeOnExchange55) {
  EXPECT_THAT(
      solve_text(server("ex", k55)),
      UnorderedElementsAre(Pair("ex/is-tcp-port-5.5", 5001), Pair("ex/sa-tcp-port-5.5", 5002),
                           Pair("ex/ds-tcp-port", 5003), Pair("ex/mta-rpc-port", 5005)));
}

TEST(Solver, GivesExchange2003PortsAboveTheDynamicRange) {
  EXPECT_THAT(solve_text(server("ex", k2003)),
              UnorderedElementsAre(Pair("ex/is-tcp-port", 5001), Pair("ex/sa-tcp-port", 5002),
                                   Pair("ex/sa-nspi-port", 5004)));
}

TEST(Solver, TakesTheExampleOfExchange2007) {
  EXPECT_THAT(solve_text(server("ex", k2007)),
              UnorderedElementsAre(Pair("ex/is-tcp-port", 56001), Pair("ex/sa-tcp-port", 56002),
                                   Pair("ex/sa-nspi-port", 56004)));
}

TEST(Solver, LeavesTheDynamicRangeOfExchange2007OnWindows2008) {
  for (const auto& [name, port] :
       solve_text(server("ex", std::string(k2007) + "\nsystem = \"windows-2008\""))) {
    EXPECT_GT(port, 60000) << name;
  }
}

TEST(Solver, TakesTheExampleOfExchange2010) {
  EXPECT_THAT(solve_text(server("cas", k2010)),
              ElementsAre(Pair("cas/ab-rpctcpport", 59533), Pair("cas/rca-tcp-port", 59532)));
}

TEST(Solver, PutsTheAddressBookOfRtmIntoItsConfigFile) {
  EXPECT_THAT(
      solve_text(server("cas", "product = \"exchange-2010\"\nroles = [\"client-access\"]")),
      ElementsAre(Pair("cas/ab-rpctcpport-config", 59533), Pair("cas/rca-tcp-port", 59532)));
}

TEST(Solver, GivesDomainControllersPortsOfTheirOwn) {
  EXPECT_THAT(solve_text(server("dc",
                                "system = \"windows-2003\"\n"
                                "roles = [\"domain-controller\", \"frs\"]")),
              ElementsAre(Pair("dc/frs-tcp-port", 5012), Pair("dc/netlogon-tcp-port", 5011),
                          Pair("dc/ntds-tcp-port", 5010)));
  EXPECT_THAT(solve_text(server("dc", "system = \"linux\"\nroles = [\"domain-controller\"]")),
              ElementsAre(Pair("dc/netlogon-tcp-port", 5011), Pair("dc/ntds-tcp-port", 5010)));
}

TEST(Solver, SaysWhoStaysDynamic) {
  const Topology site =
      topology(server("ex", "product = \"exchange-4.0\"\nsystem = \"nt4\"") +
               server("files", "system = \"windows-2008-r2\"\nroles = [\"dfsr\"]"));
  const Solution solution = solve(site, catalogue::builtin(), {});
  EXPECT_THAT(ports_of(site, solution), SizeIs(4));
  ASSERT_THAT(solution.findings, SizeIs(1));
  EXPECT_EQ(solution.findings[0].service, "MSExchangeMTA");
  EXPECT_EQ(solution.findings[0].severity, Severity::note);
  EXPECT_EQ(solution.findings[0].message,
            "MSExchangeMTA of ex stays dynamic: no setting that it reads there fixes its port");
}

TEST(Solver, FixesTheCertificationAuthorityByItsEndpoints) {
  const std::string authority =
      server("ca", "system = \"windows-2008-r2\"\nroles = [\"certificate-services\"]");
  EXPECT_THAT(solve_text(authority), ElementsAre(Pair("ca/adcs-endpoints", 5014)));
  State state;
  state.name = "ca";
  state.registry.emplace();
  const auto path = registry::parse_path(setting("adcs-endpoints").key);
  registry::make(*state.registry, *path)
      .values.insert_or_assign("Endpoints", registry::Value::of_multi_sz({"ncacn_ip_tcp,0,4000"}));
  EXPECT_THAT(solve_text(authority, {state}), ElementsAre(Pair("ca/adcs-endpoints", 4000)));
  EXPECT_THAT(solve_text(authority + "[[pin]]\nserver = \"ca\"\nsetting = \"adcs-endpoints\"\n"
                                     "port = 4001\n"),
              ElementsAre(Pair("ca/adcs-endpoints", 4001)));
}

TEST(Solver, TakesPortsFromWhatIsWanted) {
  const auto ports = solve_text(server("ex", k2007) + "[policy]\nwanted = \"7100-7109\"\n");
  EXPECT_THAT(ports, ElementsAre(Pair("ex/is-tcp-port", 7100), Pair("ex/sa-nspi-port", 7103),
                                 Pair("ex/sa-tcp-port", 7101)));
}

TEST(Solver, LetsPinsWin) {
  const std::string pin = "[[pin]]\nserver = \"ex\"\nsetting = \"is-tcp-port\"\nport = 56002\n";
  const Topology site = topology(server("ex", k2007) + pin);
  const Solution solution =
      solve(site, catalogue::builtin(), std::vector{state_with("ex", "is-tcp-port", 56010)});
  const auto ports = ports_of(site, solution);
  EXPECT_EQ(ports.at("ex/is-tcp-port"), 56002);
  EXPECT_NE(ports.at("ex/sa-tcp-port"), 56002);
  EXPECT_EQ(solution.assignments.front().choice, Choice::pinned);
  EXPECT_EQ(solution.assignments.front().before, 56010);
}

TEST(Solver, KeepsWhatBreaksNoRule) {
  const Topology site = topology(server("ex", k2007) + "[policy]\nwanted = \"7100-7109\"\n");
  const Solution solution =
      solve(site, catalogue::builtin(), std::vector{state_with("ex", "is-tcp-port", 56010)});
  EXPECT_EQ(solution.assignments.front().port, 56010);
  EXPECT_EQ(solution.assignments.front().choice, Choice::kept);
}

class Moved : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Moved, FromAPortThatBreaksARule) {
  const auto ports = solve_text(server("ex", k2007), {state_with("ex", "is-tcp-port", GetParam())});
  EXPECT_EQ(ports.at("ex/is-tcp-port"), 56001);
}

INSTANTIATE_TEST_SUITE_P(Rules, Moved,
                         testing::Values(135, 593, 1024, 1199, 3268, 5000, 4999, 6001, 6003, 6004,
                                         50636, 64327, 0, 65536, 8080));

TEST(Solver, MovesWhatThePolicyAvoids) {
  const auto ports = solve_text(server("ex", k2007) + "[policy]\navoid = \"56001-56010\"\n",
                                {state_with("ex", "is-tcp-port", 56010)});
  EXPECT_EQ(ports.at("ex/is-tcp-port"), 5001);
}

TEST(Solver, MovesOneOfTwoThatHaveTheSamePort) {
  State state = state_with("ex", "is-tcp-port", 7000 + 77);
  set_dword(state, "sa-tcp-port", 7077);
  const auto ports = solve_text(server("ex", k2007), {state});
  EXPECT_EQ(ports.at("ex/is-tcp-port"), 7077);
  EXPECT_EQ(ports.at("ex/sa-tcp-port"), 56002);
}

TEST(Solver, KeepsClearOfPortsThatOthersHold) {
  State state;
  state.name = "ex";
  state.held = std::vector<HeldPort>{{56001, false, {}, "backup.exe", {}},
                                     {56002, false, {}, "mad.exe", {}},
                                     {56004, true, {}, "dns.exe", {}}};
  const auto ports = solve_text(server("ex", k2007), {state});
  EXPECT_EQ(ports.at("ex/is-tcp-port"), 5001);
  EXPECT_EQ(ports.at("ex/sa-tcp-port"), 56002) << "its own process has it";
  EXPECT_EQ(ports.at("ex/sa-nspi-port"), 56004) << "UDP is another port";
}

TEST(Solver, TakesANamelessHolderForTheServiceThatIsSetToThePort) {
  State state = state_with("ex", "is-tcp-port", 56010);
  state.held = std::vector<HeldPort>{{56010, false, {}, "", {}}, {56002, false, {}, "", {}}};
  const auto ports = solve_text(server("ex", k2007), {state});
  EXPECT_EQ(ports.at("ex/is-tcp-port"), 56010);
  EXPECT_NE(ports.at("ex/sa-tcp-port"), 56002);
}

TEST(Solver, AvoidsADynamicRangeThatTheRegistryMadeWider) {
  State state = state_with("ex", "tcpip-max-user-port", 60000);
  for (const auto& [name, port] : solve_text(server("ex", k2003), {state})) {
    EXPECT_GT(port, 60000) << name;
  }
}

TEST(Solver, KeepsTheStateOfSambaAndOfAConfigFile) {
  State samba;
  samba.name = "dc";
  samba.smb_conf = std::vector<NamedText>{{"rpc server port", "5555", {}},
                                          {"RPC Server Port : netlogon", "5556", {}}};
  EXPECT_THAT(
      solve_text(server("dc", "system = \"linux\"\nroles = [\"domain-controller\"]"), {samba}),
      ElementsAre(Pair("dc/netlogon-tcp-port", 5556), Pair("dc/ntds-tcp-port", 5555)));
  State config;
  config.name = "cas";
  config.app_settings = std::vector<NamedText>{{"RpcTcpPort", "59600", {}}};
  EXPECT_EQ(solve_text(server("cas", "product = \"exchange-2010\"\nroles = [\"client-access\"]"),
                       {config})
                .at("cas/ab-rpctcpport-config"),
            59600);
}

std::string array_of(int members, const std::string& more = {}) {
  std::string text = "[[array]]\nname = \"outlook\"\n";
  for (int i = 1; i <= members; ++i) {
    text += server(fmt::format("cas-{}", i), std::string(k2010) + "\narray = \"outlook\"" + more);
  }
  return text;
}

TEST(Solver, GivesAnArrayOnePortForEachService) {
  State held;
  held.name = "cas-2";
  held.held = std::vector<HeldPort>{{59532, false, {}, "backup.exe", {}}};
  const auto ports = solve_text(array_of(3), {held});
  EXPECT_EQ(ports.at("cas-1/rca-tcp-port"), 59537) << "free on all, in the advised range";
  EXPECT_EQ(ports.at("cas-2/rca-tcp-port"), ports.at("cas-1/rca-tcp-port"));
  EXPECT_EQ(ports.at("cas-3/rca-tcp-port"), ports.at("cas-1/rca-tcp-port"));
  EXPECT_EQ(ports.at("cas-3/ab-rpctcpport"), 59533);
}

TEST(Solver, LetsAnArrayFollowTheMostOfItsMembers) {
  const Topology site = topology(array_of(3));
  const std::vector states{state_with("cas-1", "rca-tcp-port", 59540),
                           state_with("cas-2", "rca-tcp-port", 59550),
                           state_with("cas-3", "rca-tcp-port", 59550)};
  const Solution solution = solve(site, catalogue::builtin(), states);
  std::vector<std::pair<int, Choice>> seen;
  for (const Assignment& each : solution.assignments) {
    if (each.setting == "rca-tcp-port") {
      seen.emplace_back(each.port, each.choice);
    }
  }
  EXPECT_THAT(seen, ElementsAre(Pair(59550, Choice::same), Pair(59550, Choice::kept),
                                Pair(59550, Choice::kept)));
}

TEST(Solver, LetsAPinOfOneMemberSpeakForItsArray) {
  const Topology site = topology(
      array_of(2) + "[[pin]]\nserver = \"cas-2\"\nsetting = \"ab-rpctcpport\"\nport = 59999\n");
  const Solution solution = solve(site, catalogue::builtin(), {});
  EXPECT_THAT(solution.findings, IsEmpty());
  EXPECT_EQ(ports_of(site, solution).at("cas-1/ab-rpctcpport"), 59999);
  EXPECT_EQ(solution.assignments[0].choice, Choice::same);
  EXPECT_EQ(solution.assignments[2].choice, Choice::pinned);
}

TEST(Solver, SaysThatTwoPinsOfAnArrayContradictEachOther) {
  const Topology site = topology(
      array_of(2) + "[[pin]]\nserver = \"cas-1\"\nsetting = \"rca-tcp-port\"\nport = 59998\n" +
      "[[pin]]\nserver = \"cas-2\"\nsetting = \"rca-tcp-port\"\nport = 59999\n");
  const Solution solution = solve(site, catalogue::builtin(), {});
  ASSERT_THAT(solution.findings, SizeIs(1));
  EXPECT_EQ(solution.findings[0].rule, "SAME-CAS");
  EXPECT_EQ(solution.findings[0].severity, Severity::error);
  EXPECT_EQ(solution.findings[0].message,
            "MSExchangeRPC needs one port on cas-1, cas-2: cas-1 is pinned to 59998, but cas-2 is "
            "pinned to 59999");
}

TEST(Solver, SaysWhoCannotHaveThePinOfItsArray) {
  const Topology site = topology(
      array_of(2) + "[[pin]]\nserver = \"cas-1\"\nsetting = \"rca-tcp-port\"\nport = 59998\n");
  State held;
  held.name = "cas-2";
  held.held = std::vector<HeldPort>{{59998, false, {}, "backup.exe", {}}};
  const Solution solution = solve(site, catalogue::builtin(), std::vector{held});
  ASSERT_THAT(solution.findings, SizeIs(1));
  EXPECT_EQ(solution.findings[0].message,
            "MSExchangeRPC of cas-2 needs port 59998 as its partners have it, but backup.exe holds "
            "it");
  EXPECT_FALSE(ports_of(site, solution).contains("cas-2/rca-tcp-port"));
}

TEST(Solver, TreatsClustersAndLoadBalancersAsArrays) {
  const std::string balancer =
      "[[load_balancer]]\nname = \"lb\"\nzone = \"z\"\naddresses = [\"10.200.0.1\"]\n"
      "servers = [\"a\", \"b\"]\n";
  State held;
  held.name = "b";
  held.held = std::vector<HeldPort>{{59533, false, {}, "backup.exe", {}}};
  auto ports = solve_text(server("a", k2010) + server("b", k2010) + balancer, {held});
  EXPECT_EQ(ports.at("a/ab-rpctcpport"), ports.at("b/ab-rpctcpport"));
  EXPECT_NE(ports.at("b/ab-rpctcpport"), 59533);
  const std::string in = "\ncluster = \"c\"";
  held.held = std::vector<HeldPort>{{56001, false, {}, "backup.exe", {}}};
  ports = solve_text("[[cluster]]\nname = \"c\"\n" + server("a", std::string(k2007) + in) +
                         server("b", std::string(k2007) + in),
                     {held});
  EXPECT_EQ(ports.at("a/is-tcp-port"), ports.at("b/is-tcp-port"));
  EXPECT_NE(ports.at("b/is-tcp-port"), 56001);
}

std::string partners(const std::string& need, const std::string& more = {}) {
  return server("a", k55) + server("b", k55) +
         "[[client]]\nname = \"partner\"\nkind = \"mta-partner\"\nzone = \"z\"\n" + more +
         "[[need]]\nfrom = \"partner\"\nto = [\"a\"]\n" + need;
}

constexpr std::string_view kX400 = "[[need]]\nfrom = \"a\"\nto = [\"b\"]\nfor = [\"x400\"]\n";

TEST(Solver, LeavesX400OnItsDefault) {
  EXPECT_FALSE(solve_text(partners({})).contains("a/mta-rfc1006-port"));
}

TEST(Solver, GivesX400ThePortOfThePartner) {
  auto ports = solve_text(partners({}, "rfc1006_port = 3000\n"));
  EXPECT_EQ(ports.at("a/mta-rfc1006-port"), 3000);
  EXPECT_FALSE(ports.contains("b/mta-rfc1006-port")) << "it does not speak with the partner";
  ports = solve_text(partners(std::string(kX400), "rfc1006_port = 3000\n"));
  EXPECT_EQ(ports.at("b/mta-rfc1006-port"), 3000) << "it speaks with a";
}

TEST(Solver, SaysThatAPinContradictsThePartner) {
  const Topology site =
      topology(partners({}, "rfc1006_port = 3000\n") +
               "[[pin]]\nserver = \"a\"\nsetting = \"mta-rfc1006-port\"\nport = 3001\n");
  const Solution solution = solve(site, catalogue::builtin(), {});
  ASSERT_THAT(solution.findings, SizeIs(1));
  EXPECT_EQ(solution.findings[0].rule, "SAME-X400");
  EXPECT_THAT(solution.findings[0].message, HasSubstr("partner partner listens on 3000"));
}

TEST(Solver, KeepsTheX400PortOfTheState) {
  const auto ports = solve_text(server("a", k55), {state_with("a", "mta-rfc1006-port", 6102)});
  EXPECT_EQ(ports.at("a/mta-rfc1006-port"), 6102);
}

TEST(Solver, MakesRoomWhereTheFirstChoiceLeavesNone) {
  State state;
  state.name = "ex";
  state.held = std::vector<HeldPort>{{7101, false, {}, "store.exe", {}}};
  const auto ports =
      solve_text(server("ex", k2007) + "[policy]\nwanted = \"7100-7101\"\n" +
                     "[[pin]]\nserver = \"ex\"\nsetting = \"sa-nspi-port\"\nport = 7200\n",
                 {state});
  EXPECT_EQ(ports.at("ex/is-tcp-port"), 7101) << "only the store may have it";
  EXPECT_EQ(ports.at("ex/sa-tcp-port"), 7100);
}

TEST(Solver, SaysWhichConstraintsCollide) {
  State state;
  state.name = "ex";
  state.held = std::vector<HeldPort>{{6000, false, {}, "backup.exe", {}}};
  const Topology site =
      topology(server("ex", k2007) + "[policy]\nwanted = \"5998-6004\"\navoid = 5999\n" +
               "[[pin]]\nserver = \"ex\"\nsetting = \"is-tcp-port\"\nport = 5998\n");
  const Solution solution = solve(site, catalogue::builtin(), std::vector{state});
  ASSERT_THAT(solution.findings, SizeIs(2));
  EXPECT_EQ(solution.findings[0].rule, "DIFF-SERVICES");
  EXPECT_EQ(solution.findings[0].severity, Severity::error);
  EXPECT_EQ(solution.findings[0].server, "ex");
  EXPECT_EQ(solution.findings[0].subject, "sa-nspi-port");
  EXPECT_EQ(solution.findings[0].message,
            "no port for MSExchangeSA of ex: of the 7 ports of wanted 5998-6004, 4 forbidden by "
            "RES-6001, RES-6002, RES-6003, RES-6004, 1 avoided by the policy, 1 held by backup.exe "
            "on ex (6000), 1 of MSExchangeIS of ex (5998, pinned); none remain");
  EXPECT_THAT(ports_of(site, solution), ElementsAre(Pair("ex/is-tcp-port", 5998)));
}

}  // namespace
}  // namespace pinhole::plan
