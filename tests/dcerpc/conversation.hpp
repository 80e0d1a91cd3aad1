// SPDX-License-Identifier: Apache-2.0
#pragma once
// PDUs made by hand in both byte orders, a server association that echoes, and what it sends told
// in lines.

#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "dcerpc/pdu.hpp"
#include "dcerpc/server.hpp"
#include "dcerpc/status.hpp"
#include "support/loopback.hpp"

namespace pinhole::dcerpc {

inline constexpr SyntaxId kEcho{"60a15ec5-4de8-11d7-a637-005056a20182"_uuid, 1, 2};
inline constexpr SyntaxId kFeatures{"6cb71c2c-9812-4540-0300-000000000000"_uuid, 1, 0};
inline constexpr SyntaxId kUnknownSyntax{"11111111-2222-3333-4444-555555555555"_uuid, 1, 0};

inline void append(Bytes& to, ByteView more) {
  to.insert(to.end(), more.begin(), more.end());
}

inline Bytes operator+(Bytes left, const Bytes& right) {
  append(left, right);
  return left;
}

inline Bytes pdu(PacketType type, std::uint8_t flag_bits, std::uint32_t call, ByteOrder order,
                 const std::function<void(ByteWriter&)>& body) {
  Bytes out;
  ByteWriter writer(out, order);
  writer.u8(5);
  writer.u8(0);
  writer.u8(static_cast<std::uint8_t>(type));
  writer.u8(flag_bits);
  writer.u8(order == ByteOrder::little ? 0x10 : 0);
  writer.zeros(3);
  writer.u16(0);
  writer.u16(0);
  writer.u32(call);
  body(writer);
  writer.patch_u16(8, static_cast<std::uint16_t>(writer.position()));
  return out;
}

inline void write_syntax(ByteWriter& out, const SyntaxId& id) {
  out.uuid(id.uuid);
  out.u32(id.major + (static_cast<std::uint32_t>(id.minor) << 16U));
}

inline Bytes bind_of(const std::vector<ContextElement>& contexts,
                     PacketType type = PacketType::bind, std::uint32_t call = 1,
                     ByteOrder order = ByteOrder::little, std::uint32_t group = 0,
                     std::uint16_t fragment = 5840) {
  return pdu(type, flags::kWhole, call, order, [&](ByteWriter& out) {
    out.u16(fragment);
    out.u16(fragment);
    out.u32(group);
    out.u8(static_cast<std::uint8_t>(contexts.size()));
    out.zeros(3);
    for (const ContextElement& each : contexts) {
      out.u16(each.id.value);
      out.u8(static_cast<std::uint8_t>(each.transfer_syntaxes.size()));
      out.u8(0);
      write_syntax(out, each.abstract_syntax);
      for (const SyntaxId& syntax : each.transfer_syntaxes) {
        write_syntax(out, syntax);
      }
    }
  });
}

inline Bytes echo_bind(ByteOrder order = ByteOrder::little) {
  return bind_of({{{0}, kEcho, {kNdr32}}}, PacketType::bind, 1, order);
}

struct RequestParts {
  std::uint32_t call = 2;
  std::uint16_t opnum = 0;
  std::string stub = {};
  std::uint8_t flag_bits = flags::kWhole;
  std::uint16_t context = 0;
  ByteOrder order = ByteOrder::little;
};

inline Bytes request_of(const RequestParts& parts) {
  return pdu(PacketType::request, parts.flag_bits, parts.call, parts.order, [&](ByteWriter& out) {
    out.u32(static_cast<std::uint32_t>(parts.stub.size()));
    out.u16(parts.context);
    out.u16(parts.opnum);
    out.bytes(bytes_of(parts.stub));
  });
}

inline Bytes bare(PacketType type, std::uint32_t call, ByteOrder order = ByteOrder::little) {
  return pdu(type, flags::kWhole, call, order, [](ByteWriter&) {});
}

/// A bind or alter_context with a security trailer: 8 octets of header, 4 of token.
inline Bytes with_trailer(Bytes bytes) {
  const Bytes trailer = from_hex("0a020000 00000000 4e544c4d");
  append(bytes, trailer);
  bytes[8] = static_cast<std::byte>(bytes.size());
  bytes[10] = std::byte{4};
  return bytes;
}

inline std::string tell(const Fragment& fragment) {
  const Header& header = fragment.header;
  std::string line = fmt::format("{} {}", to_string(header.type), header.call.value);
  switch (header.type) {
    case PacketType::bind_ack:
    case PacketType::alter_context_resp: {
      const auto ack = decode_bind_ack(fragment).value();
      for (const ContextAnswer& each : ack.answers) {
        line += fmt::format(" {}/{}", static_cast<unsigned>(each.result), each.reason);
        line += each.transfer_syntax == kNdr32   ? " ndr32"
                : each.transfer_syntax == kNdr64 ? " ndr64"
                                                 : "";
      }
      break;
    }
    case PacketType::bind_nak:
      line += fmt::format(" reason {}",
                          static_cast<unsigned>(decode_bind_nak(fragment).value().reason));
      break;
    case PacketType::response: {
      const auto response = decode_response(fragment).value();
      line += fmt::format(" c{} {}", response.context.value, text_of(response.stub));
      break;
    }
    case PacketType::fault: {
      const auto fault = decode_fault(fragment).value();
      line += fmt::format(" c{} {}", fault.context.value, status::describe(fault.status));
      break;
    }
    default:
      break;
  }
  return line;
}

inline std::vector<std::string> tell(ByteView stream) {
  std::vector<std::string> lines;
  while (!stream.empty()) {
    const Framed framed = frame(stream, 65535);
    const auto* fragment = std::get_if<Fragment>(&framed);
    if (fragment == nullptr) {
      lines.emplace_back("no PDU");
      break;
    }
    lines.push_back(tell(*fragment));
    stream = stream.subspan(fragment->header.fragment_length);
  }
  return lines;
}

/// Operation 0 echoes, 1 answers with what the call looked like, 2 waits, the rest do not exist.
class EchoServer : public InterfaceLookup, public CallSink {
 public:
  explicit EchoServer(ServerLimits limits = {}, GroupTable::Limits handles = {})
      : limits_(limits), groups_(support::counting_entropy(), handles) {
    connect();
  }

