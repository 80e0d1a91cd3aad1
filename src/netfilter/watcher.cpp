// SPDX-License-Identifier: Apache-2.0
// The process that brings the old table back.
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netfilter/nftables.hpp"
#include "netfilter/trial_files.hpp"

namespace pinhole::netfilter {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kWatcher = "watcher";
constexpr const char* kLock = "lock";

bool is_pending(const std::filesystem::path& folder, std::uint64_t token) {
  const auto note = read_note(folder / kPending);
  return note && note->token == token;
}

/// Until the note is gone (false) or the time is over (true).
bool wait_for_the_end(const std::filesystem::path& folder, std::uint64_t token,
                      Clock::time_point end, int changes) {
  while (is_pending(folder, token)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) {
      return true;
    }
    // A wait may be longer than poll can take.
    constexpr std::int64_t kLongest = 3'600'000;
    pollfd wanted{changes, POLLIN, 0};
    const auto time = static_cast<int>(std::min<std::int64_t>(left.count(), kLongest));
    if (::poll(&wanted, 1, time) > 0) {
      std::array<char, 4096> events{};
      [[maybe_unused]] const ssize_t n = ::read(changes, events.data(), events.size());
    }
  }
  return false;
}

void roll_back(const std::filesystem::path& folder, std::uint64_t token, const std::string& old) {
  const int lock = take_lock(folder / kLock, Wait::yes);
  const auto note = read_note(folder / kPending);
  // Confirmed while this waited for the lock.
  if (!note || note->token != token) {
    ::close(lock);
    return;
  }
  const bool back = old.empty() ? remove().has_value() : apply(old).has_value();
  if (back && write_note(folder / kRolledBack, *note)) {
    std::error_code ignored;
    std::filesystem::remove(folder / kPending, ignored);
    std::filesystem::remove(folder / kOld, ignored);
  }
  ::close(lock);
}

/// Lets go of everything that belongs to who started it: terminal, folders, open files.
void detach(int ready) {
  for (int file = 0; file < 3; ++file) {
    ::close(file);
  }
  ::open("/dev/null", O_RDWR);
  ::dup2(0, 1);
  ::dup2(0, 2);
  if (ready > 3) {
    ::close_range(3, static_cast<unsigned>(ready) - 1, 0);
  }
  ::close_range(static_cast<unsigned>(ready) + 1, ~0U, 0);
  [[maybe_unused]] const int moved = ::chdir("/");
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) {
    ::signal(signal, SIG_IGN);
  }
}

[[noreturn]] void watch(const std::filesystem::path& folder, std::uint64_t token,
                        Clock::time_point end, const std::string& old, int ready) {
  detach(ready);
  const int changes = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  const int alive = take_lock(folder / kWatcher, Wait::no);
  if (changes < 0 || alive < 0 ||
      ::inotify_add_watch(changes, folder.c_str(), IN_DELETE | IN_MOVED_TO) < 0 ||
      ::write(ready, "+", 1) != 1) {
    ::_exit(1);
  }
  ::close(ready);
  if (wait_for_the_end(folder, token, end, changes)) {
    roll_back(folder, token, old);
  }
  ::_exit(0);
}

}  // namespace

Checked<void> start_watcher(const std::filesystem::path& folder, std::uint64_t token,
                            std::chrono::seconds time, const std::string& old) {
  const auto failed = [] {
    return trial_error("firewall-watcher", "the process that would roll back cannot be started",
                       "see that processes and memory are left", Exit::environment);
  };
  const Clock::time_point end = Clock::now() + time;
  std::array<int, 2> ready{};
  if (::pipe2(ready.data(), O_CLOEXEC) != 0) {
    return failed();
  }
  const pid_t child = ::fork();
  if (child == 0) {
    // Twice, so that it is nobody's child and belongs to no terminal.
    ::setsid();
    if (::fork() != 0) {
      ::_exit(0);
    }
    watch(std::filesystem::absolute(folder), token, end, old, ready[1]);
  }
  ::close(ready[1]);
  char byte = 0;
  const bool good = child > 0 && ::read(ready[0], &byte, 1) == 1;
  ::close(ready[0]);
  if (child > 0) {
    ::waitpid(child, nullptr, 0);
  }
  if (!good) {
    return failed();
  }
  return {};
}

bool is_watched(const std::filesystem::path& folder) {
  const int lock = take_lock(folder / kWatcher, Wait::no);
  if (lock >= 0) {
    ::close(lock);
  }
  return lock < 0;
}

}  // namespace pinhole::netfilter
