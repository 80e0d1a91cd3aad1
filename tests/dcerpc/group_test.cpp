// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/group.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "support/loopback.hpp"

namespace pinhole::dcerpc {
namespace {

struct Counted : HandleState {
  explicit Counted(std::atomic<int>& alive) : alive_(alive) { ++alive_; }
  ~Counted() override {
    --alive_;
    if (group) {
      (void)group->find(kNilHandle);  // whoever is destroyed may use its group
    }
  }
  static constexpr Uuid kNilHandle{};
  std::shared_ptr<AssociationGroup> group;
  std::atomic<int>& alive_;
};

TEST(Group, AHandleBelongsToItsGroup) {
  GroupTable table(support::counting_entropy(), {});
  std::atomic<int> alive = 0;
  const auto mine = table.create(support::tcp_peer(1));
  const auto other = table.create(support::tcp_peer(2));
  const auto handle = mine->open(std::make_shared<Counted>(alive)).value();
  EXPECT_NE(mine->find(handle), nullptr);
  EXPECT_EQ(table.join(mine->id(), support::tcp_peer(3))->find(handle), mine->find(handle));
  EXPECT_EQ(other->find(handle), nullptr);
  EXPECT_FALSE(other->close(handle));
  EXPECT_TRUE(mine->close(handle));
  EXPECT_FALSE(mine->close(handle));
  EXPECT_EQ(alive, 0);
}

TEST(Group, ItsHandlesRunDownWithTheLastAssociation) {
  GroupTable table(support::counting_entropy(), {});
  std::atomic<int> alive = 0;
  auto first = table.create(support::tcp_peer(1));
  auto second = table.join(first->id(), support::tcp_peer(2));
  const AssocGroupId id = first->id();
  (void)first->open(std::make_shared<Counted>(alive));
  first.reset();
  EXPECT_EQ(alive, 1);
  second.reset();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(table.join(id, support::tcp_peer(3)), nullptr);
}

TEST(Group, AStateMayUseItsGroupWhenItIsClosed) {
  GroupTable table(support::counting_entropy(), {});
  std::atomic<int> alive = 0;
  const auto group = table.create(support::tcp_peer(1));
  auto state = std::make_shared<Counted>(alive);
  state->group = group;
  const auto handle = group->open(std::move(state)).value();
  EXPECT_TRUE(group->close(handle));
}

TEST(Group, IsJoinedOnlyByTheSameClient) {
  GroupTable table(support::counting_entropy(), {});
  const auto group = table.create(support::tcp_peer(1));
  EXPECT_EQ(table.join(group->id(), support::tcp_peer(2, "10.0.0.5", "10.0.0.8")), nullptr);
  EXPECT_EQ(table.join(group->id(), support::local_peer(2)), nullptr);
  Peer http = support::tcp_peer(2);
  http.carrier = Carrier::http;
  EXPECT_EQ(table.join(group->id(), http), nullptr);
  const auto local = table.create(support::local_peer(3, 5));
  EXPECT_EQ(table.join(local->id(), support::local_peer(4, 6)), nullptr);
  EXPECT_EQ(table.join(local->id(), support::local_peer(4, 5)), local);
}

TEST(Group, LimitsHandlesPerGroupAndPerClient) {
  GroupTable table(support::counting_entropy(), {.handles_per_group = 2, .handles_per_client = 3});
  std::atomic<int> alive = 0;
  const auto open = [&](const auto& group) {
    return group->open(std::make_shared<Counted>(alive));
  };
  auto first = table.create(support::tcp_peer(1));
  const auto second = table.create(support::tcp_peer(2));
  const auto handle = open(first);
  EXPECT_TRUE(handle && open(first));
  EXPECT_FALSE(open(first));
  EXPECT_TRUE(open(second));
  EXPECT_FALSE(open(second));
  EXPECT_TRUE(open(table.create(support::tcp_peer(3, "10.0.0.5", "10.0.0.8"))));
  EXPECT_TRUE(first->close(*handle));
  EXPECT_TRUE(open(second));
  first.reset();
  EXPECT_TRUE(open(table.create(support::tcp_peer(4))));
}

TEST(Group, ManyThreadsOpenAndClose) {
  GroupTable table(support::counting_entropy(), {});
  std::atomic<int> alive = 0;
  const auto group = table.create(support::tcp_peer(1));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        const auto handle = group->open(std::make_shared<Counted>(alive));
        EXPECT_TRUE(handle && group->find(*handle) && group->close(*handle));
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(alive, 0);
}

TEST(Group, TheTableForgetsGroupsThatEnded) {
  GroupTable table(support::counting_entropy(), {});
  std::vector<AssocGroupId> ids;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    ids.push_back(table.create(support::tcp_peer(i))->id());
  }
  EXPECT_EQ(table.join(ids.back(), support::tcp_peer(1)), nullptr);
}

TEST(Peer, IsNamedByAddressOrCredentials) {
  EXPECT_EQ(support::tcp_peer(1).name(), "10.0.0.9:40000");
  EXPECT_EQ(support::local_peer(1, 7).name(), "pid 1 (uid 7)");
}

}  // namespace
}  // namespace pinhole::dcerpc