  void connect(const Peer& peer = support::tcp_peer(1)) {
    association_ = std::make_unique<ServerAssociation>(*this, groups_, peer, limits_);
  }

  [[nodiscard]] std::optional<std::uint32_t> find(const SyntaxId& wanted) const override {
    if (wanted.uuid == kEcho.uuid && wanted.major == kEcho.major && wanted.minor <= kEcho.minor) {
      return 0;
    }
    return wanted == kManagement ? std::optional<std::uint32_t>(1) : std::nullopt;
  }

  void on_call(const Call& call, Bytes& out) override {
    if (call.opnum.value == 2) {
      waiting.push_back(call.key);
      return;
    }
    if (call.opnum.value > 2) {
      association().fault(call.key, status::kOperationRange, out);
      return;
    }
    const std::size_t start = begin_response(out);
    if (call.opnum.value == 0) {
      append(out, call.stub);
    } else {
      append(out, bytes_of(fmt::format("interface {} {} {} {}", call.interface_index,
                                       call.order == ByteOrder::big ? "big" : "little",
                                       call.ndr64 ? "ndr64" : "ndr32",
                                       call.object ? to_string(*call.object) : "no object")));
    }
    association().respond(call.key, out, start);
  }

  std::vector<std::string> feed(ByteView bytes) {
    Bytes out;
    close = association().on_bytes(bytes, *this, out);
    sent.insert(sent.end(), out.begin(), out.end());
    return tell(out);
  }

  std::vector<std::string> answer(std::size_t which, std::string_view stub) {
    Bytes out;
    const std::size_t start = begin_response(out);
    append(out, bytes_of(stub));
    association().respond(waiting[which], out, start);
    return tell(out);
  }

  ServerAssociation& association() { return *association_; }
  GroupTable& groups() { return groups_; }

  std::vector<CallKey> waiting;
  std::string close;
  Bytes sent;

 private:
  const ServerLimits limits_;
  GroupTable groups_;
  std::unique_ptr<ServerAssociation> association_;
};

}  // namespace pinhole::dcerpc
