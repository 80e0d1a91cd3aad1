// SPDX-License-Identifier: Apache-2.0
#pragma once
// Many connections to one server from one thread: opens them, binds each, and hands every reply to
// the mode that runs. A call is outstanding on a connection at most once. A fault, a bind_nak or a
// closed connection ends the measurement with an exception: a rate with failures in it is none.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "net.hpp"
#include "wire.hpp"

namespace pinhole::bench {

using Clock = std::chrono::steady_clock;

/// One connection and what of a reply has come on it.
struct Connection {
  std::size_t index = 0;
  Fd fd;
  bool connected = false;
  Clock::time_point started;
  std::array<std::uint8_t, kFragmentSize> buffer{};
  std::size_t held = 0;
  /// The first bytes of the stub: the lookup's context handle and how many entries came.
  std::array<std::uint8_t, kHandleSize + 4> head{};
  bool inside_reply = false;
  /// The last four bytes of the stub: the operation's status.
  std::uint32_t status = 0;
};

class Driver {
 public:
  /// What a mode does when a bind is acknowledged, and when a reply is whole.
  struct Hooks {
    std::function<void(Connection&)> bound;
    std::function<void(Connection&)> replied;
  };

  Driver(Target target, Bytes bind, std::size_t connections);

  /// Opens and binds all connections, at most `at_once` of them under way at any time: some
  /// servers listen with a short backlog.
  void open_all(std::size_t at_once);

  void set_hooks(Hooks hooks) { hooks_ = std::move(hooks); }
  /// Drops the connection, if there is one, and connects anew.
  void reopen(Connection& connection);
  /// Notes the time and sends.
  void call(Connection& connection, std::span<const std::uint8_t> request);
  /// Handles what has come, waiting up to `milliseconds` for it.
  void poll(int milliseconds);

  std::span<Connection> connections() { return connections_; }

 private:
  void on_connected(Connection& connection);
  void on_readable(Connection& connection);
  void on_pdu(Connection& connection, std::span<const std::uint8_t> pdu);
  void on_response(Connection& connection, std::span<const std::uint8_t> pdu);

  Target target_;
  Bytes bind_;
  Epoll epoll_;
  Hooks hooks_;
  std::vector<Connection> connections_;
};

}  // namespace pinhole::bench
