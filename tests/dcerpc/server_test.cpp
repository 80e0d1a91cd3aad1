// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/server.hpp"

#include <gmock/gmock.h>

#include "dcerpc/conversation.hpp"

namespace pinhole::dcerpc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Lines = std::vector<std::string>;
constexpr auto kFirst = flags::kFirstFragment;
constexpr auto kLast = flags::kLastFragment;
const char* const kProtocolFault = "fault 2 c0 nca_s_proto_error (0x1c01000b)";

struct Case {
  const char* name;
  std::vector<Bytes> input;
  Lines sent;
  bool closes = false;
};

std::ostream& operator<<(std::ostream& out, const Case& each) {
  return out << each.name;
}

Bytes with_object() {
  return pdu(PacketType::request, flags::kWhole | flags::kObjectUuid, 2, ByteOrder::big,
             [](ByteWriter& out) {
               out.u32(0);
               out.u16(0);
               out.u16(1);
               out.uuid(kManagement.uuid);
             });
}

std::vector<Case> cases() {
  const Bytes alter = bind_of({{{7}, kManagement, {kNdr64}}}, PacketType::alter_context, 2);
  return {
      {"OneContext", {echo_bind()}, {"bind_ack 1 0/0 ndr32"}},
      {"BigEndian", {echo_bind(ByteOrder::big)}, {"bind_ack 1 0/0 ndr32"}},
      {"AnOlderMinorVersion",
       {bind_of({{{0}, {kEcho.uuid, 1, 0}, {kNdr32}}})},
       {"bind_ack 1 0/0 ndr32"}},
      {"ANewerMinorVersion", {bind_of({{{0}, {kEcho.uuid, 1, 3}, {kNdr32}}})}, {"bind_ack 1 2/1"}},
      {"SeveralContexts",
       {bind_of({{{0}, kEcho, {kNdr32}},
                 {{1}, kEcho, {kNdr64}},
                 {{2}, kUnknownSyntax, {kNdr32}},
                 {{3}, kEcho, {kUnknownSyntax}},
                 {{4}, kEcho, {kFeatures}}})},
       {"bind_ack 1 0/0 ndr32 0/0 ndr64 2/1 2/2 3/2"}},
      {"SeveralTransferSyntaxes",
       {bind_of({{{0}, kEcho, {kUnknownSyntax, kNdr64, kNdr32}}})},
       {"bind_ack 1 0/0 ndr64"}},
      {"NoTransferSyntax", {bind_of({{{0}, kEcho, {}}})}, {"bind_ack 1 2/2"}},
      {"AContextMeansOneThing",
       {bind_of({{{0}, kEcho, {kNdr32}}, {{0}, kEcho, {kNdr32}}, {{0}, kManagement, {kNdr32}}})},
       {"bind_ack 1 0/0 ndr32 0/0 ndr32 2/0"}},
      {"NoContext", {bind_of({})}, {"bind_nak 1 reason 0"}, true},
      {"ASecurityTrailer", {with_trailer(echo_bind())}, {"bind_nak 1 reason 8"}},
      {"WithoutItTheBindSucceeds",
       {with_trailer(echo_bind()), echo_bind()},
       {"bind_nak 1 reason 8", "bind_ack 1 0/0 ndr32"}},
      {"AlterWithASecurityTrailer",
       {echo_bind(), with_trailer(alter)},
       {"bind_ack 1 0/0 ndr32", kProtocolFault},
       true},
      {"Alter", {echo_bind(), alter}, {"bind_ack 1 0/0 ndr32", "alter_context_resp 2 0/0 ndr64"}},
      {"AlterBeforeBind", {alter}, {kProtocolFault}, true},
      {"ASecondBind",
       {echo_bind(), echo_bind()},
       {"bind_ack 1 0/0 ndr32", "fault 1 c0 nca_s_proto_error (0x1c01000b)"},
       true},
      {"ARequestBeforeBind", {request_of({})}, {kProtocolFault}, true},
      {"NoSuchGroup",
       {bind_of({{{0}, kEcho, {kNdr32}}}, PacketType::bind, 1, ByteOrder::little, 77)},
       {"bind_nak 1 reason 0"}},
      {"UnknownContext",
       {echo_bind(), request_of({.stub = "x", .context = 9}), request_of({.call = 3, .stub = "y"})},
       {"bind_ack 1 0/0 ndr32", "fault 2 c9 nca_s_unk_if (0x1c010003)", "response 3 c0 y"}},
      {"OpnumOutOfRange",
       {echo_bind(), request_of({.opnum = 9}), request_of({.call = 3, .stub = "y"})},
       {"bind_ack 1 0/0 ndr32", "fault 2 c0 nca_s_op_rng_error (0x1c010002)", "response 3 c0 y"}},
      {"BigEndianRequestWithAnObject",
       {echo_bind(ByteOrder::big), with_object()},
       {"bind_ack 1 0/0 ndr32",
        "response 2 c0 interface 0 big ndr32 afa8bd80-7d8a-11c9-bef4-08002b102989"}},
      {"Ndr64",
       {bind_of({{{5}, kManagement, {kNdr64}}}), request_of({.opnum = 1, .context = 5})},
       {"bind_ack 1 0/0 ndr64", "response 2 c5 interface 1 little ndr64 no object"}},
      {"Reassembles",
       {echo_bind(), request_of({.stub = "ab", .flag_bits = kFirst}),
        request_of({.stub = "cd", .flag_bits = 0}), request_of({.stub = "ef", .flag_bits = kLast})},
       {"bind_ack 1 0/0 ndr32", "response 2 c0 abcdef"}},
      {"InterleavedCalls",
       {echo_bind(), request_of({.stub = "a", .flag_bits = kFirst}),
        request_of({.call = 3, .stub = "x", .flag_bits = kFirst}),
        request_of({.call = 3, .stub = "y", .flag_bits = kLast}),
        request_of({.stub = "b", .flag_bits = kLast})},
       {"bind_ack 1 0/0 ndr32", "response 3 c0 xy", "response 2 c0 ab"}},
      {"OverlappingFirstFragments",
       {echo_bind(), request_of({.stub = "a", .flag_bits = kFirst}),
        request_of({.stub = "a", .flag_bits = kFirst})},
       {"bind_ack 1 0/0 ndr32", kProtocolFault},
       true},
      {"AnEmptyFirstFragment",
       {echo_bind(), request_of({.flag_bits = kFirst})},
       {"bind_ack 1 0/0 ndr32", kProtocolFault},
       true},
      {"AnEmptyMiddleFragment",
       {echo_bind(), request_of({.stub = "a", .flag_bits = kFirst}), request_of({.flag_bits = 0})},
       {"bind_ack 1 0/0 ndr32", kProtocolFault},
       true},
      {"AFragmentOfNoCall",
       {echo_bind(), request_of({.stub = "a", .flag_bits = kLast})},
       {"bind_ack 1 0/0 ndr32", kProtocolFault},
       true},
      {"AFragmentOfAnotherOperation",
       {echo_bind(), request_of({.stub = "a", .flag_bits = kFirst}),
        request_of({.opnum = 1, .stub = "b", .flag_bits = kLast})},
       {"bind_ack 1 0/0 ndr32", kProtocolFault},
       true},
      {"TheFragmentsOfARefusedCallAreSwallowed",
       {echo_bind(), request_of({.stub = "a", .flag_bits = kFirst, .context = 9}),
        request_of({.stub = "b", .flag_bits = kLast, .context = 9}),
        request_of({.call = 3, .stub = "y"})},
       {"bind_ack 1 0/0 ndr32", "fault 2 c9 nca_s_unk_if (0x1c010003)", "response 3 c0 y"}},
      {"AWaitingCallDelaysNobody",
       {echo_bind(), request_of({.opnum = 2}), request_of({.call = 3, .stub = "y"})},
       {"bind_ack 1 0/0 ndr32", "response 3 c0 y"}},
      {"CancelEndsAWaitingCall",
       {echo_bind(), request_of({.opnum = 2}), bare(PacketType::co_cancel, 2)},
       {"bind_ack 1 0/0 ndr32", "fault 2 c0 nca_s_fault_cancel (0x1c00000d)"}},
      {"OrphanedEndsItSilently",
       {echo_bind(), request_of({.opnum = 2}), bare(PacketType::orphaned, 2)},
       {"bind_ack 1 0/0 ndr32"}},
      {"OrphanedDropsFragments",
       {echo_bind(), request_of({.stub = "a", .flag_bits = kFirst}), bare(PacketType::orphaned, 2),
        request_of({.stub = "z"})},
       {"bind_ack 1 0/0 ndr32", "response 2 c0 z"}},
      {"CancelOfNoCallIsNothing",
       {echo_bind(), bare(PacketType::co_cancel, 9)},
       {"bind_ack 1 0/0 ndr32"}},
      {"Auth3",
       {echo_bind(), bare(PacketType::auth3, 2)},
       {"bind_ack 1 0/0 ndr32", kProtocolFault},
       true},
      {"AServersPdu",
       {echo_bind(), bare(PacketType::shutdown, 2, ByteOrder::big)},
       {"bind_ack 1 0/0 ndr32", kProtocolFault},
       true},
      {"NoDceRpcAfterBind",
       {echo_bind(), from_hex("06000003 00000000 10000000 00000002")},
       {"bind_ack 1 0/0 ndr32", kProtocolFault},
       true},
  };
}

