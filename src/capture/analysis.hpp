// SPDX-License-Identifier: Apache-2.0
#pragma once
// From packets to a report: the whole of the room in one object.

#include <cstddef>

#include "capture/connections.hpp"
#include "capture/ip.hpp"
#include "capture/ledger.hpp"
#include "capture/limits.hpp"
#include "capture/packet.hpp"
#include "capture/report.hpp"

namespace pinhole::capture {

class Analysis final : public PacketSink, private ConnectionSink {
 public:
  explicit Analysis(const Limits& limits = {});

  void on_packet(const Packet& packet) override;
  /// Ends everything that is still open. Call once, last.
  [[nodiscard]] Report finish();

  /// Octets held for incomplete segments, PDUs and stubs, about.
  [[nodiscard]] std::size_t held() const { return connections_.held() + followers_; }

 private:
  std::optional<Direction> direction_of(ByteView first_payload) override;
  void on_data(Connection& connection, Direction direction, ByteView octets) override;
  void on_gap(Connection& connection, Direction direction, std::uint64_t octets) override;
  void on_end(Connection& connection) override;

  class Follower& follower_of(Connection& connection);

  const Limits limits_;
  Ledger ledger_;
  Defragmenter defragmenter_;
  Connections connections_;
  Counts counts_;
  Time now_ = 0;
  Time first_ = 0;
  Time last_ = 0;
  std::size_t followers_ = 0;  // octets that they hold
};

}  // namespace pinhole::capture
