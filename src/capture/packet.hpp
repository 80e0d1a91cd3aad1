// SPDX-License-Identifier: Apache-2.0
#pragma once
// A packet as a capture holds it.

#include <cstdint>

#include "base/bytes.hpp"

namespace pinhole::capture {

/// Nanoseconds since 1970-01-01T00:00:00Z.
using Time = std::int64_t;
inline constexpr Time kSecond = 1'000'000'000;

struct Packet {
  Time time = 0;
  std::uint32_t link = 0;  // LINKTYPE_ number (link.hpp)
  std::uint64_t size = 0;  // on the wire: more than `octets` where the capture cut it
  ByteView octets;         // borrowed until the sink returns
};

class PacketSink {
 public:
  PacketSink() = default;
  PacketSink(const PacketSink&) = delete;
  PacketSink& operator=(const PacketSink&) = delete;
  virtual ~PacketSink() = default;

  virtual void on_packet(const Packet& packet) = 0;
};

}  // namespace pinhole::capture
