// SPDX-License-Identifier: Apache-2.0
// Who is in a namespace, and `ip` itself.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "lab/spaces.hpp"

namespace pinhole::lab {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using SpaceId = std::pair<dev_t, ino_t>;

/// Waited for the ends of killed processes, before the next look.
constexpr milliseconds kAfterKill{10'000};
constexpr int kNoProgram = 127;

// <sys/pidfd.h> of glibc 2.36 declares these for C alone.
int open_process(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

void send_signal(int process, int number) {
  // Who has ended meanwhile needs no signal.
  static_cast<void>(::syscall(SYS_pidfd_send_signal, process, number, nullptr, 0));
}

std::optional<SpaceId> id_of(const std::filesystem::path& path) {
  struct stat seen{};
  if (::stat(path.c_str(), &seen) != 0) {
    return std::nullopt;
  }
  return SpaceId(seen.st_dev, seen.st_ino);
}

std::vector<pid_t> all_processes() {
  std::vector<pid_t> found;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    pid_t pid = 0;
    const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad == std::errc() && rest == name.data() + name.size()) {
      found.push_back(pid);
    }
  }
  return found;
}

/// Descriptors of the processes in these namespaces. One that has ended is in none.
class Crowd {
 public:
  explicit Crowd(const std::vector<SpaceId>& spaces) {
    for (const pid_t pid : all_processes()) {
      const int fd = open_process(pid);
      const auto where = id_of(fmt::format("/proc/{}/ns/net", pid));
      if (fd >= 0 && where && std::ranges::find(spaces, *where) != spaces.end()) {
        members_.push_back({fd, POLLIN, 0});
      } else if (fd >= 0) {
        ::close(fd);
      }
    }
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {
    for (const pollfd& each : members_) {
      ::close(each.fd);
    }
  }

  [[nodiscard]] bool empty() const { return members_.empty(); }

  void signal(int number) const {
    for (const pollfd& each : members_) {
      send_signal(each.fd, number);
    }
  }

  /// Until all have ended, or the time is over.
  void wait(milliseconds time) {
    const auto until = Clock::now() + time;
    for (pollfd& each : members_) {
      const auto left =
          std::max(std::chrono::ceil<milliseconds>(until - Clock::now()), milliseconds{0});
      int result = 0;
      do {
        result = ::poll(&each, 1, static_cast<int>(left.count()));
      } while (result < 0 && errno == EINTR);
    }
  }

 private:
  std::vector<pollfd> members_;
};

/// A file in memory; its descriptor is closed with it.
class Memory {
 public:
  explicit Memory(const std::string& text) : fd_(::memfd_create("lab", MFD_CLOEXEC)) {
    std::size_t written = 0;
    while (written < text.size()) {
      const ssize_t n = ::write(fd_, text.data() + written, text.size() - written);
      if (n <= 0) {
        break;
      }
      written += static_cast<std::size_t>(n);
    }
    ::lseek(fd_, 0, SEEK_SET);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { ::close(fd_); }

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::string first_line() const {
    std::string text(4096, '\0');
    const ssize_t n = ::pread(fd_, text.data(), text.size(), 0);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text.substr(0, text.find('\n'));
  }

 private:
  int fd_;
};

[[noreturn]] void become_ip(const std::vector<std::string>& arguments, int input, int output,
                            int lock, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(kNoProgram);
  }
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::fcntl(lock, F_SETFD, 0);
  std::vector<std::string> owned = arguments;
  std::vector<char*> words;
  words.reserve(owned.size());
  for (std::string& each : owned) {
    words.push_back(each.data());
  }
  words.push_back(nullptr);
  ::execvp("ip", words.data());
  for (const char* path : {"/usr/sbin/ip", "/sbin/ip"}) {
    ::execv(path, words.data());
  }
  ::_exit(kNoProgram);
}

}  // namespace

bool is_alive(pid_t pid) {
  const int fd = open_process(pid);
  if (fd < 0) {
    return false;
  }
  pollfd end{fd, POLLIN, 0};
  const bool ended = ::poll(&end, 1, 0) > 0;
  ::close(fd);
  return !ended;
}

Checked<void> run_ip(std::vector<std::string> arguments, const std::string& commands, int lock) {
  arguments.insert(arguments.begin(), "ip");
  arguments.insert(arguments.end(), {"-batch", "-"});
  const Memory input(commands);
  const Memory output("");
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    become_ip(arguments, input.fd(), output.fd(), lock, parent);
  }
  int status = -1;
  while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return {};
  }
  const bool is_missing = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == kNoProgram;
  return lab_error(
      "lab-ip", fmt::format("{}", fmt::join(arguments, " ")),
      is_missing ? "there is no program ip" : output.first_line(),
      is_missing ? "install iproute2" : "run as root, on a kernel with veth and bridge");
}

Checked<void> end_processes(std::span<const std::string> spaces, milliseconds grace) {
  constexpr int kLooks = 20;
  std::vector<SpaceId> ids;
  for (const std::string& space : spaces) {
    // A file without a namespace lies on another file system, and nobody is in it.
    if (const auto id = id_of(space_path(space))) {
      ids.push_back(*id);
    }
  }
  for (int look = 0; look < kLooks; ++look) {
    Crowd crowd(ids);
    if (crowd.empty()) {
      return {};
    }
    crowd.signal(look == 0 ? SIGTERM : SIGKILL);
    crowd.wait(look == 0 ? grace : kAfterKill);
  }
  return lab_error("lab-processes", "lab", "processes in the namespaces do not end",
                   "`ip netns pids NAMESPACE` says which; end them, and try again");
}

}  // namespace pinhole::lab
