// SPDX-License-Identifier: Apache-2.0
#pragma once
// TCP segments (RFC 9293 3.1), and one direction of a connection put back in order.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace pinhole::capture {

struct Segment {
  std::uint16_t source = 0;
  std::uint16_t destination = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledged = 0;
  bool syn = false;
  bool ack = false;
  bool fin = false;
  bool rst = false;
  std::size_t size = 0;  // of the payload as sent
  ByteView payload;      // what the capture has of it
};

/// `size` is that of the whole segment as sent. None: cut inside the header, or nonsense.
[[nodiscard]] std::optional<Segment> read_segment(ByteView octets, std::size_t size);

class StreamSink {
 public:
  StreamSink() = default;
  StreamSink(const StreamSink&) = delete;
  StreamSink& operator=(const StreamSink&) = delete;
  virtual ~StreamSink() = default;

  virtual void on_data(ByteView octets) = 0;
  /// So many octets were sent and not captured.
  virtual void on_gap(std::uint64_t octets) = 0;
};

/// One direction: octets in order, each once. What a retransmission says anew is not believed.
/// What is missing is waited for until the other side has acknowledged it, or too much waits behind
/// it; then it is a gap.
class Stream {
 public:
  /// The sequence number of the first octet.
  void start(std::uint32_t sequence) {
    next_ = sequence;
    started_ = true;
  }
  [[nodiscard]] bool started() const { return started_; }
  /// The sequence number that comes next.
  [[nodiscard]] std::uint32_t next() const { return next_; }

  /// `room`: octets that may wait here.
  void on_segment(std::uint32_t sequence, ByteView payload, std::size_t size, std::size_t room,
                  StreamSink& sink);
  /// The other side has everything before this number.
  void on_acknowledged(std::uint32_t sequence, StreamSink& sink);
  /// Tells what still waits, with its gaps.
  void flush(StreamSink& sink);

  /// Octets that wait.
  [[nodiscard]] std::size_t held() const { return held_; }
  /// Octets that came more than once.
  [[nodiscard]] std::uint64_t repeated() const { return repeated_; }

 private:
  struct Ahead {
    std::uint32_t sequence = 0;
    Bytes octets;
  };

  void keep(std::uint32_t sequence, ByteView payload);
  void drain(StreamSink& sink);
  void skip_to_first(StreamSink& sink);
  [[nodiscard]] std::int32_t distance(std::uint32_t sequence) const {
    return static_cast<std::int32_t>(sequence - next_);
  }

  std::uint32_t next_ = 0;
  std::uint32_t acknowledged_ = 0;
  bool started_ = false;
  bool has_acknowledged_ = false;
  std::uint8_t waited_ = 0;  // segments since the hole was acknowledged
  std::size_t held_ = 0;
  std::uint64_t repeated_ = 0;
  std::vector<Ahead> ahead_;  // by distance
};

}  // namespace pinhole::capture
