// SPDX-License-Identifier: Apache-2.0
#include "host/serve.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "host/data_folder.hpp"
#include "host/mapper_process.hpp"
#include "host/report.hpp"
#include "host/service_process.hpp"
#include "host/supervisor.hpp"
#include "host/system.hpp"
#include "store/store.hpp"

namespace pinhole::host {
namespace {

tl::unexpected<Diagnostics> bad_folder(const std::string& place, const std::string& message) {
  return failure({"state-folder-unusable",
                  Severity::error,
                  {place, 0, 0, {}},
                  message,
                  "choose another folder with --state",
                  Exit::environment});
}

/// The lock lives as long as the descriptor, which no child inherits.
Checked<int> lock_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder + "/ncalrpc", error);
  if (error) {
    return bad_folder(folder, error.message());
  }
  const std::string path = folder + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return bad_folder(path, std::strerror(errno));
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const std::string why =
        errno == EWOULDBLOCK ? "another `pinhole serve` runs on this folder" : std::strerror(errno);
    ::close(fd);
    return bad_folder(path, why);
  }
  return fd;
}

/// What the background process says to the one that the user started: an exit code and a text.
struct Verdict {
  Exit exit = Exit::environment;
  std::string text = "the server ended before it was ready";
};

Verdict wait_for_verdict(int pipe) {
  std::string all;
  std::array<char, 4096> chunk{};
  ssize_t count = 0;
  while ((count = ::read(pipe, chunk.data(), chunk.size())) > 0) {
    all.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return all.empty() ? Verdict{} : Verdict{static_cast<Exit>(all.front()), all.substr(1)};
}

void tell_verdict(int pipe, const Verdict& verdict) {
  const std::string all = static_cast<char>(verdict.exit) + verdict.text;
  // A starter that is gone no longer asks.
  const ssize_t written = ::write(pipe, all.data(), all.size());
  static_cast<void>(written);
  ::close(pipe);
}

void become_daemon(const std::string& log) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  ::dup2(null, STDIN_FILENO);
  ::dup2(file < 0 ? null : file, STDOUT_FILENO);
  ::dup2(file < 0 ? null : file, STDERR_FILENO);
}

tl::unexpected<Diagnostics> not_started(const Verdict& verdict) {
  return failure(
      {"cannot-serve", Severity::error, {"serve", 0, 0, {}}, verdict.text, "", verdict.exit});
}

Checked<Exit> serve_in_background(const ServeConfig& config) {
  std::array<int, 2> pipe{-1, -1};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return bad_folder("pipe", std::strerror(errno));
  }
  const pid_t pid = ::fork();
  if (pid < 0) {
    return bad_folder("fork", std::strerror(errno));
  }
  if (pid == 0) {
    ::close(pipe[0]);
    become_daemon(config.state + "/serve.log");
    const Exit exit = supervise(config, [&](const std::string& failed, Exit code) {
      tell_verdict(pipe[1], {code, failed});
    });
    ::_exit(static_cast<int>(exit));
  }
  ::close(pipe[1]);
  const Verdict verdict = wait_for_verdict(pipe[0]);
  ::close(pipe[0]);
  if (verdict.exit != Exit::good) {
    return not_started(verdict);
  }
  return Exit::good;
}

Checked<Exit> serve_in_foreground(const ServeConfig& config) {
  Verdict verdict{Exit::good, {}};
  const Exit exit = supervise(config, [&](const std::string& failed, Exit code) {
    verdict = {code, failed};
    if (code == Exit::good) {
      fmt::print("ready: {} serves with its state in {}\n", config.product, config.state);
      std::fflush(stdout);
    }
  });
  if (verdict.exit != Exit::good) {
    return not_started(verdict);
  }
  return exit;
}

}  // namespace

Checked<Exit> serve(const ServeConfig& config, Presence presence,
                    const std::function<Checked<void>()>& prepare) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto catalogue = open_catalogue(config.data);
  PINHOLE_CHECK(catalogue);
  PINHOLE_CHECK(services_to_run(*catalogue, config));
  // The folder is for everybody to pass through, whatever the umask: who may do what is decided at
  // each socket.
  ::umask(0022);
  const auto lock = lock_folder(config.state);
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  if (prepare) {
    PINHOLE_CHECK(prepare());
  }
  PINHOLE_CHECK(store::create_if_missing(config.registry));
  return presence == Presence::foreground ? serve_in_foreground(config)
                                          : serve_in_background(config);
}

int run_child() {
  std::string text;
  std::array<char, 4096> chunk{};
  ssize_t count = 0;
  while ((count = ::read(kTaskDescriptor, chunk.data(), chunk.size())) > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  if (text.empty()) {
    return static_cast<int>(Exit::usage);
  }
  ::close(kTaskDescriptor);
  ::fcntl(kReportDescriptor, F_SETFD, FD_CLOEXEC);
  const ChildTask task = child_task_of(text);
  return task.service.empty() ? run_mapper(task) : run_service(task);
}

std::vector<IpAddress> all_addresses() {
  std::vector<IpAddress> addresses{IpAddress::v4(0)};
  if (has_ipv6()) {
    addresses.push_back(IpAddress::v6({}));
  }
  return addresses;
}

}  // namespace pinhole::host
