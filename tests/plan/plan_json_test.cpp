// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_json.hpp"

#include <functional>

#include "plan/plan_samples.hpp"

namespace pinhole::plan {
namespace {

using testing::HasSubstr;

Checked<Plan> read_back(const std::string& text) {
  return read_plan(text, "plan.json", catalogue::builtin());
}

std::string written(const Plan& plan) {
  return write_plan(plan, catalogue::builtin());
}

std::string all_of(const Checked<Plan>& read) {
  std::string all;
  if (!read) {
    for (const Diagnostic& diagnostic : read.error()) {
      EXPECT_EQ(diagnostic.exit, Exit::usage);
      EXPECT_FALSE(diagnostic.remedy.empty()) << diagnostic.message;
      all += diagnostic.id + ": " + to_string(diagnostic) + "\n";
    }
  }
  return all;
}

TEST(PlanJson, ComesBackAsItWas) {
  const Plan plan = sample_plan();
  const auto read = read_back(written(plan));
  ASSERT_TRUE(read) << all_of(read);
  EXPECT_EQ(written(*read), written(plan));
  EXPECT_EQ(read->assignments, plan.assignments);
  EXPECT_EQ(read->restarts, plan.restarts);
  ASSERT_EQ(read->findings.size(), plan.findings.size());
  EXPECT_EQ(read->findings, plan.findings);
  ASSERT_EQ(read->flows.size(), plan.flows.size());
  for (std::size_t i = 0; i < plan.flows.size(); ++i) {
    const Flow& flow = plan.flows[i];
    const Flow& back = read->flows[i];
    EXPECT_EQ(back.id, flow.id);
    EXPECT_EQ(back.from, flow.from);
    EXPECT_EQ(back.to, flow.to);
    EXPECT_EQ(back.transport, flow.transport);
    EXPECT_EQ(back.source_ports, flow.source_ports);
    EXPECT_EQ(back.ports, flow.ports);
    EXPECT_EQ(back.service, flow.service);
    EXPECT_EQ(back.protocol, flow.protocol);
    EXPECT_EQ(back.interfaces, flow.interfaces);
    EXPECT_EQ(back.needed, flow.needed);
    EXPECT_EQ(back.catalogue_flow, flow.catalogue_flow);
    EXPECT_EQ(back.why, flow.why);
    EXPECT_EQ(back.place, flow.place);
  }
}

TEST(PlanJson, KeepsTheTopologyWithThePlacesOfItsRows) {
  const Plan plan = sample_plan();
  const auto read = read_back(written(plan));
  ASSERT_TRUE(read) << all_of(read);
  const Topology& was = plan.topology;
  const Topology& is = read->topology;
  EXPECT_EQ(is.title, was.title);
  ASSERT_EQ(is.servers.size(), was.servers.size());
  for (std::size_t i = 0; i < was.servers.size(); ++i) {
    EXPECT_EQ(is.servers[i].name, was.servers[i].name);
    EXPECT_EQ(is.servers[i].addresses, was.servers[i].addresses);
    EXPECT_EQ(is.servers[i].system, was.servers[i].system);
    EXPECT_EQ(is.servers[i].product, was.servers[i].product);
    EXPECT_EQ(is.servers[i].roles, was.servers[i].roles);
    EXPECT_EQ(is.servers[i].array, was.servers[i].array);
    EXPECT_EQ(is.servers[i].state.registry, was.servers[i].state.registry);
    EXPECT_EQ(is.servers[i].place, was.servers[i].place);
  }
  ASSERT_EQ(is.devices.size(), 1U);
  EXPECT_FALSE(is.devices[0].stateful);
  EXPECT_TRUE(is.devices[0].inspects_dcerpc);
  EXPECT_EQ(is.devices[0].hides, was.devices[0].hides);
  ASSERT_EQ(is.devices[0].translations.size(), 1U);
  EXPECT_EQ(is.devices[0].translations[0].outside, was.devices[0].translations[0].outside);
  EXPECT_EQ(is.devices[0].place, was.devices[0].place);
  ASSERT_EQ(is.needs.size(), 2U);
  EXPECT_EQ(is.needs[0].servers, was.needs[0].servers);
  EXPECT_EQ(is.needs[0].load_balancers, was.needs[0].load_balancers);
  EXPECT_EQ(is.needs[1].purposes, was.needs[1].purposes);
  EXPECT_EQ(is.policy.wanted, was.policy.wanted);
  EXPECT_EQ(is.policy.avoid, was.policy.avoid);
  ASSERT_EQ(is.policy.pinned.size(), 1U);
  EXPECT_EQ(is.policy.pinned[0].place, was.policy.pinned[0].place);
}

TEST(PlanJson, HasEveryTopologyOfTheExamples) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PINHOLE_SOURCE_DIR "/examples")) {
    const auto& path = entry.path();
    if (path.extension() != ".toml" || path.filename().string().find("gate") != std::string::npos) {
      continue;
    }
    const auto topology = read_topology(read_text(path), path.string(), catalogue::builtin());
    ASSERT_TRUE(topology) << path;
    Plan plan;
    plan.topology = *topology;
    const auto read = read_back(written(plan));
    ASSERT_TRUE(read) << path << "\n" << all_of(read);
    EXPECT_EQ(written(*read), written(plan)) << path;
    ++count;
  }
  EXPECT_GT(count, 10);
}

