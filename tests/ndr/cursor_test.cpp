// SPDX-License-Identifier: Apache-2.0
#include "ndr/cursor.hpp"

#include <gtest/gtest.h>

namespace pinhole::ndr {
namespace {

struct Sample {
  std::uint8_t small = 0;
  std::uint64_t count = 0;
  std::uint64_t hyper = 0;
  Uuid uuid;
  bool present = false;
  ContextHandle handle;
  friend bool operator==(const Sample&, const Sample&) = default;

  template <class Codec, class Self>
  static void ndr(Codec& c, Self& self) {
    c.u8(self.small, "small");
    c.size(self.count, "count");
    c.u64(self.hyper, "hyper");
    c.uuid(self.uuid, "uuid");
    optional_pointer(c, self.present, 0x20000, "present");
    c.handle(self.handle, "handle");
  }
};

class EveryFormat : public testing::TestWithParam<Format> {};

TEST_P(EveryFormat, EncodesAndDecodesTheSameValue) {
  const Sample sample{7,
                      3,
                      0x1122334455667788,
                      "e1af8308-5d1f-11c9-91a4-08002b14a0fa"_uuid,
                      true,
                      {1, "afa8bd80-7d8a-11c9-bef4-08002b102989"_uuid}};
  Bytes stub(5);  // something else lies before: alignment counts from the writer's start
  Writer out(stub, GetParam());
  Sample::ndr(out, sample);
  const ByteView view = ByteView(stub).subspan(5);
  Reader in(view, GetParam());
  Sample read;
  Sample::ndr(in, read);
  ASSERT_TRUE(in.ok());
  EXPECT_EQ(read, sample);
  EXPECT_EQ(in.remaining(), 0U);
  for (std::size_t cut = 0; cut < view.size(); ++cut) {
    Reader short_in(view.first(cut), GetParam());
    Sample::ndr(short_in, read);
    ASSERT_FALSE(short_in.ok()) << cut;
    EXPECT_LE(short_in.error()->offset, cut);
  }
}

INSTANTIATE_TEST_SUITE_P(Ndr, EveryFormat,
                         testing::Values(Format{ByteOrder::little, Syntax::ndr32},
                                         Format{ByteOrder::big, Syntax::ndr32},
                                         Format{ByteOrder::little, Syntax::ndr64},
                                         Format{ByteOrder::big, Syntax::ndr64}));

TEST(Ndr, WritesTheNumbersOfC706) {
  Bytes stub;
  Writer out(stub, {ByteOrder::big, Syntax::ndr32});
  out.u8(1, "");
  out.u16(0x0203, "");
  out.u32(0x04050607, "");
  EXPECT_EQ(to_hex(stub), "0100020304050607");
}

TEST(Ndr, AnImplausibleCountFailsBeforeAllocation) {
  const Bytes stub = from_hex("ffffffff 00000000");
  Reader in(stub, {});
  std::uint64_t count = 0;
  in.size(count, "count");
  EXPECT_FALSE(in.plausible(count, 4, "count"));
  EXPECT_EQ(in.error()->code, WireErrc::too_large);
}

TEST(Ndr, TheFirstFailureSticks) {
  Reader in(ByteView{}, {});
  std::uint32_t value = 9;
  in.u32(value, "first");
  in.u32(value, "second");
  EXPECT_EQ(value, 0U);
  EXPECT_EQ(in.error()->field, "first");
}

}  // namespace
}  // namespace pinhole::ndr
