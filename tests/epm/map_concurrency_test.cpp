// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "epm/map_samples.hpp"

namespace pinhole::epm {
namespace {

constexpr int kWriters = 3;
constexpr int kReaders = 3;
constexpr int kRounds = 200;

/// Registers two entries that belong together, then removes both with one call.
void write(EndpointMap& map, std::uint32_t writer) {
  const Caller caller{OwnerId{writer}, Privilege::own_entries};
  const dcerpc::SyntaxId own{uuid_of(100 + writer), 1, 0};
  const dcerpc::SyntaxId shared{uuid_of(1), 1, 0};
  for (int round = 0; round < kRounds; ++round) {
    const auto port = static_cast<std::uint16_t>(1000 * writer + 1);
    ASSERT_EQ(map.insert({tcp_entry(own, port), tcp_entry(shared, port)}, Replace::no, caller),
              EptStatus::ok);
    ASSERT_EQ(map.erase_owner(caller.owner), 2U);
  }
}

/// In every snapshot each writer has both of its entries or none, and what is found stays whole.
void read(const EndpointMap& map, const std::atomic<int>& writing) {
  std::vector<const Entry*> found;
  std::uint64_t rotation = 0;
  do {
    const auto snapshot = map.snapshot();
    found.clear();
    const LookupPage page = snapshot->lookup({}, 0, 1000, found);
    ASSERT_TRUE(page.end);
    ASSERT_EQ(found.size(), snapshot->size());
    ASSERT_EQ(found.size() % 2, 0U);
    for (const Entry* entry : found) {
      ASSERT_EQ(entry->tower.size(), 75U);
    }
    const std::size_t pairs = found.size() / 2;
    const Bytes tower = tcp_tower({uuid_of(1), 1, 0}, 0);
    found.clear();
    snapshot->map(map_query(read_tower(tower).value(), {}), ++rotation, found);
    ASSERT_EQ(found.size(), pairs);
  } while (writing.load() != 0);
}

TEST(EndpointMapThreads, ReadersSeeEachChangeWholeOrNotAtAll) {
  EndpointMap map;
  std::atomic<int> writing = kWriters;
  std::vector<std::thread> threads;
  threads.reserve(kWriters + kReaders);
  for (std::uint32_t writer = 1; writer <= kWriters; ++writer) {
    threads.emplace_back([&map, &writing, writer] {
      write(map, writer);
      --writing;
    });
  }
  for (int i = 0; i < kReaders; ++i) {
    threads.emplace_back([&map, &writing] { read(map, writing); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(map.snapshot()->size(), 0U);
}

}  // namespace
}  // namespace pinhole::epm
