// SPDX-License-Identifier: Apache-2.0
#include "epm/tower.hpp"

#include <set>

#include <gtest/gtest.h>

#include "epm/tower_samples.hpp"

namespace pinhole::epm {
namespace {

class EverySequence : public testing::TestWithParam<Sample> {};

TEST_P(EverySequence, IsRead) {
  const Bytes bytes = bytes_of_sample(GetParam());
  const auto view = read_tower(bytes);
  ASSERT_TRUE(view) << view.error();
  EXPECT_EQ(to_tower(*view), value_of_sample(GetParam()));
}

TEST_P(EverySequence, IsWrittenWithTheSameOctets) {
  const auto bytes = write_tower(value_of_sample(GetParam()));
  ASSERT_TRUE(bytes) << to_string(bytes.error().front());
  EXPECT_EQ(to_hex(*bytes), to_hex(bytes_of_sample(GetParam())));
}

TEST_P(EverySequence, FailsCutAnywhere) {
  const Bytes bytes = bytes_of_sample(GetParam());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto view = read_tower(ByteView(bytes).first(size));
    ASSERT_FALSE(view) << size;
    EXPECT_LE(view.error().offset, size);
    EXPECT_EQ(view.error().code, WireErrc::truncated);
  }
}

TEST_P(EverySequence, KeepsItsOctetsWhateverOctetIsChanged) {
  const Bytes original = bytes_of_sample(GetParam());
  for (std::size_t at = 0; at < original.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      Bytes bytes = original;
      bytes[at] = static_cast<std::byte>(value);
      const auto floors = read_floors(bytes);
      if (floors) {
        ASSERT_EQ(write_floors(*floors), bytes) << at << " = " << value;
      }
      const auto view = read_tower(bytes);
      if (view) {
        (void)to_tower(*view);
      } else {
        ASSERT_LE(view.error().offset, bytes.size());
      }
    }
  }
}

TEST_P(EverySequence, IsReadWithOctetsBehindIt) {
  Bytes bytes = bytes_of_sample(GetParam());
  bytes.push_back(std::byte{0xaa});
  const auto view = read_tower(bytes);
  ASSERT_TRUE(view) << view.error();
  EXPECT_EQ(to_tower(*view), value_of_sample(GetParam()));
  EXPECT_EQ(write_floors(view->floors), bytes);
}

INSTANTIATE_TEST_SUITE_P(Tower, EverySequence, testing::ValuesIn(samples()),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(TowerSamples, CoverEveryProtocolSequence) {
  std::set<ProtocolSequence> covered;
  for (const Sample& sample : samples()) {
    covered.insert(sample.sequence);
  }
  EXPECT_EQ(covered.size(), protocol_sequences().size());
}

TEST(ProtocolSequences, AreFoundByName) {
  for (const ProtocolSequenceShape& shape : protocol_sequences()) {
    EXPECT_EQ(parse_protocol_sequence(shape.name), shape.sequence);
    EXPECT_EQ(to_string(shape.sequence), shape.name);
  }
  EXPECT_EQ(parse_protocol_sequence("NCACN_IP_TCP"), ProtocolSequence::ncacn_ip_tcp);
  EXPECT_EQ(parse_protocol_sequence("ncacn_ip_tc"), std::nullopt);
  EXPECT_EQ(parse_protocol_sequence("unknown"), std::nullopt);
}

constexpr const char* kTcpFloors = "01000b 02000000 010007 02000087 010009 0400 00000000";

struct Broken {
  const char* name;
  Bytes bytes;
  WireErrc code;
  std::uint32_t offset;
};

std::ostream& operator<<(std::ostream& out, const Broken& broken) {
  return out << broken.name;
}

Bytes changed(std::size_t at, std::uint8_t value) {
  Bytes bytes = tower_of(5, kTcpFloors);
  bytes[at] = static_cast<std::byte>(value);
  return bytes;
}

Bytes cut_to_floors(std::uint8_t floors) {
  Bytes bytes = tower_of(5, kTcpFloors);
  bytes[0] = static_cast<std::byte>(floors);
  return bytes;
}

class BrokenTower : public testing::TestWithParam<Broken> {};

TEST_P(BrokenTower, IsRefusedWithTheOffset) {
  const auto view = read_tower(GetParam().bytes);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, GetParam().code) << view.error();
  EXPECT_EQ(view.error().offset, GetParam().offset) << view.error();
}

