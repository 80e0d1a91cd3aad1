// SPDX-License-Identifier: Apache-2.0
#include "host/system.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "transport/socket_address.hpp"

namespace pinhole::host {
namespace {

/// The inodes of the listening sockets on a port, from one of /proc/net/tcp and tcp6: fields sl,
/// local_address, rem_address, st, ..., inode as the tenth.
void listening_inodes(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
  std::ifstream file(table);
  std::string line;
  const std::string suffix = fmt::format(":{:04X}", port);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::array<std::string, 10> field;
    for (std::string& each : field) {
      fields >> each;
    }
    if (field[3] == "0A" && field[1].ends_with(suffix)) {
      inodes.insert(fmt::format("socket:[{}]", field[9]));
    }
  }
}

bool holds_one_of(const std::filesystem::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(process / "fd", error), end; !error && at != end;
       at.increment(error)) {
    std::error_code unreadable;
    if (inodes.contains(std::filesystem::read_symlink(at->path(), unreadable).string())) {
      return true;
    }
  }
  return false;
}

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

void fill_random(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t count = ::getrandom(out.data(), out.size(), 0);
    if (count < 0 && errno != EINTR) {
      throw std::runtime_error("getrandom failed");
    }
    out = out.subspan(count < 0 ? 0 : static_cast<std::size_t>(count));
  }
}

std::uint32_t random_number() {
  std::uint32_t number = 0;
  fill_random(std::as_writable_bytes(std::span(&number, 1)));
  return number;
}

bool has_ipv6() {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return false;
  }
  const transport::SocketAddress any(IpAddress::v6({}), 0);
  const bool bound = ::bind(fd, any.data(), any.length()) == 0;
  ::close(fd);
  return bound;
}

std::optional<Holder> find_holder(std::uint16_t port) {
  std::set<std::string> inodes;
  listening_inodes("/proc/net/tcp", port, inodes);
  listening_inodes("/proc/net/tcp6", port, inodes);
  if (inodes.empty()) {
    return std::nullopt;
  }
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end;
       at.increment(error)) {
    const auto pid = parse_decimal(at->path().filename().string(), 1, INT32_MAX);
    if (pid && holds_one_of(at->path(), inodes)) {
      return Holder{static_cast<std::int32_t>(*pid), first_line(at->path() / "comm")};
    }
  }
  return std::nullopt;
}

bool is_ephemeral(std::uint16_t port) {
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  if (!(range >> first >> last) || port < first || port > last) {
    return false;
  }
  const auto reserved = parse_port_set(first_line("/proc/sys/net/ipv4/ip_local_reserved_ports"));
  return !reserved || !reserved->contains(port);
}

void die_with_parent() {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
}

void name_process(const std::string& name) {
  ::prctl(PR_SET_NAME, name.c_str());
}

}  // namespace pinhole::host
