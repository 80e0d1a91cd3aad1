// SPDX-License-Identifier: Apache-2.0
#include "osi/session.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace pinhole::osi {
namespace {

constexpr std::uint8_t kRefuseSi = 12;
constexpr std::uint8_t kAcceptSi = 14;
constexpr std::uint8_t kAbortSi = 25;

constexpr std::uint8_t kConnectAcceptItem = 5;
constexpr std::uint8_t kTransportDisconnect = 17;
constexpr std::uint8_t kProtocolOptions = 19;
constexpr std::uint8_t kSessionUserRequirements = 20;
constexpr std::uint8_t kVersionNumber = 22;
constexpr std::uint8_t kReasonCode = 50;
constexpr std::uint8_t kCallingSelector = 51;
constexpr std::uint8_t kCalledSelector = 52;
constexpr std::uint8_t kUserData = 193;
constexpr std::uint8_t kExtendedUserData = 194;

constexpr std::uint8_t kReleased = 0x01;
constexpr std::uint8_t kProtocolError = 0x04;
constexpr std::uint16_t kDuplex = 0x0002;
constexpr std::size_t kSelectorMost = 16;
constexpr std::size_t kUserDataMost = 512;            // PGI 193
constexpr std::size_t kExtendedUserDataMost = 10240;  // PGI 194
constexpr std::uint8_t kLongLength = 255;

// X.225 8.2.4: one octet up to 254, else 255 and two octets.
std::size_t read_length(ByteReader& reader) {
  const std::uint8_t length = reader.u8("length indicator");
  return length == kLongLength ? reader.u16("length indicator") : length;
}

void write_parameter(ByteWriter& writer, std::uint8_t code, ByteView value) {
  writer.u8(code);
  if (value.size() < kLongLength) {
    writer.u8(static_cast<std::uint8_t>(value.size()));
  } else {
    writer.u8(kLongLength);
    writer.u16(static_cast<std::uint16_t>(value.size()));
  }
  writer.bytes(value);
}

void write_octet(ByteWriter& writer, std::uint8_t code, std::uint8_t value) {
  write_parameter(writer, code, view_of(&value, 1));
}

Bytes spdu_of(std::uint8_t si, const Bytes& parameters) {
  Bytes out;
  ByteWriter writer(out, ByteOrder::big);
  write_parameter(writer, si, parameters);
  return out;
}

std::uint8_t octet_of(ByteView value, ByteReader& reader, std::string_view field) {
  if (value.size() != 1) {
    reader.fail(WireErrc::bad_value, field);
    return 0;
  }
  return std::to_integer<std::uint8_t>(value.front());
}

void read_connect_item(ByteView item, ConnectSpdu& spdu, ByteReader& outer) {
  ByteReader reader(item, ByteOrder::big);
  while (reader.ok() && reader.remaining() != 0) {
    const std::uint8_t code = reader.u8("parameter");
    const ByteView value = reader.take(read_length(reader), "parameter");
    if (reader.ok() && code == kVersionNumber) {
      spdu.versions = octet_of(value, reader, "version number");
    }
  }
  if (const auto& error = reader.error()) {
    outer.fail(error->code, error->field);
  }
}

ConnectSpdu decode_connect(ByteReader& reader) {
  ConnectSpdu spdu;
  while (reader.ok() && reader.remaining() != 0) {
    const std::uint8_t code = reader.u8("parameter");
    const ByteView value = reader.take(read_length(reader), "parameter");
    if (code == kConnectAcceptItem) {
      read_connect_item(value, spdu, reader);
    } else if (code == kCallingSelector || code == kCalledSelector) {
      if (value.size() > kSelectorMost) {
        reader.fail(WireErrc::too_large, "session selector");
      }
      (code == kCallingSelector ? spdu.calling_selector : spdu.called_selector) = to_bytes(value);
    } else if (code == kUserData || code == kExtendedUserData) {
      spdu.user_data = to_bytes(value);
    }
  }
  return spdu;
}

RefuseSpdu decode_refuse(ByteReader& reader) {
  RefuseSpdu spdu;
  while (reader.ok() && reader.remaining() != 0) {
    const std::uint8_t code = reader.u8("parameter");
    const ByteView value = reader.take(read_length(reader), "parameter");
    if (code == kTransportDisconnect) {
      const std::uint8_t fate = octet_of(value, reader, "transport disconnect");
      spdu.transport = (fate & kReleased) != 0 ? TransportFate::released : TransportFate::kept;
    } else if (code == kReasonCode) {
      // User data may follow the first octet where the reason is 2.
      spdu.reason = static_cast<RefuseReason>(
          octet_of(value.first(value.empty() ? 0 : 1), reader, "reason code"));
    }
  }
  return spdu;
}

}  // namespace

