// SPDX-License-Identifier: Apache-2.0
#include "capture/tcp.hpp"

#include <algorithm>

namespace pinhole::capture {
namespace {

constexpr std::size_t kHeader = 20;
/// A window has at most 2^30 octets (RFC 7323 2.3): what lies further ahead is of no connection.
constexpr std::int32_t kMostAhead = 1 << 30;
/// Pieces that wait in one direction.
constexpr std::size_t kMostPieces = 1024;
/// A capture of several queues swaps packets: so many more are looked at before what was
/// acknowledged is given up.
constexpr std::uint8_t kPatience = 3;

std::uint16_t u16(ByteView octets, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(octets[at]) << 8U |
                                    static_cast<unsigned>(octets[at + 1]));
}
std::uint32_t u32(ByteView octets, std::size_t at) {
  return static_cast<std::uint32_t>(u16(octets, at)) << 16U | u16(octets, at + 2);
}

}  // namespace

std::optional<Segment> read_segment(ByteView octets, std::size_t size) {
  if (octets.size() < kHeader) {
    return std::nullopt;
  }
  const std::size_t header = (static_cast<unsigned>(octets[12]) >> 4U) * 4UL;
  if (header < kHeader || header > size) {
    return std::nullopt;
  }
  const auto flags = static_cast<unsigned>(octets[13]);
  Segment segment;
  segment.source = u16(octets, 0);
  segment.destination = u16(octets, 2);
  segment.sequence = u32(octets, 4);
  segment.acknowledged = u32(octets, 8);
  segment.fin = (flags & 0x01U) != 0;
  segment.syn = (flags & 0x02U) != 0;
  segment.rst = (flags & 0x04U) != 0;
  segment.ack = (flags & 0x10U) != 0;
  segment.size = size - header;
  segment.payload = octets.subspan(std::min(header, octets.size()));
  return segment;
}

void Stream::on_segment(std::uint32_t sequence, ByteView payload, std::size_t size,
                        std::size_t room, StreamSink& sink) {
  if (size == 0) {
    return;
  }
  std::int32_t ahead = distance(sequence);
  if (ahead > kMostAhead || ahead < -kMostAhead) {
    return;
  }
  if (ahead < 0) {
    const std::size_t known = std::min(static_cast<std::size_t>(-ahead), size);
    repeated_ += known;
    size -= known;
    payload = payload.subspan(std::min(known, payload.size()));
    if (size == 0) {
      return;
    }
    ahead = 0;
  }
  if (ahead > 0) {
    keep(sequence, payload);
    while (held_ > room || ahead_.size() > kMostPieces) {
      skip_to_first(sink);
    }
    return;
  }
  if (!payload.empty()) {
    sink.on_data(payload);
  }
  if (payload.size() < size) {
    sink.on_gap(size - payload.size());
  }
  next_ += static_cast<std::uint32_t>(size);
  drain(sink);
}

void Stream::keep(std::uint32_t sequence, ByteView payload) {
  if (payload.empty()) {
    return;
  }
  const std::int32_t ahead = distance(sequence);
  auto at = ahead_.end();
  while (at != ahead_.begin() && distance(std::prev(at)->sequence) > ahead) {
    --at;
  }
  // Of two pieces that begin alike the longer one has it all.
  if (at != ahead_.begin() && std::prev(at)->sequence == sequence) {
    Bytes& there = std::prev(at)->octets;
    if (there.size() < payload.size()) {
      held_ += payload.size() - there.size();
      there.insert(there.end(), payload.begin() + static_cast<std::ptrdiff_t>(there.size()),
                   payload.end());
    }
    return;
  }
  held_ += payload.size();
  ahead_.insert(at, {sequence, to_bytes(payload)});
}

/// Tells what is in order now.
void Stream::drain(StreamSink& sink) {
  std::size_t told = 0;
  for (; told < ahead_.size() && distance(ahead_[told].sequence) <= 0; ++told) {
    const Bytes& octets = ahead_[told].octets;
    const auto known = static_cast<std::size_t>(-distance(ahead_[told].sequence));
    held_ -= octets.size();
    repeated_ += std::min(known, octets.size());
    if (known < octets.size()) {
      sink.on_data(ByteView(octets).subspan(known));
      next_ += static_cast<std::uint32_t>(octets.size() - known);
    }
  }
  if (told != 0) {
    ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(told));
    waited_ = 0;
  }
  if (ahead_.empty()) {
    ahead_ = {};
  }
}

void Stream::skip_to_first(StreamSink& sink) {
  const std::int32_t missing = distance(ahead_.front().sequence);
  if (missing > 0) {
    sink.on_gap(static_cast<std::uint64_t>(missing));
    next_ = ahead_.front().sequence;
  }
  waited_ = 0;
  drain(sink);
}

void Stream::on_acknowledged(std::uint32_t sequence, StreamSink& sink) {
  if (!has_acknowledged_ || static_cast<std::int32_t>(sequence - acknowledged_) > 0) {
    acknowledged_ = sequence;
    has_acknowledged_ = true;
  }
  const bool given =
      !ahead_.empty() && static_cast<std::int32_t>(acknowledged_ - ahead_.front().sequence) >= 0;
  if (!given) {
    return;
  }
  ++waited_;
  if (waited_ >= kPatience) {
    skip_to_first(sink);
  }
}

void Stream::flush(StreamSink& sink) {
  while (!ahead_.empty()) {
    skip_to_first(sink);
  }
}

}  // namespace pinhole::capture
