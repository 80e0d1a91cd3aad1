// SPDX-License-Identifier: Apache-2.0
#include "firewall/packet_set.hpp"

#include <array>

#include <gtest/gtest.h>

#include "firewall/address_number.hpp"
#include "support/random.hpp"

namespace pinhole::firewall {
namespace {

AddressRange range(const char* first, const char* last) {
  return {parse_address(first).value(), parse_address(last).value()};
}

PacketSet sources(const char* first, const char* last) {
  const std::array one{range(first, last)};
  return PacketSet::addresses(Field::source, one);
}

PacketPoint packet(const char* source) {
  PacketPoint point;
  point.source = parse_address(source).value();
  point.destination = point.source;
  point.destination_port = 135;
  return point;
}

TEST(PacketSet, HoldsWhatLiesInItsRangesAndNothingBeside) {
  const PacketSet set = sources("10.0.0.3", "10.0.1.4");
  EXPECT_FALSE(set.contains(packet("10.0.0.2")));
  EXPECT_TRUE(set.contains(packet("10.0.0.3")));
  EXPECT_TRUE(set.contains(packet("10.0.1.4")));
  EXPECT_FALSE(set.contains(packet("10.0.1.5")));
  EXPECT_FALSE(set.contains(packet("a00:3::")));  // the same first bits, in the other family
}

TEST(PacketSet, HoldsWholeFamilies) {
  EXPECT_EQ(sources("0.0.0.0", "255.255.255.255"), PacketSet::numbers(Field::family, {{4, 4}}));
  EXPECT_EQ(sources("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            PacketSet::numbers(Field::family, {{6, 6}}));
}

TEST(PacketSet, CountsEachPacketOnce) {
  const PacketSet one = PacketSet::numbers(Field::in_interface, {{0, 0}}) &
                        PacketSet::numbers(Field::out_interface, {{0, 0}}) &
                        PacketSet::numbers(Field::protocol, {{6, 6}}) &
                        PacketSet::numbers(Field::source_port, {{7, 7}}) &
                        PacketSet::numbers(Field::destination_port, {{10, 19}});
  const std::array to{range("10.0.0.0", "10.0.0.1")};
  EXPECT_EQ((one & sources("10.0.0.0", "10.0.0.2") & PacketSet::addresses(Field::destination, to))
                .count(),
            60);
}

TEST(PacketSet, GivesItsSmallestPacket) {
  const PacketSet set = sources("10.0.0.3", "10.0.0.9") - sources("10.0.0.3", "10.0.0.4");
  EXPECT_EQ(to_string(set.smallest().source), "10.0.0.5");
  EXPECT_TRUE(set.contains(set.smallest()));
}

TEST(PacketSet, IgnoresNumbersBeyondTheField) {
  EXPECT_TRUE(PacketSet::numbers(Field::destination_port, {{65536, 70000}}).empty());
  EXPECT_EQ(PacketSet::numbers(Field::destination_port, {{0, 70000}}), PacketSet::all());
}

TEST(PacketSet, ReadsIcmpTypesWherePortsStand) {
  PacketPoint echo = packet("10.0.0.1");
  echo.protocol = 1;
  echo.destination_port = 8 * 256;
  EXPECT_TRUE(PacketSet::numbers(Field::icmp_type, {{8, 8}}).contains(echo));
  EXPECT_TRUE(PacketSet::numbers(Field::icmp_code, {{0, 0}}).contains(echo));
  EXPECT_FALSE(PacketSet::numbers(Field::icmp_code, {{8, 8}}).contains(echo));
}

TEST(PacketSet, AssumesAnotherDestination) {
  const std::array inside{range("10.0.0.5", "10.0.0.5")};
  const PacketSet set = PacketSet::addresses(Field::destination, inside) &
                        PacketSet::numbers(Field::destination_port, {{135, 135}});
  PacketPoint outside = packet("192.0.2.1");
  EXPECT_FALSE(set.contains(outside));
  EXPECT_TRUE(set.assuming_destination(inside[0].first).contains(outside));
  outside.destination_port = 1;
  EXPECT_TRUE(
      set.assuming_destination(inside[0].first).assuming_destination_port(135).contains(outside));
}

TEST(PacketSet, SplitsByDestination) {
  const std::array some{range("10.0.0.0", "10.0.0.2"), range("10.0.0.8", "10.0.0.8")};
  const std::array other{range("10.0.0.2", "10.0.0.2")};
  const PacketSet port = PacketSet::numbers(Field::destination_port, {{1, 1}});
  const PacketSet set = (PacketSet::addresses(Field::destination, some) & port) |
                        PacketSet::addresses(Field::destination, other);
  const auto groups = by_destination(set, 100);
  ASSERT_TRUE(groups);
  ASSERT_EQ(groups->size(), 2U);
  EXPECT_EQ(groups->at(0).addresses,
            (std::vector{range("10.0.0.0", "10.0.0.1"), range("10.0.0.8", "10.0.0.8")}));
  EXPECT_EQ(groups->at(1).addresses, (std::vector{range("10.0.0.2", "10.0.0.2")}));
  EXPECT_FALSE(by_destination(set, 2));
}

TEST(PacketSet, ComparesAsSetsDo) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 source = support::random_source();
  const auto below = [&source](unsigned end) { return static_cast<unsigned>(source() % end); };
  const auto random = [&below] {
    const std::uint32_t a = below(70);
    const std::uint32_t b = below(70);
    return PacketSet::numbers(Field::source_port, {{std::min(a, b), std::max(a, b)}}) &
           PacketSet::numbers(Field::protocol, {{below(3), 2}});
  };
  for (int i = 0; i < 200; ++i) {
    const PacketSet a = random();
    const PacketSet b = random();
    const PacketSet both = a & b;
    const PacketSet any = a | b;
    const PacketSet only = a - b;
    for (int p = 0; p < 50; ++p) {
      PacketPoint point = packet("10.0.0.1");
      point.protocol = static_cast<std::uint8_t>(below(4));
      point.source_port = static_cast<std::uint16_t>(below(72));
      const bool in_a = a.contains(point);
      const bool in_b = b.contains(point);
      ASSERT_EQ(both.contains(point), in_a && in_b);
      ASSERT_EQ(any.contains(point), in_a || in_b);
      ASSERT_EQ(only.contains(point), in_a && !in_b);
    }
    ASSERT_EQ(only | both, a);
    ASSERT_EQ(PacketSet::any_of({a, b, both}), any);
  }
}

TEST(AddressNumber, GivesTheFewestPrefixes) {
  const auto text = [](const AddressRange& one) {
    std::string all;
    for (const IpPrefix& prefix : prefixes_of(one)) {
      all += to_string(prefix) + " ";
    }
    return all;
  };
  EXPECT_EQ(text(range("10.0.0.1", "10.0.0.6")),
            "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32 ");
  EXPECT_EQ(text(range("0.0.0.0", "255.255.255.255")), "0.0.0.0/0 ");
  EXPECT_EQ(text(range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")), "::/0 ");
  EXPECT_EQ(text(range("255.255.255.254", "255.255.255.255")), "255.255.255.254/31 ");
}

}  // namespace
}  // namespace pinhole::firewall
