// SPDX-License-Identifier: Apache-2.0
#include "probe/smb.hpp"

#include <fmt/format.h>

#include "base/wire.hpp"

namespace pinhole::probe {
namespace {

// In the order of the request: an SMB1 answer names one by its place.
constexpr std::string_view kDialects[] = {"NT LM 0.12", "SMB 2.002", "SMB 2.???"};

constexpr std::uint32_t kSmb1 = 0x424D53FF;  // FF 'S' 'M' 'B'
constexpr std::uint32_t kSmb2 = 0x424D53FE;
constexpr std::uint8_t kNegotiate = 0x72;

/// [MS-CIFS] 2.2.4.52.1 behind the header of [MS-CIFS] 2.2.3.1.
Bytes request() {
  Bytes dialects;
  for (const std::string_view each : kDialects) {
    dialects.push_back(std::byte{2});
    const ByteView name = bytes_of(each);
    dialects.insert(dialects.end(), name.begin(), name.end());
    dialects.push_back(std::byte{0});
  }
  Bytes message;
  ByteWriter writer(message);
  writer.u32(kSmb1);
  writer.u8(kNegotiate);
  writer.u32(0);       // status
  writer.u8(0x18);     // canonical paths, no case
  writer.u16(0xC853);  // Unicode, NT status, extended security, long names
  writer.zeros(12);    // process id high, signature, reserved
  writer.u16(0xFFFF);  // no tree
  writer.u16(1);       // process id
  writer.zeros(4);     // user, multiplex
  writer.u8(0);        // no words
  writer.u16(static_cast<std::uint16_t>(dialects.size()));
  writer.bytes(dialects);
  Bytes out;
  ByteWriter frame(out, ByteOrder::big);
  frame.u32(static_cast<std::uint32_t>(message.size()));
  frame.bytes(message);
  return out;
}

std::string dialect_name(std::uint16_t dialect) {
  switch (dialect) {
    case 0x0202:
      return "SMB 2.0.2";
    case 0x0210:
      return "SMB 2.1";
    case 0x02FF:
      return "SMB 2.1 or later";
    case 0x0300:
      return "SMB 3.0";
    case 0x0302:
      return "SMB 3.0.2";
    case 0x0311:
      return "SMB 3.1.1";
    default:
      return fmt::format("SMB dialect 0x{:04x}", dialect);
  }
}

class Smb : public Talk {
 public:
  Step start() override { return {request()}; }

  Step on_bytes(ByteView in) override {
    held_.insert(held_.end(), in.begin(), in.end());
    ByteReader frame(held_, ByteOrder::big);
    const std::uint32_t size = frame.u32("length");
    if (!frame.ok()) {
      return {};
    }
    // The first octet is 0, a session message; the rest is the length (RFC 1002 4.3.1).
    if (size > kMostHeard) {
      return done();
    }
    const ByteView message = frame.take(size, "message");
    if (!frame.ok()) {
      return {};
    }
    ByteReader reader(message);
    const std::uint32_t protocol = reader.u32("protocol id");
    if (protocol == kSmb2) {
      on_smb2(reader);
    } else if (protocol == kSmb1) {
      on_smb1(reader);
    }
    return done();
  }

 private:
  /// [MS-SMB2] 2.2.1.2 and 2.2.4.
  void on_smb2(ByteReader& reader) {
    const std::uint16_t header = reader.u16("header size");
    reader.skip(6, "credit charge, status");
    const std::uint16_t command = reader.u16("command");
    reader.skip(50, "header");
    const std::uint16_t body = reader.u16("structure size");
    const std::uint16_t security = reader.u16("security mode");
    const std::uint16_t dialect = reader.u16("dialect");
    reader.skip(2, "reserved");
    const Uuid server = reader.uuid("server guid");
    finding_.speaks = reader.ok() && header == 64 && command == 0 && body == 65;
    if (!finding_.speaks) {
      return;
    }
    finding_.said = dialect_name(dialect);
    fact("dialect", finding_.said);
    fact("signing", (security & 2U) != 0 ? "required" : "not required");
    fact("server-guid", to_string(server));
  }

  /// [MS-CIFS] 2.2.4.52.2.
  void on_smb1(ByteReader& reader) {
    const std::uint8_t command = reader.u8("command");
    reader.skip(27, "header");
    const std::uint8_t words = reader.u8("word count");
    const std::uint16_t index = reader.u16("dialect index");
    finding_.speaks = reader.ok() && command == kNegotiate && words >= 1;
    if (!finding_.speaks) {
      return;
    }
    finding_.said = index < std::size(kDialects)
                        ? fmt::format("SMB 1: {}", kDialects[index])
                        : std::string("SMB 1: none of the dialects that were offered");
    fact("dialect", finding_.said);
    if (words >= 13) {
      fact("signing", (reader.u8("security mode") & 8U) != 0 ? "required" : "not required");
    }
  }

  Bytes held_;
};

}  // namespace

TalkPointer make_smb(const Context& /*context*/) {
  return std::make_unique<Smb>();
}

}  // namespace pinhole::probe
