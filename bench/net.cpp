// SPDX-License-Identifier: Apache-2.0
#include "net.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

namespace pinhole::bench {
namespace {

int checked(int result, const char* what) {
  if (result < 0) {
    throw std::system_error(errno, std::system_category(), what);
  }
  return result;
}

}  // namespace

Fd::Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Fd::~Fd() {
  reset();
}

void Fd::reset() {
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
}

Target::Target(std::string_view text) {
  const auto put = [this](const auto& address) {
    std::memcpy(&address_, &address, sizeof address);
    size_ = sizeof address;
  };
  if (text.starts_with("unix:")) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string_view path = text.substr(5);
    if (path.empty() || path.size() >= sizeof address.sun_path) {
      throw std::invalid_argument("not a path for a Unix socket: " + std::string(path));
    }
    std::ranges::copy(path, address.sun_path);
    put(address);
    return;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    throw std::invalid_argument("not ADDRESS:PORT: " + std::string(text));
  }
  std::string host(text.substr(0, colon));
  const auto port = static_cast<std::uint16_t>(std::stoul(std::string(text.substr(colon + 1))));
  if (host.starts_with('[') && host.ends_with(']')) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    host = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) != 1) {
      throw std::invalid_argument("not an IPv6 address: " + host);
    }
    put(address);
    return;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    throw std::invalid_argument("not an IPv4 address: " + host);
  }
  put(address);
}

Fd Target::open() const {
  Fd made(checked(::socket(address_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                  "socket"));
  if (address_.ss_family != AF_UNIX) {
    const int one = 1;
    checked(::setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "TCP_NODELAY");
  }
  return made;
}

Fd Target::connect() const {
  Fd made = open();
  const void* address = &address_;
  if (::connect(made.get(), static_cast<const sockaddr*>(address), size_) < 0 &&
      errno != EINPROGRESS) {
    throw std::system_error(errno, std::system_category(), "connect");
  }
  return made;
}

Fd Target::listen() const {
  Fd made = open();
  const int one = 1;
  const void* address = &address_;
  checked(::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "SO_REUSEADDR");
  checked(::bind(made.get(), static_cast<const sockaddr*>(address), size_), "bind");
  checked(::listen(made.get(), SOMAXCONN), "listen");
  return made;
}

Epoll::Epoll() : fd_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

void Epoll::add(int fd, std::uint32_t events, std::uint64_t tag) {
  epoll_event event{.events = events, .data = {.u64 = tag}};
  checked(::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void Epoll::modify(int fd, std::uint32_t events, std::uint64_t tag) {
  epoll_event event{.events = events, .data = {.u64 = tag}};
  checked(::epoll_ctl(fd_.get(), EPOLL_CTL_MOD, fd, &event), "epoll_ctl");
}

std::span<const epoll_event> Epoll::wait(int milliseconds) {
  const int count = ::epoll_wait(fd_.get(), events_.data(), kBatch, milliseconds);
  if (count < 0 && errno == EINTR) {
    return {};
  }
  return {events_.data(), static_cast<std::size_t>(checked(count, "epoll_wait"))};
}

void raise_file_limit() {
  rlimit limit{};
  checked(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  checked(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

void send_all(int fd, std::span<const std::uint8_t> bytes) {
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 || static_cast<std::size_t>(sent) != bytes.size()) {
    throw std::system_error(sent < 0 ? errno : EAGAIN, std::system_category(), "send");
  }
}

std::size_t receive(int fd, std::span<std::uint8_t> into) {
  const ssize_t got = ::recv(fd, into.data(), into.size(), 0);
  if (got == 0) {
    throw std::runtime_error("the peer closed the connection");
  }
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) {
      return 0;
    }
    throw std::system_error(errno, std::system_category(), "recv");
  }
  return static_cast<std::size_t>(got);
}

}  // namespace pinhole::bench
