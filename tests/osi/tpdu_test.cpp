// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "osi/cotp.hpp"
#include "osi/session.hpp"
#include "osi/tpkt.hpp"

namespace pinhole::osi {
namespace {

TEST(Tpkt, WrapsWithItsOwnHeaderInTheLength) {
  EXPECT_EQ(to_hex(tpkt(from_hex("02f080"))), "0300000702f080");
  EXPECT_THROW((void)tpkt(Bytes(kTpduMost + 1)), std::length_error);
}

TEST(TpktReader, YieldsTheSameFramesForEverySplit) {
  const Bytes stream = from_hex("0300000702f080 0300000902f080aabb 0300000702f000");
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    TpktReader reader(16);
    std::string seen;
    for (ByteView part : {ByteView(stream).first(cut), ByteView(stream).subspan(cut)}) {
      for (;;) {
        const auto next = reader.next(part);
        const auto* frame = std::get_if<TpktFrame>(&next);
        if (frame == nullptr) {
          ASSERT_TRUE(std::holds_alternative<NeedMore>(next)) << cut;
          break;
        }
        seen += to_hex(frame->tpdu) + ' ';
      }
    }
    EXPECT_EQ(seen, "02f080 02f080aabb 02f000 ") << cut;
    EXPECT_EQ(reader.held(), cut == stream.size() ? 0U : reader.held());
  }
}

struct BadFrame {
  const char* name;
  const char* hex;
  WireErrc code;
};

class TpktReaderRefuses : public testing::TestWithParam<BadFrame> {};

TEST_P(TpktReaderRefuses, WithItsReason) {
  TpktReader reader(16);
  const Bytes bytes = from_hex(GetParam().hex);
  ByteView in = bytes;
  const auto next = reader.next(in);
  const auto* error = std::get_if<WireError>(&next);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Frames, TpktReaderRefuses,
    testing::Values(BadFrame{"VersionTwo", "02000007", WireErrc::bad_version},
                    BadFrame{"HttpByItsFirstOctet", "47", WireErrc::bad_version},
                    BadFrame{"LengthZero", "03000000", WireErrc::bad_value},
                    BadFrame{"LengthSix", "03000006", WireErrc::bad_value},
                    BadFrame{"LongerThanAllowed", "03000015", WireErrc::too_large},
                    BadFrame{"Longest", "0300ffff", WireErrc::too_large}),
    [](const auto& param) { return param.param.name; });

ConnectRequest request() {
  ConnectRequest cr;
  cr.source = 0x1234;
  cr.tpdu_size = 2048;
  cr.calling_tsap = to_bytes(bytes_of("A"));
  cr.called_tsap = to_bytes(bytes_of("MTA"));
  return cr;
}

TEST(Cotp, WritesAConnectRequest) {
  EXPECT_EQ(to_hex(encode(request())), "11e00000123400c0010bc10141c2034d5441");
}

TEST(Cotp, ReadsBackEveryConnectField) {
  ConnectRequest cr = request();
  cr.preferred_class = 4;
  cr.alternative_classes = 0x05;
  cr.preferred_tpdu_size = 65408;
  const auto decoded = decode_tpdu(encode(cr));
  ASSERT_TRUE(decoded);
  ASSERT_TRUE(std::holds_alternative<ConnectRequest>(*decoded));
  EXPECT_EQ(static_cast<const ConnectFields&>(std::get<ConnectRequest>(*decoded)), cr);

  ConnectConfirm cc;
  cc.destination = 0x1234;
  cc.source = 1;
  const auto confirm = decode_tpdu(encode(cc));
  ASSERT_TRUE(confirm);
  EXPECT_EQ(static_cast<const ConnectFields&>(std::get<ConnectConfirm>(*confirm)), cc);
}

TEST(Cotp, PassesOverUnknownParameters) {
  EXPECT_TRUE(decode_tpdu(from_hex("0a e0 0000 1234 00 85 02 aabb")));
}

TEST(Cotp, ReadsDisconnectAndError) {
  const DisconnectRequest dr{0x1234, 0, DisconnectReason::negotiation_failed};
  EXPECT_EQ(to_hex(encode(dr)),
            "068012340000"
            "82");
  EXPECT_EQ(std::get<DisconnectRequest>(*decode_tpdu(encode(dr))), dr);
  const TpduError er{0x1234, RejectCause::invalid_tpdu_type, from_hex("0250ff")};
  EXPECT_EQ(to_hex(encode(er)), "0970123402c1030250ff");
  EXPECT_EQ(std::get<TpduError>(*decode_tpdu(encode(er))), er);
}

TEST(Cotp, ShowsOfALongInvalidTpduWhatTheHeaderHolds) {
  const Bytes er = encode(TpduError{1, RejectCause::not_specified, Bytes(1000)});
  EXPECT_EQ(er.size(), 255U);
  EXPECT_TRUE(decode_tpdu(er));
}

struct BadTpdu {
  const char* name;
  const char* hex;
  WireErrc code;
};

class CotpRefuses : public testing::TestWithParam<BadTpdu> {};

TEST_P(CotpRefuses, WithItsReason) {
  const auto decoded = decode_tpdu(from_hex(GetParam().hex));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Tpdus, CotpRefuses,
    testing::Values(BadTpdu{"ReservedLength", "ffe0000012340000", WireErrc::bad_value},
                    BadTpdu{"LengthPastTheEnd", "07e00000123400", WireErrc::truncated},
                    BadTpdu{"ExpeditedData", "0410000180", WireErrc::bad_type},
                    BadTpdu{"DataWithLongHeader", "03f0800000", WireErrc::bad_value},
                    BadTpdu{"ClassNine", "06e00000123490", WireErrc::bad_value},
                    BadTpdu{"TpduSizeOfSixtyFour", "09e00000123400c00106", WireErrc::bad_value},
                    BadTpdu{"TpduSizeOfTwoOctets", "0ae00000123400c0020707", WireErrc::bad_value},
                    BadTpdu{"PreferredSizeOfZero", "09e00000123400f00100", WireErrc::bad_value},
                    BadTpdu{"ParameterCut", "09e00000123400c1022a", WireErrc::truncated}),
    [](const auto& param) { return param.param.name; });

TEST(Cotp, RefusesEveryTruncationOfAConnectRequest) {
  const Bytes cr = encode(request());
  for (std::size_t size = 0; size < cr.size(); ++size) {
    EXPECT_FALSE(decode_tpdu(ByteView(cr).first(size))) << size;
  }
}

ConnectSpdu session() {
  ConnectSpdu cn;
  cn.versions = 2;
  cn.called_selector = to_bytes(bytes_of("S"));
  return cn;
}

TEST(Session, WritesAConnect) {
  EXPECT_EQ(to_hex(encode(session())),
            "0d0f0506130100160102140200023401"
            "53");
}

TEST(Session, ReadsBackConnectsOfEveryLengthForm) {
  for (const std::size_t size : {0U, 1U, 200U, 254U, 255U, 512U, 513U, 10240U}) {
    ConnectSpdu cn = session();
    cn.user_data = Bytes(size, std::byte{0x61});
    const auto decoded = decode_spdu(encode(cn));
    ASSERT_TRUE(decoded) << size;
    EXPECT_EQ(std::get<ConnectSpdu>(*decoded), cn) << size;
  }
  ConnectSpdu cn = session();
  cn.user_data = Bytes(10241);
  EXPECT_THROW((void)encode(cn), std::length_error);
}

TEST(Session, RefusesEveryTruncationAndAnOctetTooMany) {
  Bytes cn = encode(session());
  for (std::size_t size = 0; size < cn.size(); ++size) {
    EXPECT_FALSE(decode_spdu(ByteView(cn).first(size))) << size;
  }
  cn.push_back(std::byte{0});
  EXPECT_FALSE(decode_spdu(cn));
}

TEST(Session, WritesAndReadsRefuseAndAbort) {
  const RefuseSpdu rf{TransportFate::kept, RefuseReason::versions_not_supported};
  EXPECT_EQ(to_hex(encode(rf)), "0c06110100320184");
  EXPECT_EQ(std::get<RefuseSpdu>(*decode_spdu(encode(rf))), rf);
  EXPECT_EQ(to_hex(encode(AbortSpdu{})), "1903110105");
  EXPECT_TRUE(std::holds_alternative<AbortSpdu>(*decode_spdu(encode(AbortSpdu{}))));
}

TEST(Session, SpeaksOfReasonsByName) {
  EXPECT_EQ(to_string(RefuseReason::user_not_attached), "SS-user not attached to SSAP");
  EXPECT_EQ(to_string(static_cast<RefuseReason>(77)), "reason 77");
  EXPECT_EQ(to_string(static_cast<DisconnectReason>(77)), "reason 77");
}

}  // namespace
}  // namespace pinhole::osi
