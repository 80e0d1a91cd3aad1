// SPDX-License-Identifier: Apache-2.0
#include "osi/cotp.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include <fmt/format.h>

namespace pinhole::osi {
namespace {

constexpr std::uint8_t kConnectRequest = 0xe0;
constexpr std::uint8_t kConnectConfirm = 0xd0;
constexpr std::uint8_t kDisconnectRequest = 0x80;
constexpr std::uint8_t kDataTransfer = 0xf0;
constexpr std::uint8_t kTpduError = 0x70;

constexpr std::uint8_t kTpduSize = 0xc0;
constexpr std::uint8_t kCallingTsap = 0xc1;
constexpr std::uint8_t kCalledTsap = 0xc2;
constexpr std::uint8_t kAlternativeClasses = 0xc7;
constexpr std::uint8_t kPreferredTpduSize = 0xf0;
constexpr std::uint8_t kInvalidTpdu = 0xc1;  // of ER

constexpr std::uint8_t kEndOfTsdu = 0x80;
constexpr std::size_t kHeaderMost = 254;  // 255 is reserved (X.224 13.2.1)
constexpr std::size_t kTsapMost = 32;
constexpr std::size_t kSizeUnit = 128;

// X.224 13.3.4 b): codes 7 (128 octets) to 13 (8192).
std::optional<std::size_t> size_of_code(std::uint8_t code) {
  if (code < 7 || code > 13) {
    return std::nullopt;
  }
  return std::size_t{1} << code;
}

void read_parameter(ConnectFields& fields, std::uint8_t code, ByteView value, ByteReader& reader) {
  const auto octet = [&](std::size_t at) { return std::to_integer<std::uint8_t>(value[at]); };
  if (code == kTpduSize) {
    fields.tpdu_size = value.size() == 1 ? size_of_code(octet(0)) : std::nullopt;
    if (!fields.tpdu_size) {
      reader.fail(WireErrc::bad_value, "tpdu size");
    }
  } else if (code == kPreferredTpduSize) {
    std::size_t units = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(value.size(), 4); ++i) {
      units = units << 8U | octet(i);
    }
    if (value.empty() || value.size() > 4 || units == 0) {
      reader.fail(WireErrc::bad_value, "preferred maximum tpdu size");
    }
    fields.preferred_tpdu_size = units * kSizeUnit;
  } else if (code == kCallingTsap) {
    fields.calling_tsap = to_bytes(value);
  } else if (code == kCalledTsap) {
    fields.called_tsap = to_bytes(value);
  } else if (code == kAlternativeClasses) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      const unsigned alternative = octet(i) >> 4U;
      if (alternative <= 4) {
        fields.alternative_classes =
            static_cast<std::uint8_t>(fields.alternative_classes | 1U << alternative);
      }
    }
  }
}

template <class Connect>
Decoded<Tpdu> decode_connect(ByteReader& reader) {
  Connect tpdu;
  tpdu.destination = reader.u16("dst-ref");
  tpdu.source = reader.u16("src-ref");
  const std::uint8_t class_option = reader.u8("class option");
  tpdu.preferred_class = class_option >> 4U;
  if (reader.ok() && tpdu.preferred_class > 4) {
    reader.fail(WireErrc::bad_value, "class option");
  }
  while (reader.ok() && reader.remaining() != 0) {
    const std::uint8_t code = reader.u8("parameter code");
    const std::uint8_t length = reader.u8("parameter length");
    const ByteView value = reader.take(length, "parameter value");
    if (reader.ok()) {
      read_parameter(tpdu, code, value, reader);
    }
  }
  if (const auto& error = reader.error()) {
    return unexpected(*error);
  }
  return tpdu;
}

Decoded<Tpdu> decode_disconnect(ByteReader& reader) {
  DisconnectRequest tpdu;
  tpdu.destination = reader.u16("dst-ref");
  tpdu.source = reader.u16("src-ref");
  tpdu.reason = static_cast<DisconnectReason>(reader.u8("reason"));
  if (const auto& error = reader.error()) {
    return unexpected(*error);
  }
  return tpdu;
}

