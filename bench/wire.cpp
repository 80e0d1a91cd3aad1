// SPDX-License-Identifier: Apache-2.0
#include "wire.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string>

namespace pinhole::bench {
namespace {

constexpr std::uint8_t kFirstAndLast = 0x03;
constexpr std::uint16_t kOpnumInsert = 0;
constexpr std::uint16_t kOpnumLookup = 2;
constexpr std::uint16_t kOpnumMap = 3;

class Writer {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value) {
    u8(static_cast<std::uint8_t>(value));
    u8(static_cast<std::uint8_t>(value >> 8));
  }
  void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value));
    u16(static_cast<std::uint16_t>(value >> 16));
  }
  void raw(std::span<const std::uint8_t> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void zeros(std::size_t count) { bytes_.insert(bytes_.end(), count, 0); }
  /// All PDU headers here are multiples of 4, so aligning the PDU aligns the stub.
  void align4() { zeros((4 - bytes_.size() % 4) % 4); }

  /// Writes the fragment length, and for a request the allocation hint, now that they are known.
  Bytes finish() {
    const std::size_t size = bytes_.size();
    bytes_[8] = static_cast<std::uint8_t>(size);
    bytes_[9] = static_cast<std::uint8_t>(size >> 8);
    if (bytes_[2] == static_cast<std::uint8_t>(PduType::request)) {
      store32(bytes_, kHeaderSize, static_cast<std::uint32_t>(size - kCallHeaderSize));
    }
    return std::move(bytes_);
  }

 private:
  Bytes bytes_;
};

void write_header(Writer& out, PduType type) {
  out.u8(5);
  out.u8(0);
  out.u8(static_cast<std::uint8_t>(type));
  out.u8(kFirstAndLast);
  out.u32(0x00000010);  // data representation: little-endian, ASCII, IEEE
  out.u16(0);           // fragment length, known at the end
  out.u16(0);           // no authentication
  out.u32(1);           // call id
}

void write_request(Writer& out, std::uint16_t opnum) {
  write_header(out, PduType::request);
  out.u32(0);  // allocation hint, known at the end
  out.u16(0);  // presentation context
  out.u16(opnum);
}

Interface ndr32() {
  return parse_interface("8a885d04-1ceb-11c9-9fe8-08002b104860,2");
}

void write_uuid_floor(Writer& out, const Interface& syntax) {
  out.u16(19);
  out.u8(0x0d);
  out.raw(syntax.uuid);
  out.u16(syntax.major);
  out.u16(2);
  out.u16(syntax.minor);
}

/// The 75 bytes of a five-floor ncacn_ip_tcp tower.
void write_tower(Writer& out, const Interface& wanted, std::uint16_t port) {
  out.u16(5);
  write_uuid_floor(out, wanted);
  write_uuid_floor(out, ndr32());
  out.u16(1);
  out.u8(0x0b);  // connection-oriented RPC
  out.u16(2);
  out.u16(0);
  out.u16(1);
  out.u8(0x07);  // TCP, its port in network order
  out.u16(2);
  out.u8(static_cast<std::uint8_t>(port >> 8));
  out.u8(static_cast<std::uint8_t>(port));
  out.u16(1);
  out.u8(0x09);  // IP
  out.u16(4);
  out.u32(0);
}

constexpr std::uint32_t kTowerSize = 75;

void write_tower_referent(Writer& out, const Interface& wanted, std::uint16_t port) {
  out.u32(kTowerSize);
  out.u32(kTowerSize);
  write_tower(out, wanted, port);
  out.align4();
}

Interface numbered(std::uint32_t number) {
  Interface made = parse_interface("00000000-be9c-4a11-8000-0123456789ab,1");
  store32(made.uuid, 0, number);
  return made;
}

}  // namespace

