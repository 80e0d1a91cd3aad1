// SPDX-License-Identifier: Apache-2.0
#include "inspect/probe.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "inspect/crew.hpp"
#include "inspect/probe_connection.hpp"

namespace pinhole::inspect {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostAddresses = 16;  // of one name
constexpr int kConversation = 4;            // timeouts

struct Names {
  std::vector<IpAddress> addresses;
  std::string error;
};

class Run {
 public:
  Run(const std::vector<ProbeTask>& tasks, const ProbeOptions& options)
      : options_(options), end_(Clock::now() + options.within), tls_(looking_context()) {
    for (const ProbeTask& task : tasks) {
      names_.try_emplace(task.host);
    }
    resolve();
    for (const ProbeTask& task : tasks) {
      add(task);
    }
  }

  std::vector<ProbeResult> run() {
    asio::io_context context(1);
    run_crew(context, results_.size(), options_.at_once,
             [&](std::size_t index) { return attempt(context, index); });
    return std::move(results_);
  }

 private:
  void resolve() {
    std::vector<std::string> hosts;
    hosts.reserve(names_.size());
    for (const auto& [host, names] : names_) {
      hosts.push_back(host);
    }
    asio::io_context context(1);
    run_crew(context, hosts.size(), options_.at_once,
             [&](std::size_t index) { return resolve_one(context, hosts[index]); });
  }

  asio::awaitable<void> resolve_one(asio::io_context& context, std::string host) {
    Names& names = names_.at(host);
    if (const auto address = parse_address(host)) {
      names.addresses.push_back(*address);
      co_return;
    }
    asio::ip::tcp::resolver resolver(context);
    auto [failed, found] =
        co_await resolver.async_resolve(host, "", asio::as_tuple(asio::use_awaitable));
    names.error = failed ? failed.message() : "it has no address";
    for (const auto& each : found) {
      const auto address = parse_address(each.endpoint().address().to_string());
      const bool fresh =
          address && std::ranges::find(names.addresses, *address) == names.addresses.end();
      if (fresh && names.addresses.size() < kMostAddresses) {
        names.addresses.push_back(*address);
      }
    }
  }

  void add(const ProbeTask& task) {
    const Names& names = names_.at(task.host);
    ProbeResult result;
    result.task = task;
    for (const IpAddress& address : names.addresses) {
      result.address = to_string(address);
      results_.push_back(result);
    }
    if (names.addresses.empty()) {
      result.state = ProbeState::unresolved;
      result.said = names.error;
      results_.push_back(std::move(result));
    }
  }

  asio::awaitable<void> attempt(asio::io_context& context, std::size_t index) {
    ProbeResult& result = results_[index];
    const auto now = Clock::now();
    const auto address = parse_address(result.address);
    if (address && now < end_) {
      const ProbeTimes times{options_.timeout,
                             std::min(end_, now + kConversation * options_.timeout)};
      probe::Context about = about_of(*result.task.row, result.task);
      co_await converse(context, *tls_, *address, std::move(about), times, result);
    }
    if (options_.progress) {
      options_.progress(++done_, results_.size());
    }
  }

  probe::Context about_of(const probe::Row& row, const ProbeTask& task) {
    probe::Context about;
    about.host = task.host;
    about.nonce = static_cast<std::uint32_t>(random_());
    about.domain = options_.domain;
    about.tls = row.tls;
    about.interface = options_.interface ? options_.interface : row.interface;
    return about;
  }

  const ProbeOptions& options_;
  Clock::time_point end_;
  std::unique_ptr<asio::ssl::context> tls_;
  std::random_device random_;
  std::map<std::string, Names> names_;
  std::vector<ProbeResult> results_;
  std::size_t done_ = 0;
};

bool could_not_ask(const ProbeResult& result) {
  return result.state == ProbeState::local || result.state == ProbeState::unresolved ||
         result.state == ProbeState::unfinished;
}

bool speaks(const ProbeResult& result) {
  return result.state == ProbeState::speaks;
}

bool is_open_and_strange(const ProbeResult& result) {
  return result.state == ProbeState::silent || result.state == ProbeState::something_else;
}

struct Socket {
  bool speaks = false;
  bool strange = false;
};

/// HTTP and RVP share one port, and who speaks the one need not speak the other.
std::vector<Socket> sockets_of(const std::vector<ProbeResult>& results) {
  std::map<std::tuple<std::string, std::uint16_t, probe::Transport>, Socket> sockets;
  for (const ProbeResult& result : results) {
    const probe::Row* row = result.task.row;
    const auto transport = row == nullptr ? probe::Transport::tcp : row->transport;
    const std::string& host = result.address.empty() ? result.task.host : result.address;
    Socket& socket = sockets[{host, result.task.port, transport}];
    socket.speaks = socket.speaks || speaks(result);
    socket.strange = socket.strange || is_open_and_strange(result);
  }
  std::vector<Socket> all;
  all.reserve(sockets.size());
  for (const auto& [key, socket] : sockets) {
    all.push_back(socket);
  }
  return all;
}

bool is_good(const std::vector<ProbeResult>& results, ProbeScope scope) {
  const std::vector<Socket> sockets = sockets_of(results);
  switch (scope) {
    case ProbeScope::named:
      return std::ranges::all_of(results, speaks);
    case ProbeScope::port:
      return std::ranges::all_of(sockets, &Socket::speaks);
    case ProbeScope::survey:
      return std::ranges::any_of(sockets, &Socket::speaks) &&
             std::ranges::none_of(
                 sockets, [](const Socket& socket) { return socket.strange && !socket.speaks; });
    case ProbeScope::identify:
      return std::ranges::any_of(sockets, &Socket::speaks);
  }
  return false;
}

}  // namespace

std::vector<ProbeResult> run_probes(const std::vector<ProbeTask>& tasks,
                                    const ProbeOptions& options) {
  return Run(tasks, options).run();
}

Exit verdict_of(const std::vector<ProbeResult>& results, ProbeScope scope) {
  if (std::ranges::any_of(results, could_not_ask)) {
    return Exit::environment;
  }
  return is_good(results, scope) ? Exit::good : Exit::no;
}

std::string_view to_string(ProbeState state) {
  switch (state) {
    case ProbeState::speaks:
      return "speaks";
    case ProbeState::silent:
      return "open, silent";
    case ProbeState::something_else:
      return "open, something else";
    case ProbeState::closed:
      return "closed";
    case ProbeState::filtered:
      return "filtered";
    case ProbeState::open_or_filtered:
      return "open or filtered";
    case ProbeState::unreachable:
      return "unreachable";
    case ProbeState::local:
      return "not asked";
    case ProbeState::unresolved:
      return "no such host";
    case ProbeState::unfinished:
      return "not finished";
  }
  return "?";
}

std::string_view word_of(ProbeState state) {
  switch (state) {
    case ProbeState::silent:
      return "silent";
    case ProbeState::something_else:
      return "something-else";
    case ProbeState::open_or_filtered:
      return "open-or-filtered";
    case ProbeState::local:
      return "not-asked";
    case ProbeState::unresolved:
      return "unresolved";
    case ProbeState::unfinished:
      return "unfinished";
    default:
      return to_string(state);
  }
}

}  // namespace pinhole::inspect
