// SPDX-License-Identifier: Apache-2.0
#pragma once
// Plain sockets and epoll for the load generator and the echo server: no framework between the
// measurement and the kernel. Every failure of a system call throws std::system_error.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace pinhole::bench {

/// A file descriptor, closed with its owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept;
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();

  [[nodiscard]] int get() const { return fd_; }
  void reset();

 private:
  int fd_ = -1;
};

/// Where to connect: `ADDRESS:PORT`, `[ADDRESS]:PORT` or `unix:PATH`. Throws on anything else.
class Target {
 public:
  explicit Target(std::string_view text);

  /// A non-blocking socket whose connect has begun (it may already be complete).
  [[nodiscard]] Fd connect() const;
  /// A non-blocking socket that listens there.
  [[nodiscard]] Fd listen() const;

 private:
  [[nodiscard]] Fd open() const;

  sockaddr_storage address_{};
  socklen_t size_ = 0;
};

class Epoll {
 public:
  Epoll();
  void add(int fd, std::uint32_t events, std::uint64_t tag);
  void modify(int fd, std::uint32_t events, std::uint64_t tag);
  /// Waits up to `milliseconds` (-1: without end) and returns the events that came.
  std::span<const epoll_event> wait(int milliseconds);

 private:
  static constexpr std::size_t kBatch = 512;
  Fd fd_;
  std::array<epoll_event, kBatch> events_{};
};

/// Raises the limit of open files to what the system lets this process have.
void raise_file_limit();

/// Writes all of `bytes` at once; throws when the kernel does not take them, which requests of a
/// few hundred bytes on a connection with at most one call outstanding never meet.
void send_all(int fd, std::span<const std::uint8_t> bytes);

/// Reads what is there. 0: nothing yet. Throws at the end of the stream.
std::size_t receive(int fd, std::span<std::uint8_t> into);

}  // namespace pinhole::bench