Decoded<Tpdu> decode_error(ByteReader& reader) {
  TpduError tpdu;
  tpdu.destination = reader.u16("dst-ref");
  tpdu.cause = static_cast<RejectCause>(reader.u8("reject cause"));
  while (reader.ok() && reader.remaining() != 0) {
    const std::uint8_t code = reader.u8("parameter code");
    const std::uint8_t length = reader.u8("parameter length");
    const ByteView value = reader.take(length, "parameter value");
    if (code == kInvalidTpdu) {
      tpdu.invalid_tpdu = to_bytes(value);
    }
  }
  if (const auto& error = reader.error()) {
    return unexpected(*error);
  }
  return tpdu;
}

Bytes with_length(Bytes header) {
  if (header.size() - 1 > kHeaderMost) {
    throw std::length_error("a TPDU header is longer than its length indicator can say");
  }
  header[0] = static_cast<std::byte>(header.size() - 1);
  return header;
}

void write_tsap(ByteWriter& writer, std::uint8_t code, const Bytes& tsap) {
  if (tsap.size() > kTsapMost) {
    throw std::length_error("a TSAP id has more than 32 octets");
  }
  if (!tsap.empty()) {
    writer.u8(code);
    writer.u8(static_cast<std::uint8_t>(tsap.size()));
    writer.bytes(tsap);
  }
}

Bytes encode_connect(std::uint8_t type, const ConnectFields& tpdu) {
  Bytes out;
  ByteWriter writer(out, ByteOrder::big);
  writer.u8(0);
  writer.u8(type);
  writer.u16(tpdu.destination);
  writer.u16(tpdu.source);
  writer.u8(static_cast<std::uint8_t>(tpdu.preferred_class << 4U));
  if (tpdu.tpdu_size) {
    const auto code = static_cast<std::uint8_t>(std::countr_zero(*tpdu.tpdu_size));
    if (size_of_code(code) != tpdu.tpdu_size) {
      throw std::length_error("a TPDU size that no code names");
    }
    writer.u8(kTpduSize);
    writer.u8(1);
    writer.u8(code);
  }
  write_tsap(writer, kCallingTsap, tpdu.calling_tsap);
  write_tsap(writer, kCalledTsap, tpdu.called_tsap);
  if (tpdu.alternative_classes != 0) {
    writer.u8(kAlternativeClasses);
    writer.u8(static_cast<std::uint8_t>(std::popcount(tpdu.alternative_classes)));
    for (unsigned alternative = 0; alternative < 8; ++alternative) {
      if ((tpdu.alternative_classes >> alternative & 1U) != 0) {
        writer.u8(static_cast<std::uint8_t>(alternative << 4U));
      }
    }
  }
  if (tpdu.preferred_tpdu_size) {
    writer.u8(kPreferredTpduSize);
    writer.u8(4);
    writer.u32(static_cast<std::uint32_t>(*tpdu.preferred_tpdu_size / kSizeUnit));
  }
  return with_length(std::move(out));
}

}  // namespace

Decoded<Tpdu> decode_tpdu(ByteView bytes) {
  ByteReader outer(bytes, ByteOrder::big);
  const std::uint8_t indicated = outer.u8("length indicator");
  if (!outer.ok() || indicated > kHeaderMost) {
    return unexpected(WireError{WireErrc::bad_value, 0, "length indicator"});
  }
  if (indicated + std::size_t{1} > bytes.size()) {
    return unexpected(WireError{WireErrc::truncated, 0, "length indicator"});
  }
  // What follows the header is user data: the header's reader must not run into it.
  ByteReader reader(bytes.first(indicated + std::size_t{1}), ByteOrder::big);
  reader.skip(1, "length indicator");
  const std::uint8_t type = reader.u8("tpdu code");
  if (const auto& error = reader.error()) {
    return unexpected(*error);
  }
  if (type == kDataTransfer) {
    const std::uint8_t number = reader.u8("tpdu number");
    if (!reader.ok() || reader.remaining() != 0) {
      return unexpected(WireError{WireErrc::bad_value, 0, "length indicator"});
    }
    return DataTransfer{(number & kEndOfTsdu) != 0, bytes.subspan(reader.position())};
  }
  // The low half of CR and CC is a credit, of no meaning in class 0.
  if ((type & 0xf0U) == kConnectRequest) {
    return decode_connect<ConnectRequest>(reader);
  }
  if ((type & 0xf0U) == kConnectConfirm) {
    return decode_connect<ConnectConfirm>(reader);
  }
  if (type == kDisconnectRequest) {
    return decode_disconnect(reader);
  }
  if (type == kTpduError) {
    return decode_error(reader);
  }
  return unexpected(WireError{WireErrc::bad_type, 1, "tpdu code"});
}

