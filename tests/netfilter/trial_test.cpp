// SPDX-License-Identifier: Apache-2.0
#include "netfilter/trial.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "netfilter/nftables.hpp"
#include "support/network_namespace.hpp"

namespace pinhole::netfilter {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kFirst = "table inet pinhole {\n chain first {\n }\n}\n";
constexpr const char* kSecond =
    "table inet pinhole\ndelete table inet pinhole\ntable inet pinhole {\n chain second {\n }\n}\n";

class TrialTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(support::enter_network_namespace());
    folder_ = std::filesystem::path(testing::TempDir()) / ("trial." + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override {
    // Ends a process that still waits.
    (void)trial().remove();
    std::filesystem::remove_all(folder_);
  }

  Trial trial() { return Trial::in(folder_).value(); }
  State state() { return trial().standing().value().state; }
  static std::string live() { return list_ruleset(Form::native).value(); }

  /// Waits until the file is there; the event is the file's own.
  void await(const char* name) {
    const int changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    inotify_add_watch(changes, folder_.c_str(), IN_CREATE | IN_MOVED_TO);
    while (!std::filesystem::exists(folder_ / name)) {
      pollfd wanted{changes, POLLIN, 0};
      ASSERT_GT(poll(&wanted, 1, 60'000), 0) << name;
      char events[4096];
      (void)!read(changes, events, sizeof events);
    }
    close(changes);
  }

  /// The process that has the lock of the folder's watcher.
  pid_t watcher() const {
    const auto inode = std::to_string([&] {
      struct stat file{};
      stat((folder_ / "watcher").c_str(), &file);
      return file.st_ino;
    }());
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
      if (line.find(":" + inode + " ") != std::string::npos) {
        std::istringstream words(line);
        std::string word;
        pid_t pid = 0;
        words >> word >> word >> word >> word >> pid;
        return pid;
      }
    }
    return 0;
  }

  std::filesystem::path folder_;
};

TEST_F(TrialTest, IsConfirmedAtOnceWithoutATime) {
  EXPECT_EQ(state(), State::absent);
  ASSERT_TRUE(trial().apply(kFirst, "plan", std::nullopt));
  EXPECT_EQ(state(), State::confirmed);
  EXPECT_EQ(trial().standing()->what, "plan");
  ASSERT_TRUE(trial().remove());
  EXPECT_EQ(state(), State::absent);
  EXPECT_THAT(live(), Not(HasSubstr("pinhole")));
}

TEST_F(TrialTest, StaysOnceItIsConfirmed) {
  ASSERT_TRUE(trial().apply(kFirst, "old", std::nullopt));
  ASSERT_TRUE(trial().apply(kSecond, "new", seconds(3600)));
  EXPECT_EQ(state(), State::waiting);
  EXPECT_NE(watcher(), 0);
  ASSERT_TRUE(trial().confirm());
  EXPECT_EQ(state(), State::confirmed);
  EXPECT_THAT(live(), HasSubstr("second"));
  const auto again = trial().confirm();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().front().exit, Exit::no);
}

TEST_F(TrialTest, BringsTheOldTableBackWhenTheTimeIsOver) {
  ASSERT_TRUE(trial().apply(kFirst, "old", std::nullopt));
  ASSERT_TRUE(trial().apply(kSecond, "new", seconds(1)));
  EXPECT_THAT(live(), HasSubstr("second"));
  await("rolled-back");
  EXPECT_EQ(state(), State::rolled_back);
  EXPECT_THAT(live(), HasSubstr("first"));
  EXPECT_THAT(live(), Not(HasSubstr("second")));
}

TEST_F(TrialTest, LeavesNothingWhereNothingWasBefore) {
  ASSERT_TRUE(trial().apply(kFirst, "new", seconds(1)));
  await("rolled-back");
  EXPECT_EQ(state(), State::rolled_back);
  EXPECT_THAT(live(), Not(HasSubstr("pinhole")));
}

TEST_F(TrialTest, SaysUnconfirmedWhereTheWatcherWasKilled) {
  ASSERT_TRUE(trial().apply(kFirst, "new", seconds(3600)));
  ASSERT_EQ(state(), State::waiting);
  const pid_t pid = watcher();
  ASSERT_GT(pid, 0);
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  // The lock goes with the process; taking it waits for just that.
  while (watcher() == pid) {
    std::this_thread::yield();
  }
  EXPECT_EQ(state(), State::unconfirmed);
  EXPECT_THAT(live(), HasSubstr("first"));
  ASSERT_TRUE(trial().confirm());
  EXPECT_EQ(state(), State::confirmed);
}

TEST_F(TrialTest, TakesNoSecondTrialBeforeTheFirstIsOver) {
  ASSERT_TRUE(trial().apply(kFirst, "new", seconds(3600)));
  const auto second = trial().apply(kSecond, "newer", seconds(3600));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().front().id, "firewall-on-trial");
  EXPECT_EQ(second.error().front().exit, Exit::no);
  ASSERT_TRUE(trial().roll_back());
  EXPECT_THAT(live(), Not(HasSubstr("pinhole")));
}

TEST_F(TrialTest, LeavesAllAsItWasWhereTheTextFails) {
  ASSERT_TRUE(trial().apply(kFirst, "old", std::nullopt));
  ASSERT_FALSE(trial().apply("table inet pinhole {\n chain c {\n jump nowhere\n }\n}\n", "bad",
                             seconds(3600)));
  EXPECT_EQ(state(), State::confirmed);
  EXPECT_EQ(trial().standing()->what, "old");
  EXPECT_THAT(live(), HasSubstr("first"));
}

}  // namespace
}  // namespace pinhole::netfilter