INSTANTIATE_TEST_SUITE_P(
    Tower, BrokenTower,
    testing::Values(
        Broken{"no_floors", cut_to_floors(0), WireErrc::bad_value, 0},
        Broken{"three_floors", cut_to_floors(3), WireErrc::bad_value, 0},
        Broken{"tcp_without_host", cut_to_floors(4), WireErrc::bad_value, 0},
        Broken{"one_floor_too_many", cut_to_floors(6), WireErrc::truncated, 75},
        Broken{"seventeen_floors", cut_to_floors(17), WireErrc::too_large, 0},
        Broken{"sixty_five_thousand_floors", from_hex("ffff 0100 0b"), WireErrc::too_large, 0},
        Broken{"left_side_beyond_the_end", changed(3, 0xff), WireErrc::truncated, 4},
        Broken{"right_side_beyond_the_end", changed(24, 0xff), WireErrc::truncated, 25},
        Broken{"interface_is_no_uuid", changed(4, 0x0b), WireErrc::bad_type, 4},
        Broken{"transfer_syntax_is_no_uuid", changed(29, 0x07), WireErrc::bad_type, 29},
        Broken{"port_of_three_octets",
               tower_of(5, "01000b 02000000 010007 0300 000087 010009 0400 00000000"),
               WireErrc::bad_value, 64},
        Broken{"address_of_sixteen_octets",
               tower_of(5,
                        "01000b 02000000 010007 0200 0087 010009 1000 "
                        "00000000000000000000000000000001"),
               WireErrc::bad_value, 71},
        Broken{"version_without_minor",
               from_hex("0500 1300 0d e0f544153c61d11193df00c04fd7bd09 0100 0000 0100 0b 0000"
                        "0100 0b 0000 0100 0b 0000 0100 0b 0000"),
               WireErrc::bad_value, 25},
        Broken{"larger_than_allowed", Bytes(kMaxTowerOctets + 1), WireErrc::too_large, 0}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Tower, KeepsAProtocolThatItDoesNotKnow) {
  const Bytes bytes = tower_of(6, "01000b 02000000 0100f0 0300 010203 0200f1f2 0000 0000 0000");
  const auto view = read_tower(bytes);
  ASSERT_TRUE(view) << view.error();
  EXPECT_EQ(view->sequence, ProtocolSequence::unknown);
  EXPECT_EQ(view->interface, kSampleInterface);
  EXPECT_EQ(endpoint_of(*view), "");
  EXPECT_EQ(protocol_ids(view->floors), std::string("\x0b\xf0\xf1\0", 4));
  EXPECT_EQ(write_floors(view->floors), bytes);
}

TEST(Tower, ReadsHostAndEndpointInEitherOrder) {
  const auto bytes = tower_of(5, "01000b 02000000 010018 0500 4840474f00 010016 0400 4d544100");
  const auto view = read_tower(bytes);
  ASSERT_TRUE(view) << view.error();
  EXPECT_EQ(view->sequence, ProtocolSequence::ncacn_at_dsp);
  EXPECT_EQ(endpoint_of(*view), "MTA");
}

TEST(Tower, ReadsIpxWithoutAHost) {
  const auto bytes = tower_of(4, "01000a 02000000 01000e 0200 85e8");
  const auto view = read_tower(bytes);
  ASSERT_TRUE(view) << view.error();
  EXPECT_EQ(view->sequence, ProtocolSequence::ncadg_ipx);
  EXPECT_EQ(port_of(*view), 34280);
  EXPECT_EQ(address_of(*view), "");
}

TEST(Tower, SaysWhereItsAddressLies) {
  const Bytes tcp = tower_of(5, kTcpFloors);
  EXPECT_EQ(read_tower(tcp)->ipv4_offset(tcp), 71U);
  const Bytes local = tower_of(4, "01000c 02000000 010010 0200 4100");
  EXPECT_EQ(read_tower(local)->ipv4_offset(local), std::nullopt);
}

TEST(Tower, WritesAnIpv6HostAsNoAddress) {
  const auto bytes = write_tower(
      {kSampleInterface, dcerpc::kNdr32, ProtocolSequence::ncacn_ip_tcp, "135", "2001:db8::1"});
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, tower_of(5, kTcpFloors));
}

TEST(Tower, RefusesToWriteWhatNoFloorHolds) {
  using enum ProtocolSequence;
  const std::string long_text(2000, 'x');
  const std::vector<Tower> towers{
      {{}, {}, unknown, "", ""},
      {{}, {}, ncacn_ip_tcp, "http", ""},
      {{}, {}, ncacn_ip_tcp, "65536", ""},
      {{}, {}, ncacn_ip_tcp, "135", "mail.example"},
      {{}, {}, ncacn_nb_nb, "256", ""},
      {{}, {}, ncacn_np, long_text, ""},
      {{}, {}, ncalrpc, std::string("a\0b", 3), ""},
      {{}, {}, ncacn_spx, "1", "00"},
      {{}, {}, ncacn_spx, "1", "0000000100005e00123g"},
  };
  for (const Tower& tower : towers) {
    EXPECT_FALSE(write_tower(tower)) << tower;
  }
}

}  // namespace
}  // namespace pinhole::epm
