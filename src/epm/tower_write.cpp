// SPDX-License-Identifier: Apache-2.0
// write_tower: from a value to octets.

#include <fmt/format.h>

#include "epm/tower.hpp"

namespace pinhole::epm {
namespace {

constexpr std::size_t kMaxText = 1024;

tl::unexpected<Diagnostics> refuse(std::string message, std::string remedy) {
  return failure({"tower-cannot-be-written",
                  Severity::error,
                  {},
                  std::move(message),
                  std::move(remedy),
                  Exit::usage});
}

void write_syntax(ByteWriter& out, const dcerpc::SyntaxId& syntax) {
  out.u16(19);
  out.u8(floor_id::kUuid);
  out.uuid(syntax.uuid);
  out.u16(syntax.major);
  out.u16(2);
  out.u16(syntax.minor);
}

Checked<Bytes> number(std::string_view text, std::uint64_t highest) {
  const auto value =
      text.empty() ? std::optional<std::uint64_t>(0) : parse_decimal(text, 0, highest);
  if (!value) {
    return refuse(fmt::format("endpoint '{}' is no number", text),
                  fmt::format("give a number from 0 to {}", highest));
  }
  Bytes bytes;
  ByteWriter out(bytes, ByteOrder::big);
  if (highest > 255) {
    out.u16(static_cast<std::uint16_t>(*value));
  } else {
    out.u8(static_cast<std::uint8_t>(*value));
  }
  return bytes;
}

Checked<Bytes> ipv4(std::string_view text) {
  const auto address = text.empty() ? std::optional<IpAddress>(IpAddress{}) : parse_address(text);
  if (!address) {
    return refuse(fmt::format("'{}' is no IP address", text),
                  "a tower holds addresses, not host names");
  }
  Bytes bytes;
  ByteWriter(bytes, ByteOrder::big).u32(address->to_v4());
  return bytes;
}

Checked<Bytes> text_floor(std::string_view text) {
  if (text.size() > kMaxText || text.find('\0') != std::string_view::npos) {
    return refuse("text of a floor is too long or holds a zero octet",
                  fmt::format("{} octets are allowed", kMaxText));
  }
  Bytes bytes = to_bytes(bytes_of(text));
  bytes.push_back(std::byte{0});
  return bytes;
}

Checked<Bytes> ipx(std::string_view text) {
  Bytes bytes = text.empty() ? Bytes(10) : from_hex(text);
  if (bytes.size() != 10 || (!text.empty() && text.size() != 20)) {
    return refuse(fmt::format("'{}' is no IPX address", text),
                  "give network and node as 20 hexadecimal digits");
  }
  return bytes;
}

Checked<Bytes> right_side(FloorForm form, std::string_view text) {
  switch (form) {
    case FloorForm::none:
      return Bytes{};
    case FloorForm::port:
      return number(text, 65535);
    case FloorForm::octet:
      return number(text, 255);
    case FloorForm::text:
      return text_floor(text);
    case FloorForm::ipv4:
      return ipv4(text);
    case FloorForm::ipx:
      return ipx(text);
  }
  return Bytes{};
}

void write_floor(ByteWriter& out, std::uint8_t id, const Bytes& rhs) {
  out.u16(1);
  out.u8(id);
  out.u16(static_cast<std::uint16_t>(rhs.size()));
  out.bytes(rhs);
}

}  // namespace

Checked<Bytes> write_tower(const Tower& tower) {
  const ProtocolSequenceShape* shape = shape_of(tower.sequence);
  if (shape == nullptr) {
    return refuse("the protocol sequence is not known", "name one of those of binding strings");
  }
  auto endpoint = right_side(shape->endpoint, tower.endpoint);
  PINHOLE_CHECK(endpoint);
  auto address = right_side(shape->address, tower.address);
  PINHOLE_CHECK(address);
  Bytes bytes;
  ByteWriter out(bytes);
  const bool host = shape->host != Presence::absent;
  out.u16(host ? 5 : 4);
  write_syntax(out, tower.interface);
  write_syntax(out, tower.transfer_syntax);
  // The right side of the RPC protocol's floor is its minor version: zero.
  write_floor(out, shape->rpc, Bytes(2));
  write_floor(out, shape->transport, *endpoint);
  if (host) {
    write_floor(out, shape->network, *address);
  }
  return bytes;
}

}  // namespace pinhole::epm
