// SPDX-License-Identifier: Apache-2.0
#include "epm/entry_list.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace pinhole::epm {
namespace {

constexpr std::uint64_t kMany = 20 * EntryList::kChunk;

EntryList filled() {
  EntryList list;
  for (std::uint64_t number = 1; number <= kMany; ++number) {
    auto entry = std::make_shared<Entry>();
    entry->sequence_number = number;
    list.append(std::move(entry), 1);
  }
  return list;
}

std::vector<std::uint64_t> numbers_after(const EntryList& list, std::uint64_t after) {
  std::vector<std::uint64_t> numbers;
  list.each_after(after, [&](const Entry& entry) {
    numbers.push_back(entry.sequence_number);
    return true;
  });
  return numbers;
}

/// Removes all but each hundredth, in the order given.
void thin_out(EntryList& list, const std::vector<std::uint64_t>& order) {
  for (const std::uint64_t number : order) {
    if (number % 100 != 0) {
      list.erase(number, 2);
    }
  }
}

TEST(EntryList, MergesChunksWhicheverWayItIsThinnedOut) {
  std::vector<std::uint64_t> order = numbers_after(filled(), 0);
  for (int direction = 0; direction < 2; ++direction) {
    EntryList list = filled();
    EXPECT_EQ(list.chunk_count(), 20U);
    thin_out(list, order);
    EXPECT_EQ(list.size(), kMany / 100);
    EXPECT_EQ(list.chunk_count(), 1U) << direction;
    EXPECT_EQ(numbers_after(list, 0).size(), kMany / 100);
    std::reverse(order.begin(), order.end());
  }
}

TEST(EntryList, LeavesACopyAsItWas) {
  const EntryList before = filled();
  EntryList after = before;
  thin_out(after, numbers_after(before, 0));
  EXPECT_EQ(before.size(), kMany);
  EXPECT_EQ(numbers_after(before, 0).size(), kMany);
}

TEST(EntryList, StartsAfterAnyNumber) {
  const EntryList list = filled();
  for (const std::uint64_t after : {std::uint64_t{0}, std::uint64_t{511}, std::uint64_t{512},
                                    std::uint64_t{513}, kMany - 1, kMany, kMany + 5}) {
    const auto numbers = numbers_after(list, after);
    ASSERT_EQ(numbers.size(), after >= kMany ? 0 : kMany - after);
    EXPECT_TRUE(numbers.empty() || numbers.front() == after + 1);
  }
}

TEST(EntryList, IgnoresNumbersThatItDoesNotHold) {
  EntryList list = filled();
  list.erase(0, 2);
  list.erase(kMany + 1, 2);
  list.erase(7, 2);
  list.erase(7, 2);
  EXPECT_EQ(list.size(), kMany - 1);
}

}  // namespace
}  // namespace pinhole::epm
