// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/observer.hpp"

#include <gmock/gmock.h>

#include "dcerpc/conversation.hpp"

namespace pinhole::dcerpc {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using Lines = std::vector<std::string>;
constexpr auto kFirst = flags::kFirstFragment;
constexpr auto kLast = flags::kLastFragment;

/// Tells what it is told in lines; checks that PDUs and other octets cover the stream.
class Telling : public ObserverSink {
 public:
  void on_pdu(Direction direction, std::uint64_t offset, const Fragment& fragment) override {
    cover(direction, offset, fragment.whole.size());
  }
  void on_other(Direction direction, std::uint64_t offset, ByteView octets) override {
    cover(direction, offset, octets.size());
    other += octets.size();
  }
  void on_bind(CallId call, const Bind& bind) override {
    lines.push_back(fmt::format("bind {} with {}", call.value, bind.contexts.size()));
  }
  void on_bind_ack(CallId call, const BindAck&,
                   const std::vector<ObservedProposal>& proposals) override {
    std::string line = fmt::format("ack {}", call.value);
    for (const auto& each : proposals) {
      line +=
          fmt::format(" c{}={}", each.proposed.id.value, static_cast<unsigned>(each.answer.result));
    }
    lines.push_back(line);
  }
  void on_bind_nak(CallId call, const BindNak& nak) override {
    lines.push_back(fmt::format("nak {} {}", call.value, static_cast<unsigned>(nak.reason)));
  }
  void on_request(const ObservedCall& call, const ObservedStub& stub) override {
    lines.push_back("request " + name(call) + text(stub));
  }
  void on_response(const ObservedCall& call, const ObservedStub& stub) override {
    lines.push_back("response " + name(call) + text(stub));
  }
  void on_fault(const ObservedCall& call, std::uint32_t status) override {
    lines.push_back("fault " + name(call) + fmt::format(" 0x{:08x}", status));
  }
  void on_oddity(Direction, std::uint64_t, Oddity oddity) override {
    lines.push_back(std::string("odd: ") + to_string(oddity));
  }

  Lines lines;
  std::uint64_t other = 0;
  std::array<std::uint64_t, 2> covered{};

