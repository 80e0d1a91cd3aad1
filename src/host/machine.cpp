// SPDX-License-Identifier: Apache-2.0
#include "host/machine.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace pinhole::host {
namespace {

/// Inodes of the sockets that listen on a port, from /proc/net/tcp or tcp6.
void add_listeners(const char* file, std::uint16_t port, std::set<std::string>& inodes) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string slot;
    std::string local;
    std::string remote;
    std::string state;
    std::string skip;
    std::string inode;
    words >> slot >> local >> remote >> state;
    for (int i = 0; i < 5; ++i) {
      words >> skip;
    }
    words >> inode;
    const std::size_t colon = local.rfind(':');
    unsigned number = 0;
    if (colon != std::string::npos) {
      std::from_chars(local.data() + colon + 1, local.data() + local.size(), number, 16);
    }
    if (state == "0A" && number == port) {
      inodes.insert("socket:[" + inode + "]");
    }
  }
}

bool holds_one_of(const std::filesystem::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(process / "fd", error)) {
    const auto target = std::filesystem::read_symlink(entry.path(), error);
    if (!error && inodes.contains(target.string())) {
      return true;
    }
  }
  return false;
}

Diagnostics environment(std::string what, int error) {
  return {{"cannot-lock-down",
           Severity::error,
           {},
           fmt::format("{}: {}", what, std::strerror(error)),
           "",
           Exit::environment}};
}

Checked<void> become(const std::string& user) {
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr) {
    return failure({"no-such-user",
                    Severity::error,
                    {"--user " + user, 0, 0, {}},
                    "no such user",
                    "name a user of this machine",
                    Exit::usage});
  }
  if (initgroups(user.c_str(), entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
      setuid(entry->pw_uid) != 0) {
    return tl::unexpected(environment("cannot become " + user, errno));
  }
  return {};
}

}  // namespace

std::optional<Holder> holder_of(std::uint16_t port) {
  std::set<std::string> inodes;
  add_listeners("/proc/net/tcp", port, inodes);
  add_listeners("/proc/net/tcp6", port, inodes);
  if (inodes.empty()) {
    return std::nullopt;
  }
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    Holder holder;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), holder.pid);
    if (failed != std::errc{} || end != name.data() + name.size() ||
        !holds_one_of(entry.path(), inodes)) {
      continue;
    }
    std::ifstream in(entry.path() / "comm");
    std::getline(in, holder.name);
    return holder;
  }
  return std::nullopt;
}

bool is_ephemeral(std::uint16_t port) {
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  unsigned first = 0;
  unsigned last = 0;
  range >> first >> last;
  if (!range || port < first || port > last) {
    return false;
  }
  std::ifstream reserved("/proc/sys/net/ipv4/ip_local_reserved_ports");
  std::string text;
  std::getline(reserved, text);
  const auto set = text.empty() ? std::optional(PortSet()) : parse_port_set(text);
  return !set || !set->contains(port);
}

void fill_random(std::span<std::byte> octets) {
  while (!octets.empty()) {
    const ssize_t count = getrandom(octets.data(), octets.size(), 0);
    if (count < 0 && errno != EINTR) {
      throw std::runtime_error("the kernel gives no random octets");
    }
    if (count > 0) {
      octets = octets.subspan(static_cast<std::size_t>(count));
    }
  }
}

Checked<void> lock_down(const std::string& user) {
  if (!user.empty()) {
    PINHOLE_CHECK(become(user));
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return tl::unexpected(environment("cannot set no_new_privs", errno));
  }
  // A change of user clears it: the service still ends with its supervisor.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (filter == nullptr) {
    return tl::unexpected(environment("no seccomp filter", ENOMEM));
  }
  for (const int call : {SCMP_SYS(execve),
                         SCMP_SYS(execveat),
                         SCMP_SYS(ptrace),
                         SCMP_SYS(process_vm_readv),
                         SCMP_SYS(process_vm_writev),
                         SCMP_SYS(mount),
                         SCMP_SYS(umount2),
                         SCMP_SYS(pivot_root),
                         SCMP_SYS(chroot),
                         SCMP_SYS(setns),
                         SCMP_SYS(unshare),
                         SCMP_SYS(init_module),
                         SCMP_SYS(finit_module),
                         SCMP_SYS(delete_module),
                         SCMP_SYS(kexec_load),
                         SCMP_SYS(kexec_file_load),
                         SCMP_SYS(reboot),
                         SCMP_SYS(bpf),
                         SCMP_SYS(perf_event_open),
                         SCMP_SYS(swapon),
                         SCMP_SYS(swapoff),
                         SCMP_SYS(add_key),
                         SCMP_SYS(keyctl),
                         SCMP_SYS(request_key),
                         SCMP_SYS(userfaultfd),
                         SCMP_SYS(io_uring_setup)}) {
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0);
  }
  const int loaded = seccomp_load(filter);
  seccomp_release(filter);
  if (loaded != 0) {
    return tl::unexpected(environment("the kernel refuses the seccomp filter", -loaded));
  }
  return {};
}

void name_process(const std::string& name) {
  prctl(PR_SET_NAME, name.substr(0, 15).c_str());
  prctl(PR_SET_PDEATHSIG, SIGTERM);
}

}  // namespace pinhole::host
