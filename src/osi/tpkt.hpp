// SPDX-License-Identifier: Apache-2.0
#pragma once
// TPKT packets (RFC 1006 6, RFC 2126 4.3): version 3, a reserved octet, a big-endian length of the
// whole packet, then one TPDU. The reader keeps no more than one packet, of a size that the caller
// allows.

#include <cstddef>
#include <cstdint>
#include <variant>

#include "base/bytes.hpp"
#include "base/wire.hpp"

namespace pinhole::osi {

inline constexpr std::uint8_t kTpktVersion = 3;
inline constexpr std::size_t kTpktHeader = 4;
/// RFC 1006 6: the shortest TPDU has three octets.
inline constexpr std::size_t kTpktLeast = 7;
/// What a length field can say, less the header.
inline constexpr std::size_t kTpduMost = 65531;

struct NeedMore {};

/// The TPDU of one packet, borrowed until the next call of `next`.
struct TpktFrame {
  ByteView tpdu;
};

class TpktReader {
 public:
  /// A packet whose TPDU is longer than `most` octets is an error as soon as its header is read.
  explicit TpktReader(std::size_t most) : most_(most) {}

  void set_most(std::size_t most) { most_ = most; }

  /// Takes from the front of `in` up to the end of one packet. NeedMore: all of `in` was taken.
  /// After an error the stream is lost: do not call again.
  [[nodiscard]] std::variant<NeedMore, TpktFrame, WireError> next(ByteView& in);

  /// Octets held between calls.
  [[nodiscard]] std::size_t held() const { return held_.size(); }

 private:
  std::size_t most_;
  Bytes held_;              // the front of a packet that is not complete
  bool delivered_ = false;  // held_ is a packet that the last call returned
};

/// One packet around a TPDU of at most kTpduMost octets; a longer one throws std::length_error.
[[nodiscard]] Bytes tpkt(ByteView tpdu);

}  // namespace pinhole::osi
