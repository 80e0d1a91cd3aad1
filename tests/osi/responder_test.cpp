// SPDX-License-Identifier: Apache-2.0
#include "osi/responder.hpp"

#include <string>

#include <gtest/gtest.h>

#include "osi/initiator.hpp"

namespace pinhole::osi {
namespace {

constexpr const char* kConnect = "03000016 11e00000123400c0010bc10141c2034d5441";
constexpr const char* kConfirm =
    "0300000e09d0123400"
    "0100c0010b";
constexpr const char* kSessionConnect = "03000017 02f080 0d0e 0506130100160102 14020002 3300";
// TPKT, DT, then REFUSE: transport released, reason 130.
constexpr const char* kRefuse = "0300000f02f0800c06110101320182";

std::string hex(const char* text) {
  return to_hex(from_hex(text));
}

struct Conversation {
  const char* name;
  std::string in;
  std::string out;
  std::optional<CloseReason> close;
};

std::ostream& operator<<(std::ostream& out, const Conversation& c) {
  return out << c.name;
}

class ResponderTalks : public testing::TestWithParam<Conversation> {};

TEST_P(ResponderTalks, TheSameForEverySplit) {
  const Bytes in = from_hex(GetParam().in);
  for (std::size_t cut = 0; cut <= in.size(); ++cut) {
    Responder responder;
    std::string out;
    std::optional<CloseReason> close;
    for (const ByteView part : {ByteView(in).first(cut), ByteView(in).subspan(cut)}) {
      const auto output = responder.on_bytes(part);
      out += to_hex(output.bytes);
      close = output.close ? output.close : close;
      EXPECT_LE(responder.held(), in.size());
    }
    ASSERT_EQ(out, hex(GetParam().out.c_str())) << "cut at " << cut;
    ASSERT_EQ(close, GetParam().close) << "cut at " << cut;
  }
}

std::string then(const char* first, const char* second) {
  return std::string(first) + second;
}

INSTANTIATE_TEST_SUITE_P(
    Conversations, ResponderTalks,
    testing::Values(
        Conversation{"AcceptsClassZero", kConnect, kConfirm, std::nullopt},
        Conversation{"RefusesTheSession", then(kConnect, kSessionConnect), then(kConfirm, kRefuse),
                     CloseReason::session_refused},
        Conversation{"DropsWhatFollowsARefusal", then(kConnect, kSessionConnect) + "0300000702f080",
                     then(kConfirm, kRefuse), CloseReason::session_refused},
        Conversation{"ReassemblesASessionConnectOfThreePieces",
                     then(kConnect,
                          "0300000a02f000 0d0e05 0300000802f000 06 "
                          "03000013 02f080 130100160102 14020002 3300"),
                     then(kConfirm, "") + kRefuse, CloseReason::session_refused},
        Conversation{"AnswersClassOneWithClassZero", "0300000b06e00000123410",
                     "0300000e09d012340001"
                     "00c0010d",
                     std::nullopt},
        Conversation{"RefusesClassFourAlone", "0300000b06e00000123440", "0300000b06801234000082",
                     CloseReason::transport_refused},
        Conversation{"AcceptsClassFourWithClassZeroBesideIt", "0300000e09e00000123440c70100",
                     "0300000e09d012340001"
                     "00c0010d",
                     std::nullopt},
        Conversation{"GrantsNoMoreThanTheLeastSize", "0300000e09e00000123400c00107",
                     "0300000e09d012340001"
                     "00c00107",
                     std::nullopt},
        Conversation{"AnswersAPreferredSizeWithOne", "03000012 0de00000123400c0010bf0020200",
                     "03000011 0cd012340001"
                     "00f00400000040",
                     std::nullopt},
        Conversation{"RefusesAConnectRequestWithABrokenParameter", "0300000e09e00000123400c1022a",
                     "0300000b0680123400008a", CloseReason::transport_refused},
        Conversation{"RefusesAConnectRequestWithAnUnknownSize", "0300000e09e00000123400c00106",
                     "0300000b06801234000085", CloseReason::transport_refused},
        Conversation{"RejectsDataBeforeAConnection", "0300000702f080",
                     "0300000e0970000002c10302f080", CloseReason::transport_error},
        Conversation{"RejectsAConnectRequestTooShortForItsReference", "0300000703e00000",
                     "0300000e0970000000c10303e000", CloseReason::transport_error},
        Conversation{"RejectsASecondConnectRequest", then(kConnect, "0300000b06e00000123500"),
                     then(kConfirm, "030000120d70123402c10706e00000123500"),
                     CloseReason::transport_error},
        Conversation{"RejectsExpeditedData", then(kConnect, "030000090410000180"),
                     then(kConfirm, "030000100b70123402c1050410000180"),
                     CloseReason::transport_error},
        Conversation{"RejectsDataThatSaysNothing", then(kConnect, "0300000702f000"),
                     then(kConfirm, "0300000e0970123400c10302f000"), CloseReason::transport_error},
        Conversation{"EndsWithThePeersDisconnect", then(kConnect, "0300000b06800001123480"),
                     kConfirm, CloseReason::peer_disconnect},
        Conversation{"IsSilentToAnotherProtocol", "474554202f", "", CloseReason::framing_error},
        Conversation{"IsSilentToAPacketLongerThanAConnectRequest", "03000400", "",
                     CloseReason::framing_error},
        Conversation{"IsSilentToAPacketLongerThanNegotiated", then(kConnect, "03000805"), kConfirm,
                     CloseReason::framing_error},
        Conversation{"RefusesUnknownSessionVersions",
                     then(kConnect, "03000014 02f080 0d0b 0506130100160104 330131"),
                     then(kConfirm, "0300000f02f0800c06110101320184"),
                     CloseReason::session_refused},
        Conversation{"AbortsOnASessionDataUnit", then(kConnect, "0300000902f0800100"),
                     then(kConfirm, "0300000c02f0801903110105"), CloseReason::session_error},
        Conversation{"AbortsOnAConnectThatIsCut", then(kConnect, "0300000a02f0800d0505"),
                     then(kConfirm, "0300000c02f0801903110105"), CloseReason::session_error},
        Conversation{"EndsWithThePeersAbort", then(kConnect, "0300000c02f0801903110103"), kConfirm,
                     CloseReason::session_abort}),
    [](const auto& param) { return param.param.name; });

TEST(Responder, NeverClosesOnATruncatedConversation) {
  const Bytes in = from_hex(then(kConnect, kSessionConnect));
  for (std::size_t size = 0; size < in.size(); ++size) {
    Responder responder;
    EXPECT_FALSE(responder.on_bytes(ByteView(in).first(size)).close) << size;
  }
}

TEST(Responder, SurvivesEveryChangeOfOneOctet) {
  const Bytes in = from_hex(then(kConnect, kSessionConnect));
  for (std::size_t at = 0; at < in.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      Bytes changed = in;
      changed[at] = static_cast<std::byte>(value);
      Responder responder;
      (void)responder.on_bytes(changed);
      ASSERT_LE(responder.held(), in.size());
    }
  }
}

TEST(Responder, KeepsWhatWasCalledForTheLog) {
  Responder responder;
  (void)responder.on_bytes(from_hex(kConnect));
  (void)responder.on_bytes(from_hex("03000015 02f080 0d0c 14020002 330141 3403533432"));
  EXPECT_EQ(text_of(responder.address().calling_tsap), "A");
  EXPECT_EQ(text_of(responder.address().called_tsap), "MTA");
  EXPECT_EQ(text_of(responder.address().calling_selector), "A");
  EXPECT_EQ(text_of(responder.address().called_selector), "S42");
}

TEST(Responder, RefusesASessionConnectThatNeverEndsAndHoldsNoMoreThanItsLimit) {
  const ResponderLimits limits{.tpdu = 2048, .tsdu = 4096};
  Responder responder(limits);
  (void)responder.on_bytes(from_hex(kConnect));
  Bytes piece(1000, std::byte{0x61});
  piece[0] = std::byte{kConnectSi};
  const Bytes packet = tpkt(encode(DataTransfer{false, piece}));
  Responder::Output output;
  std::size_t sent = 0;
  while (!output.close && sent < 100) {
    output = responder.on_bytes(packet);
    EXPECT_LE(responder.held(), limits.tsdu);
    ++sent;
  }
  EXPECT_EQ(sent, 5U);
  EXPECT_EQ(output.close, CloseReason::session_refused);
  EXPECT_EQ(to_hex(output.bytes), "0300000f02f0800c06110101320186");
  EXPECT_EQ(responder.held(), 0U);
}

Answer ask(const ConnectRequest& transport, Responder responder, std::size_t user_data = 0) {
  ConnectSpdu session;
  session.versions = 2;
  session.user_data = Bytes(user_data, std::byte{0x31});
  Initiator initiator(transport, session);
  Bytes to_responder = initiator.start();
  for (int i = 0; i < 10; ++i) {
    const auto answered = responder.on_bytes(to_responder);
    const auto output = initiator.on_bytes(answered.bytes);
    if (output.answer) {
      return *output.answer;
    }
    to_responder = output.bytes;
  }
  return {};
}

TEST(Initiator, LearnsThatTheSessionIsRefused) {
  ConnectRequest transport;
  transport.source = 7;
  const Answer answer = ask(transport, Responder{});
  EXPECT_EQ(to_string(answer), "session refused: SS-user not attached to SSAP");
}

TEST(Initiator, CutsALongConnectToTheGrantedSize) {
  ConnectRequest transport;
  transport.source = 7;
  transport.tpdu_size = 128;
  const Answer answer = ask(transport, Responder({}, RefuseReason::user_congestion), 10000);
  EXPECT_EQ(answer.reached, Reached::session_refused);
  EXPECT_EQ(answer.refuse, RefuseReason::user_congestion);
}

TEST(Initiator, LearnsThatTheTransportIsRefused) {
  ConnectRequest transport;
  transport.source = 7;
  transport.preferred_class = 4;
  EXPECT_EQ(to_string(ask(transport, Responder{})),
            "transport refused: connection negotiation failed");
}

TEST(Initiator, LearnsThatAnotherProtocolAnswers) {
  Initiator initiator({}, {});
  const auto output = initiator.on_bytes(bytes_of("HTTP/1.1 400 Bad Request"));
  ASSERT_TRUE(output.answer);
  EXPECT_EQ(output.answer->reached, Reached::nothing);
  EXPECT_FALSE(initiator.transport_open());
}

TEST(Initiator, LearnsOfErrorAbortAndAccept) {
  const auto after_confirm = [](const char* reply) {
    Initiator initiator({}, {});
    (void)initiator.on_bytes(from_hex("0300000b06d00000000100"));
    EXPECT_TRUE(initiator.transport_open());
    return initiator.on_bytes(from_hex(reply)).answer.value_or(Answer{}).reached;
  };
  EXPECT_EQ(after_confirm("0300000902f0800e00"), Reached::session_accepted);
  EXPECT_EQ(after_confirm("0300000c02f0801903110105"), Reached::session_aborted);
  EXPECT_EQ(after_confirm("0300000e0970000002c10302f080"), Reached::transport_error);
  EXPECT_EQ(after_confirm("0300000b06d00000000100"), Reached::transport_error);
}

}  // namespace
}  // namespace pinhole::osi