 private:
  void cover(Direction direction, std::uint64_t offset, std::size_t size) {
    auto& end = covered[static_cast<std::size_t>(direction)];
    EXPECT_GE(offset, end);
    end = offset + size;
  }
  static std::string name(const ObservedCall& call) {
    return fmt::format("{} {} op {}", call.call.value,
                       !call.agreed                            ? "?"
                       : call.agreed->interface == kEcho       ? "echo"
                       : call.agreed->interface == kManagement ? "mgmt"
                                                               : "other",
                       call.opnum.value);
  }
  static std::string text(const ObservedStub& stub) {
    return stub.whole ? fmt::format(" '{}'", text_of(stub.stub)) : " (not whole)";
  }
};

/// A conversation of both directions: what the client sends, and what an EchoServer answers.
struct Conversation {
  Bytes to_server;
  Bytes to_client;
};

Conversation conversation() {
  EchoServer server;
  Bytes sent = bind_of({{{0}, kEcho, {kNdr32}}, {{1}, kUnknownSyntax, {kNdr32}}});
  append(sent,
         bind_of({{{2}, kManagement, {kNdr64}}}, PacketType::alter_context, 2, ByteOrder::big));
  append(sent, request_of({.call = 3, .stub = "one"}));
  append(sent, request_of({.call = 4, .stub = "tw", .flag_bits = kFirst, .context = 2}));
  append(sent, request_of({.call = 5, .opnum = 9}));
  append(sent, request_of({.call = 4, .stub = "o", .flag_bits = kLast, .context = 2}));
  append(sent, request_of({.call = 6, .stub = "x", .context = 9}));
  server.feed(sent);
  return {sent, server.sent};
}

Lines both(const Conversation& of, std::size_t cut_to_server, std::size_t cut_to_client) {
  Observer observer;
  Telling told;
  const ByteView there = of.to_server;
  const ByteView back = of.to_client;
  observer.on_bytes(Direction::to_server, there.first(cut_to_server), told);
  observer.on_bytes(Direction::to_server, there.subspan(cut_to_server), told);
  observer.on_bytes(Direction::to_client, back.first(cut_to_client), told);
  observer.on_bytes(Direction::to_client, back.subspan(cut_to_client), told);
  EXPECT_EQ(told.covered[0], there.size());
  EXPECT_EQ(told.covered[1], back.size());
  return told.lines;
}

TEST(Observer, FollowsAConversationStepByStep) {
  EchoServer server;
  Observer observer;
  Telling told;
  const auto step = [&](const Bytes& bytes) {
    server.sent.clear();
    server.feed(bytes);
    observer.on_bytes(Direction::to_server, bytes, told);
    observer.on_bytes(Direction::to_client, server.sent, told);
    return std::exchange(told.lines, {});
  };
  EXPECT_THAT(step(bind_of({{{0}, kEcho, {kNdr32}}, {{1}, kUnknownSyntax, {kNdr32}}})),
              ElementsAre("bind 1 with 2", "ack 1 c0=0 c1=2"));
  EXPECT_THAT(step(bind_of({{{2}, kManagement, {kNdr64}}}, PacketType::alter_context, 2)),
              ElementsAre("bind 2 with 1", "ack 2 c2=0"));
  ASSERT_EQ(observer.contexts().size(), 2U);
  EXPECT_EQ(observer.contexts()[1].interface, kManagement);
  EXPECT_EQ(observer.contexts()[1].transfer_syntax, kNdr64);
  EXPECT_THAT(step(request_of({.call = 3, .stub = "hi"})),
              ElementsAre("request 3 echo op 0 'hi'", "response 3 echo op 0 'hi'"));
  EXPECT_THAT(step(request_of({.call = 4, .stub = "a", .flag_bits = kFirst, .context = 2})),
              IsEmpty());
  EXPECT_THAT(step(request_of({.call = 4, .stub = "b", .flag_bits = kLast, .context = 2})),
              ElementsAre("request 4 mgmt op 0 'ab'", "response 4 mgmt op 0 'ab'"));
  EXPECT_THAT(step(request_of({.call = 5, .opnum = 7})),
              ElementsAre("request 5 echo op 7 ''", "fault 5 echo op 7 0x1c010002"));
  EXPECT_THAT(step(request_of({.call = 6, .context = 9})),
              ElementsAre("odd: unknown presentation context", "request 6 ? op 0 ''",
                          "fault 6 ? op 0 0x1c010003"));
}

TEST(Observer, ReassemblesLongAnswers) {
  EchoServer server;
  Observer observer;
  Telling told;
  const std::string stub(20000, 'x');
  Bytes sent = echo_bind();
  for (std::size_t at = 0; at < stub.size(); at += 5000) {
    const int bits = (at == 0 ? kFirst : 0) | (at == 15000 ? kLast : 0);
    append(sent, request_of({.stub = stub.substr(at, 5000),
                             .flag_bits = static_cast<std::uint8_t>(bits)}));
  }
  server.feed(sent);
  observer.on_bytes(Direction::to_server, sent, told);
  observer.on_bytes(Direction::to_client, server.sent, told);
  EXPECT_THAT(told.lines, Contains("response 2 ? op 0 '" + stub + "'"));
}

TEST(Observer, TellsTheSameInEveryCut) {
  const Conversation of = conversation();
  const Lines whole = both(of, 0, 0);
  for (std::size_t cut = 0; cut <= of.to_server.size(); ++cut) {
    ASSERT_EQ(both(of, cut, 0), whole) << cut;
  }
  for (std::size_t cut = 0; cut <= of.to_client.size(); ++cut) {
    ASSERT_EQ(both(of, 0, cut), whole) << cut;
  }
}

TEST(Observer, SurvivesEveryTruncationAndMutation) {
  const Conversation of = conversation();
  for (std::size_t size = 0; size < of.to_server.size(); ++size) {
    Observer observer;
    Telling told;
    observer.on_bytes(Direction::to_server, ByteView(of.to_server).first(size), told);
    observer.on_bytes(Direction::to_client, of.to_client, told);
  }
  for (std::size_t at = 0; at < of.to_server.size() + of.to_client.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x02U, 0x08U, 0x80U, 0xffU}) {
      Conversation mutant = of;
      const bool there = at < of.to_server.size();
      (there ? mutant.to_server[at] : mutant.to_client[at - of.to_server.size()]) ^=
          static_cast<std::byte>(flip);
      Observer observer;
      Telling told;
      observer.on_bytes(Direction::to_server, mutant.to_server, told);
      observer.on_bytes(Direction::to_client, mutant.to_client, told);
    }
  }
}

