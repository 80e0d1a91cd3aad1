// SPDX-License-Identifier: Apache-2.0
#include "capture/analysis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/packets.hpp"
#include "support/random.hpp"

namespace pinhole::capture {
namespace {

constexpr std::string_view kClient = "10.1.0.9";
constexpr std::string_view kServer = "10.2.0.5";
constexpr std::uint16_t kPort = 56001;

std::vector<Frame> story() {
  std::vector<Frame> frames;
  ask(frames, kClient, kServer, kEmsmdb, kServer, kPort);
  call(frames, kClient, kServer, kEmsmdb, kPort);
  return frames;
}

/// The row of the service, and what is wrong with it.
std::string wrong_with(const Report& report) {
  const Conversation& talk = conversation(report, kPort);
  if (talk.interfaces.size() != 1 || talk.interfaces[0].interface != kEmsmdb) {
    return "the interface";
  }
  const InterfaceUse& use = talk.interfaces[0];
  if (use.accepted != 1 || use.calls() != 1 || use.operations.at(5).answers != 1) {
    return "its use";
  }
  if (!use.answer || report.answers[*use.answer].port != kPort) {
    return "where the port is from";
  }
  return {};
}

TEST(Analysis, TiesAMapperAnswerToTheConnectionThatUsedIt) {
  const Report report = read(story());
  EXPECT_EQ(wrong_with(report), "");
  ASSERT_EQ(report.answers.size(), 1U);
  const Answer& answer = report.answers[0];
  EXPECT_EQ(answer.how, Asked::ept_map);
  EXPECT_EQ(answer.interface, kEmsmdb);
  EXPECT_EQ(answer.mapper, (Endpoint{ip(kServer), 135}));
  EXPECT_EQ(answer.connections, 1U);
  const Conversation& talk = conversation(report, kPort);
  EXPECT_EQ(talk.client, ip(kClient));
  EXPECT_TRUE(talk.interfaces[0].ndr);
  EXPECT_GT(talk.octets[0], 100U);
  EXPECT_LT(talk.first, talk.last);
}

TEST(Analysis, KnowsTheSameWhateverTheSizeOfTheSegments) {
  for (const std::size_t size : {1UL, 3UL, 16UL, 100UL}) {
    std::vector<Frame> frames;
    ask(frames, kClient, kServer, kEmsmdb, kServer, kPort);
    Talk(frames, kClient, 40001, kServer, kPort)
        .pieces(size)
        .open()
        .client(bind_pdu(kEmsmdb))
        .server(bind_ack_pdu(accepted()))
        .client(request_pdu(5, Bytes(400), 2, 0, 200))
        .server(response_pdu(Bytes(240), 2, 0, 120))
        .close();
    EXPECT_EQ(wrong_with(read(frames)), "") << size;
  }
}

TEST(Analysis, KnowsTheSameWhereSequenceNumbersWrap) {
  std::vector<Frame> frames;
  ask(frames, kClient, kServer, kEmsmdb, kServer, kPort);
  Talk(frames, kClient, 40001, kServer, kPort)
      .begin_at(0xfffffff0)
      .pieces(20)
      .open()
      .client(bind_pdu(kEmsmdb))
      .server(bind_ack_pdu(accepted()))
      .client(request_pdu(5, Bytes(40)))
      .server(response_pdu(Bytes(24)))
      .close();
  EXPECT_EQ(wrong_with(read(frames)), "");
}

TEST(Analysis, KnowsTheSameWhereSegmentsAreRepeatedAndSwapped) {
  std::vector<Frame> frames = story();
  for (std::size_t i = 0; i < frames.size(); i += 2) {
    frames.insert(frames.begin() + static_cast<std::ptrdiff_t>(i), frames[i]);
  }
  EXPECT_EQ(wrong_with(read(frames)), "");
  std::vector<Frame> pieces;
  ask(pieces, kClient, kServer, kEmsmdb, kServer, kPort);
  Talk talk(pieces, kClient, 40001, kServer, kPort);
  talk.pieces(16).open();
  const auto first = static_cast<std::ptrdiff_t>(pieces.size());
  talk.client(bind_pdu(kEmsmdb));
  std::reverse(pieces.begin() + first, pieces.end());
  talk.server(bind_ack_pdu(accepted())).client(request_pdu(5, Bytes(40)));
  talk.server(response_pdu(Bytes(24))).close();
  EXPECT_EQ(wrong_with(read(pieces)), "");
}

TEST(Analysis, TellsWhatWasLost) {
  std::vector<Frame> frames;
  Talk talk(frames, kClient, 40001, kServer, kPort);
  talk.open().client(bind_pdu(kEmsmdb)).server(bind_ack_pdu(accepted()));
  talk.client(request_pdu(5, Bytes(40)));
  frames.pop_back();
  talk.server(response_pdu(Bytes(24)));
  for (std::uint32_t i = 3; i < 9; ++i) {
    talk.client(request_pdu(6, Bytes(40), i)).server(response_pdu(Bytes(24), i));
  }
  talk.close();
  const Report report = read(frames);
  const Conversation& row = conversation(report, kPort);
  EXPECT_EQ(row.gaps, 1U);
  EXPECT_EQ(row.lost, request_pdu(5, Bytes(40)).size());
  EXPECT_EQ(row.interfaces[0].calls(), 6U);
}

TEST(Analysis, TellsWhatWasNegotiatedAndNeverUsed) {
  std::vector<Frame> frames;
  Talk(frames, kClient, 40001, kServer, kPort)
      .open()
      .client(bind_pdu(kEmsmdb, {dcerpc::kNdr64}))
      .server(bind_ack_pdu(accepted(dcerpc::kNdr64)))
      .client(
          bind_pdu(dcerpc::kManagement, {dcerpc::kNdr32}, dcerpc::PacketType::alter_context, 1, 2))
      .server(bind_ack_pdu(rejected(), dcerpc::PacketType::alter_context_resp, 2))
      .close();
  const Report report = read(frames);
  const Conversation& row = conversation(report, kPort);
  ASSERT_EQ(row.interfaces.size(), 2U);
  EXPECT_EQ(row.interfaces[0].accepted, 1U);
  EXPECT_TRUE(row.interfaces[0].ndr64);
  EXPECT_FALSE(row.interfaces[0].ndr);
  EXPECT_EQ(row.interfaces[0].calls(), 0U);
  EXPECT_EQ(row.interfaces[1].rejected, 1U);
  EXPECT_EQ(row.interfaces[1].rejection->reason, 1U);
}

TEST(Analysis, TellsWhatWasUsedAndNeverNegotiated) {
  std::vector<Frame> frames;
  // From the server first: only what is said shows who is who.
  Talk(frames, kClient, 40001, kServer, kPort)
      .server(response_pdu(Bytes(24), 1))
      .client(request_pdu(5, Bytes(40)))
      .server(fault_pdu(0x1c010002));
  const Report report = read(frames);
  const Conversation& row = conversation(report, kPort);
  EXPECT_EQ(row.client, ip(kClient));
  EXPECT_EQ(row.midway, 1U);
  ASSERT_EQ(row.interfaces.size(), 1U);
  EXPECT_FALSE(row.interfaces[0].interface);
  EXPECT_EQ(row.interfaces[0].calls(), 1U);
  EXPECT_EQ(row.interfaces[0].faults.at(0x1c010002), 1U);
}

TEST(Analysis, TellsConnectionsThatCameToNone) {
  std::vector<Frame> frames;
  ask(frames, kClient, kServer, kEmsmdb, kServer, kPort);
  Talk(frames, kClient, 40001, kServer, kPort).syn();
  frames.push_back(Frame(frames.back()));
  Talk(frames, kClient, 40002, kServer, kPort + 1).syn().reset();
  const Report report = read(frames);
  EXPECT_EQ(conversation(report, kPort).unanswered, 1U);
  EXPECT_TRUE(conversation(report, kPort).answer.has_value());
  EXPECT_EQ(conversation(report, kPort + 1).refused, 1U);
  EXPECT_EQ(conversation(report, kPort + 1).connections, 0U);
}

TEST(Analysis, KnowsWhatIsNotRegistered) {
  std::vector<Frame> frames;
  ask(frames, kClient, kServer, kEmsmdb, kServer, 0);
  const Report report = read(frames);
  ASSERT_EQ(report.answers.size(), 1U);
  EXPECT_EQ(report.answers[0].port, 0U);
  EXPECT_EQ(report.answers[0].interface, kEmsmdb);
}

TEST(Analysis, ReadsTheMapperOverHttpAndInNdr64) {
  std::vector<Frame> frames;
  Bytes banner = to_bytes(bytes_of("ncacn_http/1.0"));
  Talk(frames, kClient, 40000, kServer, 593)
      .open()
      .server(banner)
      .client(bind_pdu(dcerpc::kEndpointMapper, {dcerpc::kNdr64}))
      .server(bind_ack_pdu(accepted(dcerpc::kNdr64)))
      .client(request_pdu(3, map_request(kEmsmdb, ndr::Syntax::ndr64)))
      .server(response_pdu(map_answer(kEmsmdb, kServer, kPort, ndr::Syntax::ndr64)))
      .close();
  call(frames, kClient, kServer, kEmsmdb, kPort);
  const Report report = read(frames);
  EXPECT_EQ(wrong_with(report), "");
  EXPECT_TRUE(report.answers[0].http);
  EXPECT_EQ(conversation(report, 593).http, 1U);
}

TEST(Analysis, ReadsALookup) {
  std::vector<Frame> frames;
  epm::EptLookup::Out out;
  out.room = 9;
  out.entries.push_back({{}, tower_of(kEmsmdb, "0.0.0.0", kPort), "evil \x1b[2J"});
  Talk(frames, kClient, 40000, kServer, 135)
      .open()
      .client(bind_pdu(dcerpc::kEndpointMapper))
      .server(bind_ack_pdu(accepted()))
      .client(request_pdu(2, stub_of(epm::EptLookup::In{})))
      .server(response_pdu(stub_of(out), 2, 0, 100));
  call(frames, kClient, kServer, kEmsmdb, kPort);
  const Report report = read(frames);
  EXPECT_EQ(wrong_with(report), "");
  EXPECT_EQ(report.answers[0].how, Asked::ept_lookup);
}

TEST(Analysis, TiesAnAnswerToAnotherAddressOfAServer) {
  std::vector<Frame> frames;
  ask(frames, kClient, "10.2.0.99", kEmsmdb, "10.2.0.99", kPort);
  call(frames, kClient, kServer, kEmsmdb, kPort);
  const Report report = read(frames);
  EXPECT_EQ(wrong_with(report), "");
  // The port alone proves nothing about another host.
  EXPECT_FALSE(conversation(report, kPort).answer);
}

TEST(Analysis, LeavesAloneWhatIsNoRpc) {
  std::vector<Frame> frames;
  Talk(frames, kClient, 40001, kServer, 25)
      .open()
      .server(bytes_of("220 hello\r\n"))
      .client(bytes_of("EHLO\r\n"))
      .close();
  const Report report = read(frames);
  const Conversation& row = conversation(report, 25);
  EXPECT_EQ(row.other, 1U);
  EXPECT_EQ(row.rpc, 0U);
  EXPECT_TRUE(row.interfaces.empty());
}

TEST(Analysis, CountsTheSamePortsUsedAgainAsAnotherConnection) {
  std::vector<Frame> frames;
  call(frames, kClient, kServer, kEmsmdb, kPort);
  call(frames, kClient, kServer, kEmsmdb, kPort);
  const Report report = read(frames);
  EXPECT_EQ(conversation(report, kPort).connections, 2U);
  EXPECT_EQ(conversation(report, kPort).interfaces[0].calls(), 2U);
}

TEST(Analysis, EndsTheOldestConnectionAboveTheLimit) {
  std::vector<Frame> frames;
  for (std::uint16_t i = 0; i < 50; ++i) {
    Talk(frames, kClient, static_cast<std::uint16_t>(40000 + i), kServer, kPort)
        .open()
        .client(bind_pdu(kEmsmdb));
  }
  Limits limits;
  limits.connections = 10;
  const Report report = read(frames, limits);
  EXPECT_EQ(report.counts.evicted, 40U);
  EXPECT_EQ(conversation(report, kPort).connections, 50U);
}

TEST(Analysis, HoldsNoMoreThanItMay) {
  std::vector<Frame> frames;
  for (std::uint16_t i = 0; i < 200; ++i) {
    Talk(frames, kClient, static_cast<std::uint16_t>(40000 + i), kServer, kPort)
        .open()
        .client(bind_pdu(kEmsmdb))
        .server(bind_ack_pdu(accepted()))
        .client(ByteView(request_pdu(5, Bytes(4000), 2, 0, 5000)).first(3000));
  }
  Limits limits;
  limits.held = 20000;
  Analysis analysis(limits);
  std::size_t most = 0;
  for (const Frame& each : frames) {
    analysis.on_packet({each.time, each.link, each.octets.size(), each.octets});
    most = std::max(most, analysis.held());
  }
  EXPECT_LT(most, 40000U);
  EXPECT_GT(analysis.finish().counts.shed, 0U);
}

TEST(Analysis, HoldsNoMoreRowsThanItMay) {
  std::vector<Frame> frames;
  for (std::uint16_t i = 1; i < 100; ++i) {
    Talk(frames, kClient, 40000, kServer, i).syn();
  }
  Limits limits;
  limits.rows = 30;
  const Report report = read(frames, limits);
  EXPECT_EQ(report.conversations.size(), 30U);
  EXPECT_GT(report.counts.rows_left, 0U);
}

/// Whatever happens to the frames, the report is one of what was left of them.
TEST(Analysis, SurvivesDamage) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 random = support::random_source();
  const auto any = [&](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  for (std::size_t run = 0; run < support::random_runs(50000); ++run) {
    std::vector<Frame> frames = story();
    for (std::size_t change = any(6); change > 0; --change) {
      Frame& frame = frames[any(frames.size())];
      switch (any(5)) {
        case 0:
          frame.octets[any(frame.octets.size())] ^= static_cast<std::byte>(1U << any(8));
          break;
        case 1:
          frame.octets.resize(1 + any(frame.octets.size()));
          break;
        case 2:
          std::swap(frame, frames[any(frames.size())]);
          break;
        case 3:
          frames.push_back(Frame(frame));
          break;
        default:
          frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(any(frames.size())));
          break;
      }
    }
    const Report report = read(frames);
    EXPECT_EQ(report.counts.packets, frames.size());
    EXPECT_LE(report.conversations.size(), frames.size());
  }
}

}  // namespace
}  // namespace pinhole::capture