class Conversation : public testing::TestWithParam<Case> {};

TEST_P(Conversation, IsAnsweredTheSameInEveryCut) {
  Bytes all;
  for (const Bytes& each : GetParam().input) {
    append(all, each);
  }
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    EchoServer server;
    server.feed(ByteView(all).first(cut));
    std::string close = server.close;
    server.feed(ByteView(all).subspan(cut));
    close += server.close;
    ASSERT_EQ(tell(server.sent), GetParam().sent) << "cut at " << cut;
    ASSERT_EQ(!close.empty(), GetParam().closes) << close;
  }
  EchoServer server;
  for (const std::byte& octet : all) {
    server.feed(ByteView(&octet, 1));
  }
  EXPECT_EQ(tell(server.sent), GetParam().sent);
}

TEST_P(Conversation, SurvivesEveryMutationOfOneOctet) {
  Bytes all;
  for (const Bytes& each : GetParam().input) {
    append(all, each);
  }
  for (std::size_t at = 0; at < all.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x04U, 0x10U, 0x80U, 0xffU}) {
      const Bytes mutant = [&] {
        Bytes copy = all;
        copy[at] ^= static_cast<std::byte>(flip);
        return copy;
      }();
      EchoServer server;
      server.feed(mutant);
      for (const std::string& line : tell(server.sent)) {
        ASSERT_NE(line, "no PDU") << at;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Server, Conversation, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

TEST(Server, AnswersWhatIsNoDceRpcAsWindowsDoes) {
  // The start of an SMB negotiate, as port scanners send it.
  EchoServer server;
  server.feed(from_hex("000000a4 ff534d42 72000000 00080140"));
  EXPECT_EQ(to_hex(server.sent),
            "05000d0310000000"
            "1800000000080140"
            "0400010500000000");
  EXPECT_NE(server.close, "");
  EXPECT_THAT(server.feed(echo_bind()), IsEmpty());
}

TEST(Server, NegotiatesTheSmallerFragmentAndSplitsItsAnswers) {
  EchoServer server;
  server.feed(bind_of({{{0}, kEcho, {kNdr32}}}, PacketType::bind, 1, ByteOrder::little, 0, 1432));
  const Framed framed = frame(server.sent, 65535);
  EXPECT_EQ(decode_bind_ack(std::get<Fragment>(framed))->max_transmit, 1432);
  server.sent.clear();
  const std::string stub(5000, 'x');
  server.feed(request_of({.stub = stub}));
  std::string whole;
  ByteView rest = server.sent;
  std::size_t count = 0;
  for (; !rest.empty(); ++count) {
    const Framed next = frame(rest, 1432);
    const auto& fragment = std::get<Fragment>(next);
    EXPECT_EQ((fragment.header.flags & kFirst) != 0, count == 0);
    whole += text_of(decode_response(fragment)->stub);
    rest = rest.subspan(fragment.header.fragment_length);
    EXPECT_EQ((fragment.header.flags & kLast) != 0, rest.empty());
  }
  EXPECT_EQ(whole, stub);
  EXPECT_EQ(count, 4U);
}

TEST(Server, ALateAnswerNeverGoesToANewCallOfTheSameId) {
  EchoServer server;
  server.feed(echo_bind());
  server.feed(request_of({.opnum = 2}));
  server.feed(bare(PacketType::orphaned, 2));
  server.feed(request_of({.opnum = 2}));
  EXPECT_THAT(server.answer(0, "old"), IsEmpty());
  EXPECT_THAT(server.answer(1, "new"), ElementsAre("response 2 c0 new"));
}

TEST(Server, ManyPipelinedCallsAreNoCallsInProgress) {
  EchoServer server({.max_calls = 2});
  Bytes all = echo_bind();
  for (std::uint32_t call = 2; call < 300; ++call) {
    append(all, request_of({.call = call, .stub = "x"}));
  }
  EXPECT_EQ(server.feed(all).size(), 299U);
  EXPECT_EQ(server.close, "");
}

TEST(Limits, Contexts) {
  EchoServer server({.max_contexts = 2});
  EXPECT_THAT(server.feed(bind_of({{{0}, kEcho, {kNdr32}},
                                   {{1}, kEcho, {kNdr32}},
                                   {{2}, kEcho, {kNdr32}},
                                   {{1}, kEcho, {kNdr32}}})),
              ElementsAre("bind_ack 1 0/0 ndr32 0/0 ndr32 2/3 0/0 ndr32"));
}

TEST(Limits, Calls) {
  EchoServer server({.max_calls = 2});
  server.feed(echo_bind());
  server.feed(request_of({.call = 2, .opnum = 2}));
  server.feed(request_of({.call = 3, .stub = "a", .flag_bits = kFirst}));
  EXPECT_THAT(server.feed(request_of({.call = 4, .stub = "x"})),
              ElementsAre("fault 4 c0 nca_s_server_too_busy (0x1c010014)"));
  EXPECT_THAT(server.feed(request_of({.call = 3, .stub = "b", .flag_bits = kLast})),
              ElementsAre("response 3 c0 ab"));
  EXPECT_THAT(server.feed(request_of({.call = 4, .stub = "x"})), ElementsAre("response 4 c0 x"));
}

TEST(Limits, IncompleteCalls) {
  EchoServer server({.max_calls = 2});
  server.feed(echo_bind());
  for (std::uint32_t call = 2; call < 5; ++call) {
    server.feed(request_of({.call = call, .stub = "a", .flag_bits = kFirst}));
    EXPECT_EQ(server.close, "");
  }
  server.feed(request_of({.call = 5, .stub = "a", .flag_bits = kFirst}));
  EXPECT_EQ(server.close, "too many incomplete calls");
}

TEST(Limits, Fragment) {
  EchoServer server({.max_fragment = 1432});
  server.feed(echo_bind());
  EXPECT_THAT(server.feed(request_of({.stub = std::string(1432 - 24, 'x')})), testing::SizeIs(1));
  server.feed(request_of({.call = 3, .stub = std::string(1432 - 23, 'x')}));
  EXPECT_EQ(server.close, "too large at offset 8 (frag_length)");
}

TEST(Limits, Request) {
  EchoServer server({.max_request = 10});
  const char* const fault = "fault 2 c0 nca_s_fault_remote_no_memory (0x1c00001b)";
  server.feed(echo_bind());
  EXPECT_THAT(server.feed(request_of({.stub = "0123456789"})), testing::SizeIs(1));
  EXPECT_THAT(server.feed(request_of({.stub = "0123456789a"})), ElementsAre(fault));
  server.feed(request_of({.stub = "01234567", .flag_bits = kFirst}));
  EXPECT_THAT(server.feed(request_of({.stub = "89a", .flag_bits = 0})), ElementsAre(fault));
  EXPECT_THAT(server.feed(request_of({.stub = "b", .flag_bits = kLast})), IsEmpty());
  EXPECT_THAT(server.feed(request_of({.stub = "z"})), ElementsAre("response 2 c0 z"));
}

TEST(Groups, ASecondConnectionJoinsFromTheSameAddressOnly) {
  EchoServer server;
  server.feed(echo_bind());
  const auto group = server.association().group();
  const Bytes join =
      bind_of({{{0}, kEcho, {kNdr32}}}, PacketType::bind, 1, ByteOrder::little, group->id().value);
  server.connect(support::tcp_peer(2, "10.0.0.5", "10.0.0.10"));
  EXPECT_THAT(server.feed(join), ElementsAre("bind_nak 1 reason 0"));
  server.connect(support::tcp_peer(3));
  EXPECT_THAT(server.feed(join), ElementsAre("bind_ack 1 0/0 ndr32"));
  EXPECT_EQ(server.association().group(), group);
}

}  // namespace
}  // namespace pinhole::dcerpc
