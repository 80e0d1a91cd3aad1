// SPDX-License-Identifier: Apache-2.0
#include "host/allocator.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinhole::host {
namespace {

using testing::ElementsAre;

std::vector<std::uint16_t> all_of(std::string_view ports, std::uint32_t random) {
  PortAllocator allocator(*parse_port_set(ports), random);
  std::vector<std::uint16_t> given;
  while (const auto port = allocator.next()) {
    given.push_back(*port);
  }
  EXPECT_EQ(allocator.next(), std::nullopt);
  return given;
}

TEST(PortAllocator, GivesEachPortOnceUpwardsFromTheRandomOne) {
  EXPECT_THAT(all_of("1025-1027,5000", 0), ElementsAre(1025, 1026, 1027, 5000));
  EXPECT_THAT(all_of("1025-1027,5000", 2), ElementsAre(1027, 5000, 1025, 1026));
  EXPECT_THAT(all_of("1025-1027,5000", 3), ElementsAre(5000, 1025, 1026, 1027));
  EXPECT_THAT(all_of("1025-1027,5000", 4), ElementsAre(1025, 1026, 1027, 5000));
  EXPECT_THAT(all_of("65534-65535", 0xffffffff), ElementsAre(65535, 65534));
}

TEST(PortAllocator, HasNoneOfAnEmptySet) {
  PortAllocator allocator(PortSet(), 7);
  EXPECT_EQ(allocator.next(), std::nullopt);
}

}  // namespace
}  // namespace pinhole::host