TEST(Observer, TakesUpTheNextPduAfterAGapOfAnySize) {
  const Conversation of = conversation();
  const Bytes tail = request_of({.call = 40, .stub = "end"});
  const Bytes all = of.to_server + tail;
  for (std::size_t gap = 1; gap <= of.to_server.size(); ++gap) {
    Observer observer;
    Telling told;
    observer.on_gap(Direction::to_server, gap, told);
    for (const std::byte& octet : ByteView(all).subspan(gap)) {
      observer.on_bytes(Direction::to_server, ByteView(&octet, 1), told);
    }
    ASSERT_THAT(told.lines, Contains("request 40 ? op 0 'end'")) << gap;
    ASSERT_EQ(told.covered[0], all.size());
  }
}

TEST(Observer, ACallWithAGapIsNotWhole) {
  Observer observer;
  Telling told;
  observer.on_bytes(Direction::to_server, request_of({.stub = "a", .flag_bits = kFirst}), told);
  observer.on_gap(Direction::to_server, 25, told);
  observer.on_bytes(Direction::to_server, request_of({.stub = "c", .flag_bits = kLast}), told);
  EXPECT_THAT(told.lines,
              ElementsAre("odd: unknown presentation context", "request 2 ? op 0 (not whole)"));
}

TEST(Observer, NamesWhatIsOdd) {
  struct Odd {
    Direction direction;
    Bytes bytes;
    Lines lines;
  };
  const auto there = Direction::to_server;
  const auto back = Direction::to_client;
  Bytes nak;
  encode_bind_nak(nak, {1}, NakReason::local_limit_exceeded);
  const std::vector<Odd> all{
      {there, from_hex("47455420 2f204854 54502f31 2e310d0a"), {"odd: not DCE/RPC"}},
      {there, bare(PacketType::response, 1), {"odd: PDU in the wrong direction"}},
      {back, bare(PacketType::request, 1), {"odd: PDU in the wrong direction"}},
      {there, bare(PacketType::bind, 1), {"odd: malformed PDU"}},
      {there, bare(PacketType::request, 1), {"odd: malformed PDU"}},
      {back, bare(PacketType::bind_ack, 1), {"odd: malformed PDU"}},
      {back, bare(PacketType::fault, 1), {"odd: malformed PDU"}},
      {back, nak, {"nak 1 2"}},
      {there,
       request_of({.stub = "a", .flag_bits = kLast}),
       {"odd: fragment of no call", "odd: unknown presentation context",
        "request 2 ? op 0 (not whole)"}},
      {back, bare(PacketType::shutdown, 1), {}},
  };
  for (const Odd& each : all) {
    Observer observer;
    Telling told;
    observer.on_bytes(each.direction, each.bytes, told);
    EXPECT_EQ(told.lines, each.lines);
  }
}

TEST(Observer, AnswersMatchWhatWasAsked) {
  EchoServer server;
  server.feed(echo_bind() + request_of({.stub = "a"}));
  Observer observer;
  Telling told;
  observer.on_bytes(Direction::to_client, server.sent, told);
  EXPECT_THAT(told.lines, ElementsAre("odd: answer to nothing", "ack 1", "odd: answer to nothing"));
  told.lines.clear();
  observer.on_bytes(Direction::to_server, bind_of({{{0}, kEcho, {}}, {{1}, kEcho, {}}}), told);
  observer.on_bytes(Direction::to_client, server.sent, told);
  EXPECT_THAT(told.lines, Contains("odd: results that do not match the proposals"));
  EXPECT_THAT(observer.contexts(), IsEmpty());
}

TEST(Observer, KeepsWithinItsLimits) {
  Observer observer({.max_stub = 10, .max_calls = 2, .max_contexts = 1});
  Telling told;
  EchoServer server;
  const Bytes bind = bind_of({{{0}, kEcho, {kNdr32}}, {{1}, kEcho, {kNdr32}}});
  server.feed(bind);
  observer.on_bytes(Direction::to_server, bind, told);
  observer.on_bytes(Direction::to_client, server.sent, told);
  EXPECT_THAT(told.lines, Contains("odd: presentation contexts above the limit"));
  told.lines.clear();
  for (std::uint32_t call = 2; call < 5; ++call) {
    observer.on_bytes(Direction::to_server,
                      request_of({.call = call, .stub = "123456", .flag_bits = kFirst}), told);
  }
  EXPECT_THAT(told.lines, ElementsAre("odd: stub above the limit", "odd: calls above the limit"));
  told.lines.clear();
  observer.on_bytes(Direction::to_server, request_of({.call = 4, .flag_bits = kLast}), told);
  observer.on_bytes(Direction::to_server, request_of({.call = 4, .flag_bits = kFirst}), told);
  EXPECT_THAT(told.lines,
              ElementsAre("request 4 echo op 0 '123456'", "odd: call id in progress used again"));
}

}  // namespace
}  // namespace pinhole::dcerpc
