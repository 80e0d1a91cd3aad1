// SPDX-License-Identifier: Apache-2.0
#include "inspect/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "capture/packets.hpp"
#include "catalogue/lookup.hpp"
#include "inspect/trace_json.hpp"
#include "inspect/trace_suggest.hpp"
#include "plan/example.hpp"
#include "plan/make_plan.hpp"
#include "plan/topology_read.hpp"

namespace pinhole::inspect {
namespace {

using capture::Frame;
using capture::kEmsmdb;

// As in examples/internal-firewall-exchange-2007.toml.
constexpr std::string_view kClient = "192.168.10.7";
constexpr std::string_view kServer = "192.168.20.11";
constexpr std::uint16_t kPort = 56001;

const catalogue::Catalogue& rows() {
  return catalogue::builtin();
}

plan::Plan example_plan() {
  return plan::make_plan(plan::example("internal-firewall-exchange-2007"), rows(), {});
}

Trace trace_of(const std::vector<Frame>& frames, const plan::Plan* plan = nullptr) {
  TraceOptions options;
  options.plan = plan;
  options.product = catalogue::find_product(rows(), "exchange-2007");
  return make_trace(capture::read(frames), rows(), options);
}

const TraceRow* row_at(const Trace& trace, std::uint16_t port) {
  for (const TraceRow& row : trace.rows) {
    if (trace.report.conversations[row.conversation].server.port == port) {
      return &row;
    }
  }
  return nullptr;
}

std::vector<Frame> story(std::uint16_t port = kPort, std::string_view client = kClient) {
  std::vector<Frame> frames;
  capture::ask(frames, client, kServer, kEmsmdb, kServer, port);
  capture::call(frames, client, kServer, kEmsmdb, port);
  return frames;
}

TEST(Trace, TellsWhatWasUsedAndWhatTheMapperIs) {
  const Trace trace = trace_of(story());
  ASSERT_NE(row_at(trace, kPort), nullptr);
  EXPECT_EQ(row_at(trace, kPort)->state, TraceState::used);
  EXPECT_EQ(row_at(trace, kPort)->kind, PortKind::fixed);
  EXPECT_EQ(row_at(trace, kPort)->kind_by, "range");
  EXPECT_EQ(row_at(trace, 135)->kind, PortKind::mapper);
  EXPECT_EQ(row_at(trace, 135)->planned, Planned::unasked);
  EXPECT_TRUE(is_good(trace));
}

TEST(Trace, APortInTheRangeIsDynamicAndSoIsOneThatMoves) {
  EXPECT_EQ(row_at(trace_of(story(1218)), 1218)->kind, PortKind::dynamic);
  std::vector<Frame> frames = story(56001);
  capture::ask(frames, kClient, kServer, kEmsmdb, kServer, 56010, 40002);
  const Trace trace = trace_of(frames);
  EXPECT_EQ(row_at(trace, 56001)->kind, PortKind::dynamic);
  EXPECT_EQ(row_at(trace, 56001)->kind_by, "moved");
}

TEST(Trace, NamesWhatAConnectionInVainWasFor) {
  std::vector<Frame> frames;
  capture::ask(frames, kClient, kServer, kEmsmdb, kServer, kPort);
  capture::Talk(frames, kClient, 40001, kServer, kPort).syn();
  const Trace trace = trace_of(frames);
  const TraceRow* row = row_at(trace, kPort);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->state, TraceState::unanswered);
  EXPECT_THAT(row->about, testing::ElementsAre(kEmsmdb));
  EXPECT_TRUE(is_shown(*row, false));
}

TEST(Trace, JudgesByAPlan) {
  const plan::Plan plan = example_plan();
  const Trace good = trace_of(story(), &plan);
  EXPECT_EQ(row_at(good, kPort)->planned, Planned::yes);
  EXPECT_EQ(row_at(good, kPort)->kind_by, "plan");
  EXPECT_TRUE(is_good(good));
  ASSERT_EQ(good.flows.size(), plan.flows.size());
  std::size_t seen = 0;
  for (const TraceFlow& flow : good.flows) {
    seen += flow.connections;
  }
  EXPECT_EQ(seen, 2U);

  const Trace moved = trace_of(story(56009), &plan);
  EXPECT_EQ(row_at(moved, 56009)->planned, Planned::no);
  EXPECT_EQ(row_at(moved, 56009)->remark, "the plan has it on port 56001");
  EXPECT_FALSE(is_good(moved));

  const Trace stranger = trace_of(story(kPort, "10.99.0.1"), &plan);
  EXPECT_EQ(row_at(stranger, kPort)->planned, Planned::no);
  EXPECT_EQ(row_at(stranger, kPort)->remark, "no flow between these two");

  std::vector<Frame> frames;
  capture::call(frames, kClient, kServer,
                {parse_uuid("12345778-1234-abcd-ef00-0123456789ac").value(), 1, 0}, kPort);
  const Trace other = trace_of(frames, &plan);
  EXPECT_EQ(row_at(other, kPort)->planned, Planned::no);
  EXPECT_THAT(row_at(other, kPort)->remark, testing::HasSubstr("for another interface"));
}

TEST(Trace, AServerThatThePlanDoesNotKnowIsNoBreach) {
  const plan::Plan plan = example_plan();
  std::vector<Frame> frames;
  capture::call(frames, kClient, "10.50.0.1", kEmsmdb, kPort);
  const Trace trace = trace_of(frames, &plan);
  EXPECT_EQ(row_at(trace, kPort)->planned, Planned::outside);
  EXPECT_TRUE(is_good(trace));
}

TEST(Trace, AFlowInVainIsNoGood) {
  const plan::Plan plan = example_plan();
  std::vector<Frame> frames;
  capture::Talk(frames, kClient, 40001, kServer, kPort).syn().reset();
  const Trace trace = trace_of(frames, &plan);
  EXPECT_FALSE(is_good(trace));
  std::size_t failed = 0;
  for (const TraceFlow& flow : trace.flows) {
    failed += flow.failed;
  }
  EXPECT_EQ(failed, 1U);
}

TEST(Trace, SuggestsATopologyThatIsPlannedWithWhatWasSeenAndNoMore) {
  const Trace trace = trace_of(story());
  const auto text =
      suggest_topology(trace, rows(), catalogue::find_product(rows(), "exchange-2007"));
  ASSERT_TRUE(text);
  const auto topology = plan::read_topology(*text, "seen.toml", rows());
  ASSERT_TRUE(topology) << *text << (topology ? "" : to_string(topology.error().front()));
  const plan::Plan plan = plan::make_plan(*topology, rows(), {});
  ASSERT_EQ(plan.topology.servers.size(), 1U);
  EXPECT_THAT(plan.topology.servers[0].roles, testing::ElementsAre("mailbox"));
  const plan::Assignment* store = plan::find_assignment(plan, 0, "is-tcp-port");
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(store->port, kPort);
  for (const plan::Finding& finding : plan.findings) {
    EXPECT_NE(finding.severity, Severity::error) << finding.message;
  }
  // What was seen is in the plan of it.
  EXPECT_TRUE(is_good(trace_of(story(), &plan)));
  EXPECT_FALSE(is_good(trace_of(story(kPort, "192.168.10.8"), &plan)));
}

TEST(Trace, SuggestsNothingOfNothing) {
  const auto text = suggest_topology(trace_of({}), rows(), nullptr);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().front().exit, Exit::no);
}

TEST(Trace, WritesJson) {
  const plan::Plan plan = example_plan();
  const auto json = trace_json(trace_of(story(), &plan), rows(), &plan, false);
  EXPECT_EQ(json["schema"], "pinhole.trace/1");
  ASSERT_EQ(json["rows"].size(), 2U);
  const auto& row = json["rows"][1];
  EXPECT_EQ(row["interfaces"][0]["name"], "emsmdb");
  EXPECT_EQ(row["learned"], "ept_map");
  EXPECT_EQ(row["use"]["operations"][0]["opnum"], 5);
  EXPECT_EQ(row["planned"], "in plan");
  EXPECT_EQ(json["first"], "1970-01-12T13:46:40.000000Z");
  EXPECT_EQ(json["good"], true);
}

}  // namespace
}  // namespace pinhole::inspect
