// SPDX-License-Identifier: Apache-2.0
#include "transport/session.hpp"

#include <cerrno>

#include <sys/socket.h>

#include <boost/asio/post.hpp>

namespace pinhole::transport {
namespace {

/// How long a peer that was refused may take to read why, and how much it may send meanwhile. A
/// socket that is closed with unread input resets the connection, and the answer with it.
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kLingerReads = 256;

/// A session that has sent more than this gives its send buffer back.
constexpr std::size_t kKeepBuffer = 8192;

}  // namespace

Session::Session(std::shared_ptr<boost::asio::io_context> context, Socket socket,
                 const dcerpc::Peer& peer, std::span<std::byte> buffer,
                 std::atomic<std::size_t>& open_count)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      peer_(peer),
      buffer_(buffer),
      open_count_(open_count) {
  open_count_.fetch_add(1, std::memory_order_relaxed);
}

Session::~Session() {
  open_count_.fetch_sub(1, std::memory_order_relaxed);
}

void Session::start(const ProtocolFactory& factory) {
  const std::weak_ptr<Session> weak = weak_from_this();
  Enter enter = [weak, context = context_](std::function<void(Protocol&, Bytes&)> work) {
    boost::asio::post(*context, [weak, work = std::move(work)] {
      if (const auto self = weak.lock()) {
        self->enter(work);
      }
    });
  };
  protocol_ = factory(peer_, std::move(enter), out_);
  flush();
  wait_readable();
}

void Session::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  protocol_.reset();
}

bool Session::late(Clock::time_point now, const SessionLimits& limits) const {
  const auto quiet = now - last_progress_;
  if (lingering_) {
    return quiet > kLinger;
  }
  if (waiting_writable_) {
    return quiet > limits.write;
  }
  if (!protocol_->established()) {
    return quiet > limits.establish;
  }
  return quiet > limits.idle && peer_.carrier != dcerpc::Carrier::local && !protocol_->busy();
}

void Session::wait_readable() {
  const bool says_why_first = close_after_send_ && !lingering_;
  if (closed() || waiting_readable_ || waiting_writable_ || says_why_first) {
    return;
  }
  waiting_readable_ = true;
  socket_.async_wait(Socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waiting_readable_ = false;
                       if (!error && !self->closed()) {
                         self->on_readable();
                       }
                     });
}

void Session::on_readable() {
  if (lingering_) {
    discard();
    return;
  }
  const ssize_t count = ::recv(socket_.native_handle(), buffer_.data(), buffer_.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    wait_readable();
    return;
  }
  if (count <= 0) {
    close();
    return;
  }
  last_progress_ = Clock::now();
  const std::string why = protocol_->on_bytes(buffer_.first(static_cast<std::size_t>(count)), out_);
  close_after_send_ = !why.empty();
  flush();
  wait_readable();
}

void Session::flush() {
  while (!closed() && !waiting_writable_ && sent_ < out_.size()) {
    const ssize_t count =
        ::send(socket_.native_handle(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EAGAIN) {
        wait_writable();
        return;
      }
      if (errno != EINTR) {
        close();
      }
      continue;
    }
    sent_ += static_cast<std::size_t>(count);
    last_progress_ = Clock::now();
  }
  if (closed() || waiting_writable_) {
    return;
  }
  sent_ = 0;
  out_.clear();
  if (out_.capacity() > kKeepBuffer) {
    out_ = Bytes();
  }
  if (close_after_send_ && !lingering_) {
    say_goodbye();
  }
}

void Session::say_goodbye() {
  lingering_ = true;
  last_progress_ = Clock::now();
  if (::shutdown(socket_.native_handle(), SHUT_WR) != 0) {
    close();
    return;
  }
  wait_readable();
}

void Session::discard() {
  const ssize_t count = ::recv(socket_.native_handle(), buffer_.data(), buffer_.size(), 0);
  const bool waits = count < 0 && (errno == EAGAIN || errno == EINTR);
  if ((count <= 0 && !waits) || ++discarded_ > kLingerReads) {
    close();
    return;
  }
  wait_readable();
}

void Session::wait_writable() {
  waiting_writable_ = true;
  socket_.async_wait(Socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waiting_writable_ = false;
                       if (!error && !self->closed()) {
                         self->flush();
                         self->wait_readable();
                       }
                     });
}

void Session::enter(const std::function<void(Protocol&, Bytes&)>& work) {
  if (closed()) {
    return;
  }
  work(*protocol_, out_);
  flush();
}

}  // namespace pinhole::transport