std::optional<std::uint16_t> source_of_connect_request(ByteView bytes) {
  ByteReader reader(bytes, ByteOrder::big);
  reader.skip(1, "length indicator");
  const std::uint8_t type = reader.u8("tpdu code");
  reader.skip(2, "dst-ref");
  const std::uint16_t source = reader.u16("src-ref");
  if (!reader.ok() || (type & 0xf0U) != kConnectRequest) {
    return std::nullopt;
  }
  return source;
}

Bytes encode(const ConnectRequest& tpdu) {
  return encode_connect(kConnectRequest, tpdu);
}
Bytes encode(const ConnectConfirm& tpdu) {
  return encode_connect(kConnectConfirm, tpdu);
}

Bytes encode(const DisconnectRequest& tpdu) {
  Bytes out;
  ByteWriter writer(out, ByteOrder::big);
  writer.u8(0);
  writer.u8(kDisconnectRequest);
  writer.u16(tpdu.destination);
  writer.u16(tpdu.source);
  writer.u8(static_cast<std::uint8_t>(tpdu.reason));
  return with_length(std::move(out));
}

Bytes encode(const DataTransfer& tpdu) {
  Bytes out;
  ByteWriter writer(out, ByteOrder::big);
  writer.u8(2);
  writer.u8(kDataTransfer);
  writer.u8(tpdu.end_of_tsdu ? kEndOfTsdu : 0);
  writer.bytes(tpdu.user_data);
  return out;
}

Bytes encode(const TpduError& tpdu) {
  constexpr std::size_t kBefore = 6;  // of the length indicator's 254: fixed part, code, length
  const std::size_t shown = std::min(tpdu.invalid_tpdu.size(), kHeaderMost - kBefore);
  Bytes out;
  ByteWriter writer(out, ByteOrder::big);
  writer.u8(0);
  writer.u8(kTpduError);
  writer.u16(tpdu.destination);
  writer.u8(static_cast<std::uint8_t>(tpdu.cause));
  writer.u8(kInvalidTpdu);
  writer.u8(static_cast<std::uint8_t>(shown));
  writer.bytes(ByteView(tpdu.invalid_tpdu).first(shown));
  return with_length(std::move(out));
}

std::string to_string(DisconnectReason reason) {
  switch (reason) {
    case DisconnectReason::not_specified:
      return "reason not specified";
    case DisconnectReason::congestion_at_tsap:
      return "congestion at TSAP";
    case DisconnectReason::session_entity_not_attached:
      return "session entity not attached to TSAP";
    case DisconnectReason::address_unknown:
      return "address unknown";
    case DisconnectReason::normal:
      return "normal disconnect by the session entity";
    case DisconnectReason::remote_congestion:
      return "remote transport entity congestion";
    case DisconnectReason::negotiation_failed:
      return "connection negotiation failed";
    case DisconnectReason::duplicate_source_reference:
      return "duplicate source reference";
    case DisconnectReason::mismatched_references:
      return "mismatched references";
    case DisconnectReason::protocol_error:
      return "protocol error";
    case DisconnectReason::reference_overflow:
      return "reference overflow";
    case DisconnectReason::connection_request_refused:
      return "connection request refused";
    case DisconnectReason::header_or_parameter_length_invalid:
      return "header or parameter length invalid";
  }
  return fmt::format("reason {}", static_cast<unsigned>(reason));
}

}  // namespace pinhole::osi
