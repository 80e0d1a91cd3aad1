// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/pdu.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

#include "dcerpc/conversation.hpp"

namespace pinhole::dcerpc {
namespace {

Bytes wire(const std::string& name) {
  std::ifstream file(std::string(PINHOLE_SOURCE_DIR "/tests/wire/") + name + ".hex");
  EXPECT_TRUE(file) << name;
  return from_hex(std::string(std::istreambuf_iterator<char>(file), {}));
}

Fragment fragment_of(const Bytes& bytes) {
  return std::get<Fragment>(frame(bytes, 65535));
}

TEST(Captured, BindOfRpcclient) {
  const Bytes bytes = wire("bind_little");
  const auto bind = decode_bind(fragment_of(bytes)).value();
  EXPECT_EQ(bind.max_transmit, 4280);
  EXPECT_EQ(bind.group.value, 0U);
  ASSERT_EQ(bind.contexts.size(), 1U);
  EXPECT_EQ(bind.contexts[0].abstract_syntax, kEndpointMapper);
  EXPECT_THAT(bind.contexts[0].transfer_syntaxes, testing::ElementsAre(kNdr32));
  Bytes again;
  encode_bind(again, PacketType::bind, {1}, 0, bind);
  EXPECT_EQ(to_hex(again), to_hex(bytes));
}

TEST(Captured, BigEndianBindOfSmbtorture) {
  const Bytes bytes = wire("bind_big");
  const Fragment fragment = fragment_of(bytes);
  EXPECT_EQ(fragment.header.order, ByteOrder::big);
  EXPECT_EQ(fragment.header.call.value, 1U);
  const auto bind = decode_bind(fragment).value();
  ASSERT_EQ(bind.contexts.size(), 2U);
  EXPECT_EQ(bind.contexts[0].abstract_syntax, kEndpointMapper);
  EXPECT_THAT(bind.contexts[0].transfer_syntaxes, testing::ElementsAre(kNdr32));
  EXPECT_THAT(bind.contexts[1].transfer_syntaxes, testing::ElementsAre(kFeatures));
}

TEST(Captured, BindAckOfSamba) {
  const Bytes bytes = wire("bind_ack_little");
  const auto ack = decode_bind_ack(fragment_of(bytes)).value();
  EXPECT_EQ(ack.secondary_address, "135");
  EXPECT_EQ(ack.max_receive, 4280);
  EXPECT_THAT(ack.answers,
              testing::ElementsAre(ContextAnswer{ContextResult::acceptance, 0, kNdr32}));
  Bytes again;
  encode_bind_ack(again, PacketType::bind_ack, {1}, 0, ack);
  EXPECT_EQ(to_hex(again), to_hex(bytes));
}

TEST(Captured, Requests) {
  const Bytes little = wire("request_little");
  const Bytes big = wire("request_big");
  const auto first = decode_request(fragment_of(little)).value();
  const auto second = decode_request(fragment_of(big)).value();
  EXPECT_EQ(first.opnum.value, 2);
  EXPECT_EQ(second.opnum.value, 2);
  EXPECT_EQ(first.stub.size(), 40U);
  EXPECT_EQ(second.stub.size(), 40U);
  Bytes again;
  encode_request(again, {2}, first, 4280);
  EXPECT_EQ(to_hex(again), to_hex(little));
}

TEST(Captured, ResponseAndFault) {
  const Bytes response = wire("response_little");
  EXPECT_EQ(decode_response(fragment_of(response))->stub.size(), 0xb0U);
  const Bytes fault = wire("fault_little");
  EXPECT_EQ(decode_fault(fragment_of(fault))->status, status::kOperationRange);
  Bytes again;
  encode_fault(again, fragment_of(fault).header.call, {0}, 0, status::kOperationRange);
  EXPECT_EQ(tell(again), tell(fault));
}

TEST(Pdu, WritesTheBindNakOfWindows) {
  Bytes out;
  encode_bind_nak(out, {7}, NakReason::protocol_version_not_supported);
  EXPECT_EQ(to_hex(out),
            "05000d03100000001800000007000000"
            "0400010500000000");
  EXPECT_EQ(decode_bind_nak(fragment_of(out))->versions.size(), 1U);
}

class EveryPdu : public testing::TestWithParam<Bytes> {};

void decode_all(const Fragment& fragment) {
  (void)decode_bind(fragment);
  (void)decode_bind_ack(fragment);
  (void)decode_bind_nak(fragment);
  (void)decode_request(fragment);
  (void)decode_response(fragment);
  (void)decode_fault(fragment);
}

TEST_P(EveryPdu, IsIncompleteUntilItsLastOctet) {
  for (std::size_t size = 0; size < GetParam().size(); ++size) {
    const Framed framed = frame(ByteView(GetParam()).first(size), 65535);
    const auto* more = std::get_if<NeedMore>(&framed);
    ASSERT_NE(more, nullptr) << size;
    EXPECT_EQ(more->total, size < kHeaderSize ? kHeaderSize : GetParam().size());
  }
  const Bytes longer = GetParam() + from_hex("05");
  EXPECT_EQ(fragment_of(longer).whole.size(), GetParam().size());
}

TEST_P(EveryPdu, DecodesOrFailsAtEveryLengthAndMutation) {
  for (std::size_t size = kHeaderSize; size < GetParam().size(); ++size) {
    Bytes cut(GetParam().begin(), GetParam().begin() + static_cast<std::ptrdiff_t>(size));
    const bool big = cut[4] == std::byte{0};
    cut[big ? 9 : 8] = static_cast<std::byte>(size & 0xffU);
    cut[big ? 8 : 9] = static_cast<std::byte>(size >> 8U);
    cut.shrink_to_fit();
    const Framed framed = frame(cut, 65535);
    if (const auto* fragment = std::get_if<Fragment>(&framed)) {
      decode_all(*fragment);
    }
  }
  for (std::size_t at = 0; at < GetParam().size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      Bytes mutant = GetParam();
      mutant[at] = static_cast<std::byte>(value);
      const Framed framed = frame(mutant, 65535);
      if (const auto* fragment = std::get_if<Fragment>(&framed)) {
        decode_all(*fragment);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Captured, EveryPdu,
                         testing::Values(wire("bind_little"), wire("bind_big"),
                                         wire("bind_ack_little"), wire("request_little"),
                                         wire("request_big"), wire("response_little"),
                                         wire("fault_little"), with_trailer(echo_bind())));

struct Refused {
  const char* name;
  const char* hex;
  WireErrc code;
  std::uint32_t offset;
};

class Header : public testing::TestWithParam<Refused> {};

TEST_P(Header, IsRefusedWhereItIsWrong) {
  const Framed framed = frame(from_hex(GetParam().hex), 5840);
  const auto* error = std::get_if<WireError>(&framed);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->code, GetParam().code);
  EXPECT_EQ(error->offset, GetParam().offset);
}

INSTANTIATE_TEST_SUITE_P(
    Pdu, Header,
    testing::Values(
        Refused{"Version4", "04000003 10000000 10000000 01000000", WireErrc::bad_version, 0},
        Refused{"Minor2", "05020003 10000000 10000000 01000000", WireErrc::bad_version, 1},
        Refused{"Ping", "05000103 10000000 10000000 01000000", WireErrc::bad_type, 2},
        Refused{"Ebcdic", "05000003 11000000 10000000 01000000", WireErrc::bad_value, 4},
        Refused{"Length15", "05000003 10000000 0f000000 01000000", WireErrc::bad_value, 8},
        Refused{"Length5841", "05000003 10000000 d1160000 01000000", WireErrc::too_large, 8},
        Refused{"TokenTooLong", "05000003 10000000 18000100 01000000", WireErrc::bad_value, 10}),
    [](const auto& each) { return each.param.name; });

class ResponseSize : public testing::TestWithParam<std::size_t> {};

TEST_P(ResponseSize, IsSplitAndPutTogetherAgain) {
  Bytes stub(GetParam());
  for (std::size_t i = 0; i < stub.size(); ++i) {
    stub[i] = static_cast<std::byte>(i * 7);
  }
  Bytes out = from_hex("abcd");
  const std::size_t start = begin_response(out);
  append(out, stub);
  finish_response(out, start, {3}, {1}, 1432);
  ByteView rest = ByteView(out).subspan(2);
  EXPECT_EQ(count_fragments(rest), std::max<std::size_t>(1, (stub.size() + 1407) / 1408));
  Bytes whole;
  while (!rest.empty()) {
    const Framed framed = frame(rest, 1432);
    const auto& fragment = std::get<Fragment>(framed);
    const auto response = decode_response(fragment).value();
    EXPECT_EQ(response.alloc_hint, stub.size() - whole.size());
    append(whole, response.stub);
    rest = rest.subspan(fragment.header.fragment_length);
  }
  EXPECT_EQ(whole, stub);
}

INSTANTIATE_TEST_SUITE_P(Pdu, ResponseSize,
                         testing::Values(0, 1, 1407, 1408, 1409, 2816, 2817, 100000));

}  // namespace
}  // namespace pinhole::dcerpc
