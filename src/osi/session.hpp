// SPDX-License-Identifier: Apache-2.0
#pragma once
// SPDUs of the session protocol (X.225 / ISO 8327-1, chapter 8) as far as a connection is asked
// for and refused: CONNECT, ACCEPT by name, REFUSE, ABORT. The presentation layer within the user
// data is not read.

#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "base/wire.hpp"

namespace pinhole::osi {

/// X.225 8.3.1.
struct ConnectSpdu {
  Bytes calling_selector;
  Bytes called_selector;
  /// Bit 0: protocol version 1, bit 1: version 2.
  std::uint8_t versions = 1;
  Bytes user_data;  // PGI 193 or 194

  friend bool operator==(const ConnectSpdu&, const ConnectSpdu&) = default;
};

/// X.225 8.3.5, reason code (PI 50). Of the called user below 128, of the protocol machine above.
enum class RefuseReason : std::uint8_t {
  user_not_specified = 0,
  user_congestion = 1,
  user_with_data = 2,
  selector_unknown = 129,
  user_not_attached = 130,
  congestion = 131,
  versions_not_supported = 132,
  not_specified = 133,
  implementation_restriction = 134,
};

/// PI 17: whether the transport connection ends with the session (it does where PI 17 is absent).
enum class TransportFate : std::uint8_t { kept, released };

struct RefuseSpdu {
  TransportFate transport = TransportFate::released;
  RefuseReason reason{};

  friend bool operator==(const RefuseSpdu&, const RefuseSpdu&) = default;
};

/// X.225 8.3.10, of the protocol machine's making.
struct AbortSpdu {
  friend bool operator==(const AbortSpdu&, const AbortSpdu&) = default;
};

struct AcceptSpdu {
  friend bool operator==(const AcceptSpdu&, const AcceptSpdu&) = default;
};

using Spdu = std::variant<ConnectSpdu, AcceptSpdu, RefuseSpdu, AbortSpdu>;

inline constexpr std::uint8_t kConnectSi = 13;

/// One whole TSDU. Parameters that are not known are passed over; other SPDUs are bad_type.
[[nodiscard]] Decoded<Spdu> decode_spdu(ByteView tsdu);

/// Selectors longer than 16 octets and user data that version 2 cannot carry in a CONNECT (10,240
/// octets) throw std::length_error.
[[nodiscard]] Bytes encode(const ConnectSpdu& spdu);
[[nodiscard]] Bytes encode(const RefuseSpdu& spdu);
/// The transport connection is released, the reason a protocol error.
[[nodiscard]] Bytes encode(const AbortSpdu& spdu);

/// `SS-user not attached to SSAP`; an unknown number is `reason 77`.
[[nodiscard]] std::string to_string(RefuseReason reason);

}  // namespace pinhole::osi
