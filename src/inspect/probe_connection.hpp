// SPDX-License-Identifier: Apache-2.0
#pragma once
// One conversation over one socket after another: what probe.hpp runs many of.

#include <algorithm>
#include <chrono>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/address.hpp"
#include "inspect/probe.hpp"

namespace pinhole::inspect {

struct ProbeTimes {
  std::chrono::milliseconds step;                  // for a connect and for an answer
  std::chrono::steady_clock::time_point deadline;  // for the whole conversation
};

/// Fills in state, said, facts and the rest of `result`.
[[nodiscard]] boost::asio::awaitable<void> converse(boost::asio::io_context& context,
                                                    boost::asio::ssl::context& tls,
                                                    IpAddress address, probe::Context about,
                                                    ProbeTimes times, ProbeResult& result);

/// The same over UDP: one question, repeated, and the answers to it.
[[nodiscard]] boost::asio::awaitable<void> ask_in_datagrams(boost::asio::io_context& context,
                                                            IpAddress address, probe::Context about,
                                                            ProbeTimes times, ProbeResult& result);

/// What has been heard, over all connections of one conversation.
struct Heard {
  /// Enough to tell what a stranger is.
  static constexpr std::size_t kMostKept = 512;

  Bytes first;
  std::size_t total = 0;

  void add(ByteView bytes) {
    total += bytes.size();
    const std::size_t room = kMostKept - std::min(first.size(), kMostKept);
    const ByteView part = bytes.first(std::min(room, bytes.size()));
    first.insert(first.end(), part.begin(), part.end());
  }
};

/// From how a connect ended to what is said of the port.
[[nodiscard]] ProbeState state_of(const Touch& touch);
/// Over UDP; `address` is the target's.
[[nodiscard]] ProbeState datagram_state_of(const Touch& touch, const std::string& address);

}  // namespace pinhole::inspect
