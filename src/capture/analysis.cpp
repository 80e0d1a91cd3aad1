// SPDX-License-Identifier: Apache-2.0
#include "capture/analysis.hpp"

#include <algorithm>

#include "capture/follower.hpp"
#include "capture/link.hpp"

namespace pinhole::capture {

Analysis::Analysis(const Limits& limits)
    : limits_(limits), ledger_(limits), defragmenter_(limits), connections_(limits, *this) {}

void Analysis::on_packet(const Packet& packet) {
  ++counts_.packets;
  counts_.octets += packet.octets.size();
  counts_.cut += packet.size > packet.octets.size() ? 1 : 0;
  if (packet.time != 0) {
    now_ = packet.time;
    first_ = first_ == 0 ? now_ : std::min(first_, now_);
    last_ = std::max(last_, now_);
  }
  const ByteView ip = ip_of(packet.link, packet.octets);
  if (ip.empty()) {
    counts_.unknown_links += is_known_link(packet.link) ? 0 : 1;
    return;
  }
  const auto datagram = defragmenter_.on_packet(ip, now_);
  if (datagram && datagram->protocol == kTcp) {
    connections_.on_datagram(*datagram, now_);
  }
}

Follower& Analysis::follower_of(Connection& connection) {
  if (!connection.attachment) {
    connection.attachment = std::make_unique<Follower>(ledger_, ledger_.conversation(connection),
                                                       connection, !connection.syn);
  }
  return static_cast<Follower&>(*connection.attachment);
}

std::optional<Direction> Analysis::direction_of(ByteView first_payload) {
  return capture::direction_of(first_payload);
}

void Analysis::on_data(Connection& connection, Direction direction, ByteView octets) {
  Follower& follower = follower_of(connection);
  if (follower.is_other()) {
    return;
  }
  followers_ -= follower.held();
  follower.on_data(direction, octets, now_);
  followers_ += follower.held();
  if (followers_ > limits_.held) {
    ++counts_.shed;
    followers_ -= follower.held();
    follower.shed();
    followers_ += follower.held();
  }
}

void Analysis::on_gap(Connection& connection, Direction direction, std::uint64_t octets) {
  Follower& follower = follower_of(connection);
  followers_ -= follower.held();
  follower.on_gap(direction, octets, now_);
  followers_ += follower.held();
}

void Analysis::on_end(Connection& connection) {
  const bool spoke = connection.octets[0] + connection.octets[1] != 0;
  if (!connection.syn && !spoke) {
    return;
  }
  Conversation* row = ledger_.conversation(connection);
  if (row == nullptr) {
    return;
  }
  row->first = std::min(row->first, connection.first);
  row->last = std::max(row->last, connection.last);
  if (connection.refused) {
    ++row->refused;
  } else if (!connection.answered && !spoke) {
    // Whoever sends data has an answer, though the capture may show one direction only.
    ++row->unanswered;
  } else {
    ++row->connections;
    row->resets += connection.reset ? 1 : 0;
    row->midway += connection.syn ? 0 : 1;
  }
  row->octets[0] += connection.octets[0];
  row->octets[1] += connection.octets[1];
  if (connection.attachment) {
    const auto& follower = static_cast<const Follower&>(*connection.attachment);
    followers_ -= follower.held();
    row->rpc += follower.is_rpc() ? 1 : 0;
    row->other += follower.is_rpc() ? 0 : 1;
    row->http += follower.is_rpc() && follower.is_http() ? 1 : 0;
  }
  if (const auto answer = ledger_.find_answer(row->client, row->server, {}, connection.first)) {
    row->answer = answer;
    ledger_.count_connection(*answer);
  }
}

Report Analysis::finish() {
  connections_.finish();
  const Counts& of_ledger = ledger_.counts();
  counts_.rows_left = of_ledger.rows_left;
  counts_.unreadable = of_ledger.unreadable;
  counts_.fragments = defragmenter_.fragments();
  counts_.datagrams_given_up = defragmenter_.given_up();
  counts_.segments = connections_.segments();
  counts_.repeated = connections_.repeated();
  counts_.evicted = connections_.evicted();
  Report report = ledger_.take();
  report.counts = counts_;
  report.first = first_;
  report.last = last_;
  return report;
}

}  // namespace pinhole::capture
