// SPDX-License-Identifier: Apache-2.0
#include "inspect/probe_connection.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "inspect/touch.hpp"
#include "probe/recognise.hpp"

namespace pinhole::inspect {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using probe::Step;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

/// Closes a socket when its time is over; the socket's operations then fail.
template <class Socket>
class Watch {
 public:
  explicit Watch(Socket& socket)
      : state_(std::make_shared<State>(socket)), timer_(socket.get_executor()) {}
  ~Watch() { disarm(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void arm(Clock::time_point until) {
    timer_.expires_at(until);
    timer_.async_wait([state = state_, round = ++state_->round](const error_code& stopped) {
      if (!stopped && state->round == round) {
        state->expired = true;
        error_code ignored;
        state->socket->close(ignored);
      }
    });
  }
  void disarm() {
    ++state_->round;
    timer_.cancel();
  }
  [[nodiscard]] bool expired() const { return state_->expired; }

 private:
  struct State {
    explicit State(Socket& use) : socket(&use) {}
    Socket* socket;  // not touched once the round is over
    std::uint64_t round = 0;
    bool expired = false;
  };
  std::shared_ptr<State> state_;
  asio::steady_timer timer_;
};

enum class End : std::uint8_t { done, again, failed_connect, closed, silent, too_much, no_tls };

/// One TCP connection of a conversation, TLS around it or not.
class Connection {
 public:
  Connection(asio::io_context& context, asio::ssl::context& tls, const ProbeTimes& times)
      : stream_(context, tls), watch_(stream_.next_layer()), times_(times) {}

  asio::awaitable<Touch> open(IpAddress address, std::uint16_t port) {
    const auto left = std::chrono::duration_cast<Milliseconds>(times_.deadline - Clock::now());
    const auto limit = std::clamp(left, Milliseconds(1), times_.step);
    co_return co_await touch(stream_.next_layer(), address, port, limit);
  }

  asio::awaitable<error_code> handshake(const std::string& host) {
    name_server(stream_.native_handle(), host);
    arm();
    auto [failed] = co_await stream_.async_handshake(asio::ssl::stream_base::client, kUseTuple);
    watch_.disarm();
    secure_ = !failed;
    co_return failed;
  }

  asio::awaitable<error_code> write(Bytes bytes) {
    arm();
    const auto buffer = asio::buffer(bytes);
    if (secure_) {
      auto [failed, count] = co_await asio::async_write(stream_, buffer, kUseTuple);
      watch_.disarm();
      co_return failed;
    }
    auto [failed, count] = co_await asio::async_write(stream_.next_layer(), buffer, kUseTuple);
    watch_.disarm();
    co_return failed;
  }

  /// What came; empty where the stream ended or the time did.
  asio::awaitable<ByteView> read() {
    arm();
    std::size_t size = 0;
    if (secure_) {
      auto [failed, count] = co_await stream_.async_read_some(asio::buffer(buffer_), kUseTuple);
      size = failed ? 0 : count;
    } else {
      auto [failed, count] =
          co_await stream_.next_layer().async_read_some(asio::buffer(buffer_), kUseTuple);
      size = failed ? 0 : count;
    }
    watch_.disarm();
    co_return ByteView(buffer_).first(size);
  }

  [[nodiscard]] bool expired() const { return watch_.expired(); }
  [[nodiscard]] SSL* session() { return stream_.native_handle(); }

 private:
  void arm() { watch_.arm(std::min(Clock::now() + times_.step, times_.deadline)); }

  asio::ssl::stream<tcp::socket> stream_;
  Watch<tcp::socket> watch_;
  ProbeTimes times_;
  bool secure_ = false;
  std::array<std::byte, 8192> buffer_{};
};

/// All connections of one conversation.
class Conversation {
 public:
  Conversation(asio::io_context& context, asio::ssl::context& tls, IpAddress address,
               const probe::Context& about, const ProbeTimes& times, ProbeResult& result)
      : context_(context),
        tls_(tls),
        address_(address),
        host_(about.host),
        times_(times),
        result_(result),
        talk_(result.task.row->make(about)) {}

  asio::awaitable<void> run() {
    End end = End::again;
    for (int i = 0; i < kMostConnections && end == End::again; ++i) {
      end = co_await connect();
    }
    if (end != End::failed_connect) {
      conclude(end);
    }
  }

 private:
  static constexpr int kMostConnections = 8;

  asio::awaitable<End> connect() {
    Connection connection(context_, tls_, times_);
    const Touch contact = co_await connection.open(address_, result_.task.port);
    if (contact.contact != Contact::open) {
      if (!talk_->finding().speaks) {
        take_touch(contact);
      }
      co_return talk_->finding().speaks ? End::done : End::failed_connect;
    }
    if (result_.task.row->tls) {
      const error_code failed = co_await connection.handshake(host_);
      if (failed) {
        co_return on_failed_tls(failed, connection.expired());
      }
      result_.tls = tls_facts(connection.session(), host_);
    }
    co_return co_await exchange(connection);
  }

  asio::awaitable<End> exchange(Connection& connection) {
    Step step = talk_->start();
    while (true) {
      if (!step.send.empty()) {
        const error_code failed = co_await connection.write(std::move(step.send));
        if (failed && step.then == Step::Then::wait) {
          co_return connection.expired() ? End::silent : End::closed;
        }
      }
      if (step.then == Step::Then::start_tls) {
        const error_code failed = co_await connection.handshake(host_);
        take_start_tls(connection, failed);
        co_return End::done;
      }
      if (step.then != Step::Then::wait) {
        co_return step.then == Step::Then::done ? End::done : End::again;
      }
      const ByteView in = co_await connection.read();
      if (in.empty()) {
        co_return connection.expired() ? End::silent : End::closed;
      }
      heard_.add(in);
      step = talk_->on_bytes(in);
      if (step.then == Step::Then::wait && heard_.total > probe::kMostHeard) {
        co_return End::too_much;
      }
    }
  }

  void take_touch(const Touch& contact) {
    result_.state = state_of(contact);
    result_.said = contact.text;
    result_.reporter = contact.reporter;
    result_.icmp = contact.icmp;
  }

  End on_failed_tls(const error_code& failed, bool expired) {
    failed_tls_ =
        expired ? "no answer to the TLS handshake" : fmt::format("no TLS: {}", failed.message());
    return expired ? End::silent : End::no_tls;
  }

  void take_start_tls(Connection& connection, const error_code& failed) {
    if (failed) {
      start_tls_failed_ = connection.expired() ? "no answer" : failed.message();
    } else {
      result_.tls = tls_facts(connection.session(), host_);
    }
  }

  void conclude(End end) {
    if (end != End::done && end != End::no_tls) {
      talk_->on_end();
    }
    const probe::Finding& finding = talk_->finding();
    result_.facts = finding.facts;
    if (!start_tls_failed_.empty()) {
      result_.facts.push_back({"tls-handshake", start_tls_failed_});
    }
    result_.said = finding.said;
    if (finding.speaks) {
      result_.state = ProbeState::speaks;
    } else if (end == End::silent && heard_.total == 0) {
      result_.state = ProbeState::silent;
      result_.said = failed_tls_;
    } else {
      result_.state = ProbeState::something_else;
      say_what_else(end);
    }
  }

  void say_what_else(End end) {
    if (end == End::no_tls) {
      result_.said = failed_tls_;
    } else if (heard_.total == 0) {
      result_.said = "it closes the connection without a word";
    } else if (result_.said.empty() || end == End::too_much) {
      result_.said = probe::describe_stranger(heard_.first);
    }
    if (end == End::too_much) {
      result_.said += fmt::format(" (more than {} octets, and no end)", probe::kMostHeard);
    }
  }

  asio::io_context& context_;
  asio::ssl::context& tls_;
  IpAddress address_;
  std::string host_;
  ProbeTimes times_;
  ProbeResult& result_;
  probe::TalkPointer talk_;
  Heard heard_;
  std::string failed_tls_;
  std::string start_tls_failed_;
};

}  // namespace

asio::awaitable<void> converse(asio::io_context& context, asio::ssl::context& tls,
                               IpAddress address, probe::Context about, ProbeTimes times,
                               ProbeResult& result) {
  if (result.task.row->transport == probe::Transport::udp) {
    co_await ask_in_datagrams(context, address, std::move(about), times, result);
  } else {
    const auto conversation =
        std::make_unique<Conversation>(context, tls, address, about, times, result);
    co_await conversation->run();
  }
}

ProbeState state_of(const Touch& touch) {
  switch (touch.contact) {
    case Contact::refused:
      return touch.reporter.empty() ? ProbeState::closed : ProbeState::unreachable;
    case Contact::timeout:
      return ProbeState::filtered;
    case Contact::unreachable:
      return ProbeState::unreachable;
    case Contact::untried:
    case Contact::open:
    case Contact::local:
      break;
  }
  return ProbeState::local;
}

}  // namespace pinhole::inspect