TEST(PlanJson, NamesThePortsOfEachFlow) {
  const std::string text = written(sample_plan());
  EXPECT_THAT(text, HasSubstr(R"("ports": "56001")"));
  EXPECT_THAT(text, HasSubstr(R"("ports": "59532")"));
  EXPECT_THAT(text, HasSubstr(R"("dynamic_of": "ex1")"));
}

TEST(PlanJson, HoldsNothingButAscii) {
  Plan plan = sample_plan();
  plan.findings[0].message = "caf\xC3\xA9 \xFF \xE2\x80\xAE";
  for (const char c : written(plan)) {
    ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
  }
  EXPECT_TRUE(read_back(written(plan)));
}

struct Mistake {
  const char* name;
  std::string from;
  std::string to;
  std::string expected;
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) {
  return out << mistake.name;
}

class PlanJsonMistake : public testing::TestWithParam<Mistake> {};

TEST_P(PlanJsonMistake, IsReportedWithItsPointer) {
  std::string text = written(sample_plan());
  const auto at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, GetParam().from.size(), GetParam().to);
  const auto read = read_back(text);
  ASSERT_FALSE(read);
  EXPECT_THAT(all_of(read), HasSubstr(GetParam().expected));
}

const Mistake kMistakes[] = {
    {"AnotherVersion", R"("version": 1)", R"("version": 2)",
     "plan-version: plan.json#/version: version 2"},
    {"NoVersion", R"("version": 1,)", "", "plan-version: plan.json#: no plan.json"},
    {"AVersionInQuotes", R"("version": 1)", R"("version": "1")", "plan.json#/version: "},
    {"CutShort", R"("findings")", "", "plan-syntax: plan.json: offset"},
    {"ANull", R"("port": 56001)", R"("port": null)", "plan.json#/topology/pin/0/port: it is null"},
    {"ALargeNumber", R"("port": 56001)", R"("port": 18446744073709551615)", "too large"},
    {"AnImpossibleNumber", R"("port": 56001)", R"("port": 1e999)", "plan-syntax"},
    {"AnUnknownMember", R"("flows":)", R"("extra": 1, "flows":)",
     "topology-unknown-key: plan.json#/extra"},
    {"AnUnknownServer", R"("server": "cas1",
      "service")",
     R"("server": "cas2",
      "service")",
     "plan.json#/assignments/3/server: "},
    {"AServerThatIsAClient", R"("server": "cas1",
      "service")",
     R"("server": "outlook",
      "service")",
     "plan-reference: plan.json#/assignments/3/server: "},
    {"AnUnknownSetting", R"("setting": "rca-tcp-port",
      "port")",
     R"("setting": "rca",
      "port")",
     "plan-setting: plan.json#/assignments/4/setting: "},
    {"APortThatIsNone", R"("port": 59532)", R"("port": 70000)",
     "topology-port: plan.json#/assignments/4/port: 70000"},
    {"AnAssignmentWithoutService", R"("service": "MSExchangeRPC",
      "setting")",
     R"("setting")", "plan.json#/assignments/4: "},
    {"APortBeforeThatIsNone", R"("before": 5000)", R"("before": 65536)",
     "plan.json#/assignments/0/before: "},
    {"AnUnknownChoice", R"("choice": "pinned")", R"("choice": "pined")",
     R"(plan-word: plan.json#/assignments/0/choice: "pined")"},
    {"TwoPortsOfOneSetting", R"("setting": "sa-nspi-port",
      "port")",
     R"("setting": "is-tcp-port",
      "port")",
     "plan-twice: plan.json#/assignments: "},
    {"TwoFlowsOfOneId", R"("id": "outlook>ex1:rest")", R"("id": "outlook>ex1:is")",
     "plan-twice: plan.json#/flows: "},
    {"AFlowWithASpace", R"("id": "outlook>ex1:rest")", R"("id": "outlook ex1")",
     "plan-flow-id: plan.json#/flows/2/id: "},
    {"AnotherPortOfAFlow", R"("ports": "59532")", R"("ports": "59531")",
     "plan-ports: plan.json#/flows/3/ports: "},
    {"NoPortsOfAFlow", R"("fixed": "135",)", "", "plan-ports: plan.json#/flows/0: "},
    {"TwoPartiesOfAnEnd", R"("load_balancer": "lb")", R"("load_balancer": "lb", "server": "ex1")",
     "plan-party: plan.json#/flows/3/to: "},
    {"AnUnknownInterface", R"("emsmdb")", R"("nobody")",
     "plan-interface: plan.json#/flows/1/interfaces/0: "},
    {"AnUnknownRestart", R"("what": "computer")", R"("what": "site")",
     "plan-word: plan.json#/restarts/1/what: "},
    {"AMistakeOfTheTopology", R"("zone": "servers",)", R"("zone": "nowhere",)",
     "plan.json#/topology/load_balancer/0/zone: "},
    {"AWordOfTheTopology", R"("kind": "web")", R"("kind": "wob")",
     "plan.json#/topology/client/1/kind: "},
    {"ARowWithoutItsLine", R"("pin": [
      ")",
     R"("pin": ["1:1", ")", "plan-lines: plan.json#/lines/pin: 2 lines of 1 rows"},
    {"ALineThatIsNone", R"("pin": [
      ")",
     R"("pin": ["x)", "plan-lines: plan.json#/lines/pin/0: "},
};

INSTANTIATE_TEST_SUITE_P(All, PlanJsonMistake, testing::ValuesIn(kMistakes),
                         [](const auto& tested) { return tested.param.name; });

TEST(PlanJson, NestedWithoutEndIsRefused) {
  std::string deep = R"({"version": 1, "topology": )";
  for (int i = 0; i < 100000; ++i) {
    deep += "[";
  }
  EXPECT_THAT(all_of(read_back(deep)), HasSubstr("plan-syntax"));
  deep += std::string(100000, ']') + "}";
  EXPECT_THAT(all_of(read_back(deep)), HasSubstr("is nested too deeply"));
}

TEST(PlanJson, ThatIsNoObjectIsRefused) {
  for (const char* text : {"", "[]", "1", "null", "\"x\"", "{", "\xff"}) {
    EXPECT_THAT(all_of(read_back(text)), HasSubstr("plan-syntax")) << text;
  }
}

TEST(PlanJson, OfAnySinglePieceLessIsReadOrRefused) {
  const std::string text = written(sample_plan());
  for (std::size_t cut = 0; cut < text.size(); cut += 97) {
    EXPECT_FALSE(read_back(text.substr(0, cut)));
  }
}

}  // namespace
}  // namespace pinhole::plan
