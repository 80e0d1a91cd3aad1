// SPDX-License-Identifier: Apache-2.0
#pragma once
// One connection on one worker thread: waits for readable, borrows the thread's buffer, hands the
// bytes to the protocol, sends what comes back. While the peer does not take what was sent,
// nothing more is read from it, so a session's memory is bounded by its protocol's limits.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "transport/listener.hpp"

namespace pinhole::transport {

using Clock = std::chrono::steady_clock;

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  /// `buffer` is the thread's read buffer; both it and `open_count` outlive the session.
  Session(std::shared_ptr<boost::asio::io_context> context, Socket socket, const dcerpc::Peer& peer,
          std::span<std::byte> buffer, std::atomic<std::size_t>& open_count);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start(const ProtocolFactory& factory);
  void close();
  [[nodiscard]] bool closed() const { return !socket_.is_open(); }
  /// Whether a limit is exceeded at `now`.
  [[nodiscard]] bool late(Clock::time_point now, const SessionLimits& limits) const;

 private:
  void wait_readable();
  void on_readable();
  void flush();
  void wait_writable();
  void say_goodbye();
  void discard();
  void enter(const std::function<void(Protocol&, Bytes&)>& work);

  const std::shared_ptr<boost::asio::io_context> context_;
  Socket socket_;
  const dcerpc::Peer peer_;
  std::span<std::byte> buffer_;
  std::atomic<std::size_t>& open_count_;
  std::unique_ptr<Protocol> protocol_;
  Bytes out_;
  std::size_t sent_ = 0;
  Clock::time_point last_progress_ = Clock::now();
  bool waiting_readable_ = false;
  bool waiting_writable_ = false;
  bool close_after_send_ = false;
  std::size_t discarded_ = 0;  // reads
  bool lingering_ = false;     // all is said; what the peer still sends is not read for its meaning
};

}  // namespace pinhole::transport
