// SPDX-License-Identifier: Apache-2.0
#pragma once
// The few PDUs that the load generator speaks, as bytes: it shares no code with the rooms that it
// measures. Connection-oriented PDUs of C706 chapter 12, little-endian; the endpoint mapper's
// operations of C706 appendix O.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pinhole::bench {

using Bytes = std::vector<std::uint8_t>;

inline constexpr std::size_t kHeaderSize = 16;
inline constexpr std::size_t kCallHeaderSize = 24;
inline constexpr std::size_t kBindSize = 72;
inline constexpr std::size_t kBindAckSize = 60;
inline constexpr std::size_t kMapRequestSize = 156;
inline constexpr std::size_t kMapReplySize = 152;
inline constexpr std::size_t kHandleSize = 20;
inline constexpr std::uint16_t kFragmentSize = 5840;
inline constexpr std::uint32_t kNoMoreEntries = 0x16c9a0d6;

enum class PduType : std::uint8_t {
  request = 0,
  response = 2,
  fault = 3,
  bind = 11,
  bind_ack = 12
};

/// An interface by its UUID in wire order (little-endian) and its version.
struct Interface {
  std::array<std::uint8_t, 16> uuid{};
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
};

/// Reads `UUID,MAJOR[.MINOR]`; throws std::invalid_argument when it is not that.
Interface parse_interface(std::string_view text);

/// The endpoint mapper's own interface, e1af8308-5d1f-11c9-91a4-08002b14a0fa 3.0.
Interface endpoint_mapper();

/// A bind of one context with NDR32 to `abstract`: 72 bytes.
Bytes make_bind(const Interface& abstract);

/// An ept_map request for `wanted` over ncacn_ip_tcp, one tower asked for: 156 bytes.
Bytes make_map(const Interface& wanted);

/// An ept_lookup request for all entries that goes on from `handle` (all zero: from the start).
Bytes make_lookup(std::span<const std::uint8_t> handle, std::uint32_t max_entries);

/// An ept_insert request of `count` entries, each an interface of its own, numbered from `first`.
Bytes make_insert(std::uint32_t first, std::uint32_t count);

std::uint16_t load16(std::span<const std::uint8_t> bytes, std::size_t at);
std::uint32_t load32(std::span<const std::uint8_t> bytes, std::size_t at);
void store32(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value);

/// The length in the common header of the PDU that `bytes` begin with; 0 when it is not yet there.
std::size_t pdu_size(std::span<const std::uint8_t> bytes);

}  // namespace pinhole::bench
