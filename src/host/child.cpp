// SPDX-License-Identifier: Apache-2.0
#include "host/child.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "host/system.hpp"

namespace pinhole::host {
namespace {

tl::unexpected<Diagnostics> cannot_start(int error) {
  return failure({"cannot-start-process",
                  Severity::error,
                  {"/proc/self/exe", 0, 0, {}},
                  std::strerror(error),
                  "",
                  Exit::environment});
}

/// A file in memory with the task, read from its start; -1 with errno set.
int task_file(const ChildTask& task) {
  const std::string text = to_json(task);
  const int fd = ::memfd_create("pinhole-task", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::lseek(fd, 0, SEEK_SET) != 0) {
    return -1;
  }
  return fd;
}

/// In the child: nothing here may allocate or lock.
[[noreturn]] void become(int task, int report, pid_t parent) {
  die_with_parent();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);  // of a terminal: the supervisor says when to end
  // Both are moved above their places first, so that neither overwrites the other.
  const int high_task = ::fcntl(task, F_DUPFD, kReportDescriptor + 1);
  const int high_report = ::fcntl(report, F_DUPFD, kReportDescriptor + 1);
  const bool placed =
      ::dup2(high_task, kTaskDescriptor) >= 0 && ::dup2(high_report, kReportDescriptor) >= 0;
  ::close(high_task);
  ::close(high_report);
  if (placed && ::getppid() == parent) {
    std::array<char, 8> name{"pinhole"};
    std::array<char, 6> command{"serve"};
    std::array<char, 8> flag{"--child"};
    const std::array<char*, 4> arguments{name.data(), command.data(), flag.data(), nullptr};
    ::execv("/proc/self/exe", arguments.data());
  }
  ::_exit(static_cast<int>(Exit::environment));
}

}  // namespace

Checked<std::shared_ptr<Child>> Child::start(boost::asio::io_context& context,
                                             const ChildTask& task, Reported reported) {
  const int file = task_file(task);
  std::array<int, 2> pipe{-1, -1};
  if (file < 0 || ::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return cannot_start(errno);
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    become(file, pipe[1], parent);
  }
  const int error = errno;
  ::close(file);
  ::close(pipe[1]);
  if (pid < 0) {
    ::close(pipe[0]);
    return cannot_start(error);
  }
  std::shared_ptr<Child> child(new Child(context, pid, pipe[0], std::move(reported)));
  child->wait();
  return child;
}

Child::Child(boost::asio::io_context& context, pid_t pid, int report, Reported reported)
    : pid_(pid), report_(context, report), reported_(std::move(reported)) {
  report_.non_blocking(true);
}

Child::~Child() {
  if (!ended_) {
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void Child::signal(int number) const {
  if (!ended_) {
    ::kill(pid_, number);
  }
}

bool Child::drain() {
  std::array<char, 65536> chunk{};
  ssize_t count = 0;
  while ((count = ::read(report_.native_handle(), chunk.data(), chunk.size())) > 0) {
    pending_.append(chunk.data(), static_cast<std::size_t>(count));
  }
  const bool open = count < 0 && (errno == EAGAIN || errno == EINTR);
  std::size_t end = 0;
  while ((end = pending_.find('\n')) != std::string::npos) {
    const auto event = nlohmann::json::parse(pending_.substr(0, end), nullptr, false);
    pending_.erase(0, end + 1);
    if (event.is_object()) {
      reported_(event);
    }
  }
  return open;
}

void Child::wait() {
  // Reads when woken, and not through Asio: reap() must find nothing half taken.
  report_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error && !self->ended_ && self->drain()) {
                         self->wait();
                       }
                     });
}

std::string Child::reap() {
  int status = 0;
  if (ended_ || ::waitpid(pid_, &status, WNOHANG) != pid_) {
    return {};
  }
  drain();  // what the pipe still holds came before the end
  ended_ = true;
  report_.close();
  return WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                             : fmt::format("exit code {}", WEXITSTATUS(status));
}

}  // namespace pinhole::host