Decoded<Spdu> decode_spdu(ByteView tsdu) {
  ByteReader reader(tsdu, ByteOrder::big);
  const std::uint8_t si = reader.u8("spdu identifier");
  const std::size_t length = read_length(reader);
  if (reader.ok() && length > reader.remaining()) {
    reader.fail(WireErrc::truncated, "length indicator");
  } else if (reader.ok() && length < reader.remaining()) {
    // None of these SPDUs is concatenated with another (X.225 6.3.7).
    reader.fail(WireErrc::bad_value, "length indicator");
  }
  Spdu spdu;
  if (si == kConnectSi) {
    spdu = decode_connect(reader);
  } else if (si == kRefuseSi) {
    spdu = decode_refuse(reader);
  } else if (si == kAcceptSi) {
    spdu = AcceptSpdu{};
  } else if (si == kAbortSi) {
    spdu = AbortSpdu{};
  } else {
    reader.fail(WireErrc::bad_type, "spdu identifier");
  }
  if (const auto& error = reader.error()) {
    return unexpected(*error);
  }
  return spdu;
}

Bytes encode(const ConnectSpdu& spdu) {
  if (spdu.calling_selector.size() > kSelectorMost || spdu.called_selector.size() > kSelectorMost ||
      spdu.user_data.size() > kExtendedUserDataMost) {
    throw std::length_error("a session parameter is longer than the standard lets it be");
  }
  Bytes item;
  ByteWriter item_writer(item, ByteOrder::big);
  write_octet(item_writer, kProtocolOptions, 0);
  write_octet(item_writer, kVersionNumber, spdu.versions);

  Bytes requirements;
  ByteWriter(requirements, ByteOrder::big).u16(kDuplex);

  Bytes parameters;
  ByteWriter writer(parameters, ByteOrder::big);
  write_parameter(writer, kConnectAcceptItem, item);
  write_parameter(writer, kSessionUserRequirements, requirements);
  if (!spdu.calling_selector.empty()) {
    write_parameter(writer, kCallingSelector, spdu.calling_selector);
  }
  if (!spdu.called_selector.empty()) {
    write_parameter(writer, kCalledSelector, spdu.called_selector);
  }
  if (!spdu.user_data.empty()) {
    const bool extended = spdu.user_data.size() > kUserDataMost;
    write_parameter(writer, extended ? kExtendedUserData : kUserData, spdu.user_data);
  }
  return spdu_of(kConnectSi, parameters);
}

Bytes encode(const RefuseSpdu& spdu) {
  Bytes parameters;
  ByteWriter writer(parameters, ByteOrder::big);
  write_octet(writer, kTransportDisconnect,
              spdu.transport == TransportFate::released ? kReleased : 0);
  write_octet(writer, kReasonCode, static_cast<std::uint8_t>(spdu.reason));
  return spdu_of(kRefuseSi, parameters);
}

Bytes encode(const AbortSpdu& /*spdu*/) {
  Bytes parameters;
  ByteWriter writer(parameters, ByteOrder::big);
  write_octet(writer, kTransportDisconnect, kReleased | kProtocolError);
  return spdu_of(kAbortSi, parameters);
}

std::string to_string(RefuseReason reason) {
  switch (reason) {
    case RefuseReason::user_not_specified:
      return "rejection by called SS-user, reason not specified";
    case RefuseReason::user_congestion:
      return "rejection by called SS-user, temporary congestion";
    case RefuseReason::user_with_data:
      return "rejection by called SS-user";
    case RefuseReason::selector_unknown:
      return "session selector unknown";
    case RefuseReason::user_not_attached:
      return "SS-user not attached to SSAP";
    case RefuseReason::congestion:
      return "SPM congestion at connect time";
    case RefuseReason::versions_not_supported:
      return "proposed protocol versions not supported";
    case RefuseReason::not_specified:
      return "rejection by the SPM, reason not specified";
    case RefuseReason::implementation_restriction:
      return "rejection by the SPM, implementation restriction";
  }
  return fmt::format("reason {}", static_cast<unsigned>(reason));
}

}  // namespace pinhole::osi
