// SPDX-License-Identifier: Apache-2.0
// Values against the plainest thing that could stand for them.

#include "support/random.hpp"

#include <bitset>

#include <gtest/gtest.h>

#include "base/port_set.hpp"
#include "base/uuid.hpp"

namespace pinhole {
namespace {

using Ports = std::bitset<65536>;

PortRange random_range(std::mt19937& random) {
  // Short ranges at a few places touch and overlap; whole-range ones are rare.
  std::uniform_int_distribution<std::uint32_t> place(0, 200);
  const bool high = random() % 2 == 0;
  const std::uint32_t first = high ? 65535 - place(random) : place(random);
  const std::uint32_t last = random() % 50 == 0 ? 65535 : std::min(65535U, first + place(random));
  return {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
}

Ports ports_of(const PortSet& set) {
  Ports ports;
  for (const PortRange range : set.ranges()) {
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      ports.set(port);
    }
  }
  return ports;
}

TEST(RandomPortSet, HoldsWhatABitForEachPortHolds) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 random = support::random_source();
  for (std::size_t run = support::random_runs(2000); run > 0; --run) {
    PortSet set;
    Ports plain;
    for (int step = 0; step < 20; ++step) {
      const PortRange range = random_range(random);
      const bool insert = random() % 3 != 0;
      insert ? set.insert(range) : set.erase(range);
      for (std::uint32_t port = range.first; port <= range.last; ++port) {
        plain.set(port, insert);
      }
    }
    ASSERT_EQ(ports_of(set), plain) << to_string(set);
    ASSERT_EQ(set.count(), plain.count());
    if (!set.empty()) {
      ASSERT_EQ(parse_port_set(to_string(set)), set);
    }
    for (std::size_t i = 1; i < set.ranges().size(); ++i) {
      ASSERT_GT(set.ranges()[i].first, set.ranges()[i - 1].last + 1) << to_string(set);
    }
  }
}

TEST(RandomUuid, ReadsItsOwnTextAndNoOther) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 random = support::random_source();
  for (std::size_t run = support::random_runs(100'000); run > 0; --run) {
    Uuid uuid{static_cast<std::uint32_t>(random()),
              static_cast<std::uint16_t>(random()),
              static_cast<std::uint16_t>(random()),
              {}};
    for (std::uint8_t& octet : uuid.clock_and_node) {
      octet = static_cast<std::uint8_t>(random());
    }
    const std::string text = to_string(uuid);
    ASSERT_EQ(parse_uuid(text), uuid) << text;
    std::string wrong = text;
    wrong[random() % wrong.size()] = 'g';
    ASSERT_FALSE(parse_uuid(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace pinhole
