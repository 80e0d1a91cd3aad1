// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "inspect/probe_connection.hpp"
#include "inspect/touch.hpp"
#include "probe/recognise.hpp"

namespace pinhole::inspect {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;
using probe::Step;
using Clock = std::chrono::steady_clock;
constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

constexpr int kDatagrams = 3;  // one may be lost

/// One question in datagrams, repeated, and the answers to it.
class Datagrams {
 public:
  Datagrams(asio::io_context& context, IpAddress address, const probe::Context& about,
            const ProbeTimes& times, ProbeResult& result)
      : socket_(context),
        address_(address),
        times_(times),
        result_(result),
        talk_(result.task.row->make(about)) {}

  asio::awaitable<void> run() {
    const udp::endpoint target(asio_address(address_), result_.task.port);
    error_code failed;
    socket_.open(target.protocol(), failed);
    if (!failed) {
      ask_for_reports(socket_.native_handle(), address_.family);
      socket_.connect(target, failed);
    }
    const Bytes question = talk_->start().send;
    for (int i = 0; i < kDatagrams && !failed && !ended_ && !talk_->finding().speaks; ++i) {
      failed = co_await ask(question, i + 1 == kDatagrams);
    }
    conclude(failed);
  }

 private:
  asio::awaitable<error_code> ask(Bytes question, bool last) {
    auto [failed, sent] = co_await socket_.async_send(asio::buffer(question), kUseTuple);
    const auto now = Clock::now();
    const auto until = last ? now + times_.step : now + times_.step / 4;
    asio::steady_timer timer(socket_.get_executor(), std::min(until, times_.deadline));
    // The timer ends one wait, not the socket: the next question goes out from the same port.
    timer.async_wait([this, alive = std::weak_ptr<int>(alive_)](const error_code& stopped) {
      if (!stopped && !alive.expired()) {
        socket_.cancel();
      }
    });
    while (!failed && !ended_) {
      auto [broken, count] = co_await socket_.async_receive(asio::buffer(buffer_), kUseTuple);
      if (broken == asio::error::operation_aborted) {
        break;
      }
      failed = broken;
      if (!failed) {
        const ByteView in = ByteView(buffer_).first(count);
        heard_.add(in);
        ended_ = talk_->on_bytes(in).then != Step::Then::wait || heard_.total > probe::kMostHeard;
      }
    }
    timer.cancel();
    co_return failed;
  }

  void conclude(const error_code& failed) {
    const probe::Finding& finding = talk_->finding();
    result_.facts = finding.facts;
    result_.said = finding.said;
    if (finding.speaks) {
      result_.state = ProbeState::speaks;
    } else if (heard_.total > 0) {
      result_.state = ProbeState::something_else;
      result_.said = probe::describe_stranger(heard_.first);
    } else if (failed) {
      const Touch touch = failed_touch(failed, socket_.native_handle());
      result_.state = datagram_state_of(touch, result_.address);
      result_.said = touch.text;
      result_.reporter = touch.reporter;
      result_.icmp = touch.icmp;
    } else {
      result_.state = ProbeState::open_or_filtered;
      result_.said = "no answer";
    }
  }

  udp::socket socket_;
  IpAddress address_;
  ProbeTimes times_;
  ProbeResult& result_;
  probe::TalkPointer talk_;
  Heard heard_;
  bool ended_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  std::array<std::byte, 65536> buffer_{};
};

}  // namespace

asio::awaitable<void> ask_in_datagrams(asio::io_context& context, IpAddress address,
                                       probe::Context about, ProbeTimes times,
                                       ProbeResult& result) {
  const auto datagrams = std::make_unique<Datagrams>(context, address, about, times, result);
  co_await datagrams->run();
}

ProbeState datagram_state_of(const Touch& touch, const std::string& address) {
  if (touch.contact == Contact::refused) {
    return touch.reporter.empty() || touch.reporter == address ? ProbeState::closed
                                                               : ProbeState::unreachable;
  }
  return state_of(touch);
}

}  // namespace pinhole::inspect