Interface parse_interface(std::string_view text) {
  const auto bad = [&] { return std::invalid_argument("not UUID,VERSION: " + std::string(text)); };
  const auto number = [&](std::string_view part, auto& into, int base) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), into, base);
    if (error != std::errc{} || end != part.data() + part.size()) {
      throw bad();
    }
  };
  if (text.size() < 38 || text[36] != ',') {
    throw bad();
  }
  // Wire order of the textual pairs: the first three fields are little-endian.
  static constexpr std::array<std::size_t, 16> kPlaces = {6,  4,  2,  0,  11, 9,  16, 14,
                                                          19, 21, 24, 26, 28, 30, 32, 34};
  Interface read;
  for (std::size_t index = 0; index < 16; ++index) {
    number(text.substr(kPlaces[index], 2), read.uuid[index], 16);
  }
  const std::string_view version = text.substr(37);
  const std::size_t dot = version.find('.');
  number(version.substr(0, dot), read.major, 10);
  if (dot != std::string_view::npos) {
    number(version.substr(dot + 1), read.minor, 10);
  }
  return read;
}

Interface endpoint_mapper() {
  return parse_interface("e1af8308-5d1f-11c9-91a4-08002b14a0fa,3");
}

Bytes make_bind(const Interface& abstract) {
  Writer out;
  write_header(out, PduType::bind);
  out.u16(kFragmentSize);
  out.u16(kFragmentSize);
  out.u32(0);  // a new association group
  out.u32(1);  // one context
  out.u16(0);
  out.u16(1);  // of one transfer syntax
  for (const Interface& syntax : {abstract, ndr32()}) {
    out.raw(syntax.uuid);
    out.u16(syntax.major);
    out.u16(syntax.minor);
  }
  return out.finish();
}

Bytes make_map(const Interface& wanted) {
  Writer out;
  write_request(out, kOpnumMap);
  out.u32(1);  // referent of the object: the nil UUID
  out.zeros(16);
  out.u32(2);  // referent of the tower
  write_tower_referent(out, wanted, 0);
  out.zeros(kHandleSize);
  out.u32(1);  // max_towers
  return out.finish();
}

Bytes make_lookup(std::span<const std::uint8_t> handle, std::uint32_t max_entries) {
  Writer out;
  write_request(out, kOpnumLookup);
  out.u32(0);  // inquiry type: all
  out.u32(0);  // no object
  out.u32(0);  // no interface
  out.u32(1);  // version option: all
  out.raw(handle);
  out.u32(max_entries);
  return out.finish();
}

Bytes make_insert(std::uint32_t first, std::uint32_t count) {
  static constexpr std::string_view kAnnotation = "bench";
  Writer out;
  write_request(out, kOpnumInsert);
  out.u32(count);
  out.u32(count);  // the array's conformance
  for (std::uint32_t index = 0; index < count; ++index) {
    out.align4();
    out.zeros(16);  // nil object
    out.u32(index + 1);
    out.u32(0);
    out.u32(static_cast<std::uint32_t>(kAnnotation.size() + 1));
    for (const char letter : kAnnotation) {
      out.u8(static_cast<std::uint8_t>(letter));
    }
    out.u8(0);
  }
  out.align4();
  for (std::uint32_t index = 0; index < count; ++index) {
    const auto port = static_cast<std::uint16_t>(1024 + (first + index) % 60000);
    write_tower_referent(out, numbered(first + index), port);
  }
  out.u32(0);  // replace: no
  return out.finish();
}

std::uint16_t load16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

std::uint32_t load32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return load16(bytes, at) | static_cast<std::uint32_t>(load16(bytes, at + 2)) << 16;
}

void store32(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t index = 0; index < 4; ++index) {
    bytes[at + index] = static_cast<std::uint8_t>(value >> (8 * index));
  }
}

std::size_t pdu_size(std::span<const std::uint8_t> bytes) {
  return bytes.size() < kHeaderSize ? 0 : load16(bytes, 8);
}

}  // namespace pinhole::bench
