// SPDX-License-Identifier: Apache-2.0
#pragma once
// TPDUs of the connection-oriented transport protocol, class 0 (X.224 / ISO 8073, chapter 13), as
// RFC 1006 uses them: TPDUs up to 65,531 octets, user data allowed in CR and CC.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "base/wire.hpp"

namespace pinhole::osi {

/// What CR and CC share (X.224 13.3, 13.4).
struct ConnectFields {
  std::uint16_t destination = 0;  // 0 in CR
  std::uint16_t source = 0;
  std::uint8_t preferred_class = 0;
  /// Bit n: class n is an alternative (CR only).
  std::uint8_t alternative_classes = 0;
  /// Octets, from code 0xC0: 128 to 8192, a power of two.
  std::optional<std::size_t> tpdu_size;
  /// Octets, from code 0xF0: a multiple of 128.
  std::optional<std::size_t> preferred_tpdu_size;
  Bytes calling_tsap;
  Bytes called_tsap;

  friend bool operator==(const ConnectFields&, const ConnectFields&) = default;
};

struct ConnectRequest : ConnectFields {};
struct ConnectConfirm : ConnectFields {};

/// X.224 13.5.3 d).
enum class DisconnectReason : std::uint8_t {
  not_specified = 0,
  congestion_at_tsap = 1,
  session_entity_not_attached = 2,
  address_unknown = 3,
  normal = 128,
  remote_congestion = 129,
  negotiation_failed = 130,
  duplicate_source_reference = 131,
  mismatched_references = 132,
  protocol_error = 133,
  reference_overflow = 135,
  connection_request_refused = 136,
  header_or_parameter_length_invalid = 138,
};

struct DisconnectRequest {
  std::uint16_t destination = 0;
  std::uint16_t source = 0;
  DisconnectReason reason{};

  friend bool operator==(const DisconnectRequest&, const DisconnectRequest&) = default;
};

struct DataTransfer {
  bool end_of_tsdu = true;
  ByteView user_data;  // borrowed from what was decoded
};

/// X.224 13.12.3 b).
enum class RejectCause : std::uint8_t {
  not_specified = 0,
  invalid_parameter_code = 1,
  invalid_tpdu_type = 2,
  invalid_parameter_value = 3,
};

struct TpduError {
  std::uint16_t destination = 0;
  RejectCause cause{};
  Bytes invalid_tpdu;  // its first octets

  friend bool operator==(const TpduError&, const TpduError&) = default;
};

using Tpdu =
    std::variant<ConnectRequest, ConnectConfirm, DisconnectRequest, DataTransfer, TpduError>;

/// One TPDU, whole. Parameters that are not known are passed over. Offsets count from the TPDU's
/// length indicator. The TPDUs of classes 1 to 4 are bad_type.
[[nodiscard]] Decoded<Tpdu> decode_tpdu(ByteView bytes);

/// SRC-REF of a CR that does not decode, so that it can be refused by DR (X.224 6.6); none if the
/// octets are no CR or end before it.
[[nodiscard]] std::optional<std::uint16_t> source_of_connect_request(ByteView bytes);

/// TSAP ids longer than 32 octets and sizes that no code names throw std::length_error.
[[nodiscard]] Bytes encode(const ConnectRequest& tpdu);
[[nodiscard]] Bytes encode(const ConnectConfirm& tpdu);
[[nodiscard]] Bytes encode(const DisconnectRequest& tpdu);
[[nodiscard]] Bytes encode(const DataTransfer& tpdu);
/// The invalid TPDU is cut where the length indicator ends.
[[nodiscard]] Bytes encode(const TpduError& tpdu);

/// `connection negotiation failed`; an unknown number is `reason 77`.
[[nodiscard]] std::string to_string(DisconnectReason reason);

}  // namespace pinhole::osi
