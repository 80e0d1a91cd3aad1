// SPDX-License-Identifier: Apache-2.0
#pragma once
// Packets made by hand: a conversation is written as what each side says, and comes out as frames,
// which a test may reorder, repeat, drop, cut or damage before they are read.

#include <algorithm>
#include <string_view>
#include <vector>

#include "capture/analysis.hpp"
#include "capture/file_reader.hpp"
#include "dcerpc/pdu.hpp"
#include "epm/operations.hpp"
#include "epm/tower.hpp"

namespace pinhole::capture {

inline constexpr dcerpc::SyntaxId kEmsmdb{"a4f1db00-ca47-1067-b31f-00dd010662da"_uuid, 0, 81};
inline constexpr Time kStart = 1'000'000 * kSecond;

inline IpAddress ip(std::string_view text) {
  return parse_address(text).value();
}

inline void put_u16(Bytes& out, unsigned value) {
  out.push_back(static_cast<std::byte>(value >> 8U));
  out.push_back(static_cast<std::byte>(value));
}
inline void put_u32(Bytes& out, std::uint32_t value) {
  put_u16(out, value >> 16U);
  put_u16(out, value & 0xffffU);
}
inline void put(Bytes& out, ByteView more) {
  out.insert(out.end(), more.begin(), more.end());
}
inline void put(Bytes& out, const IpAddress& address) {
  put(out, std::as_bytes(std::span(address.octets)).first(address.is_v4() ? 4 : 16));
}

/// `place`: flags and offset of a fragment, as the header has them.
inline Bytes ip_packet(const IpAddress& from, const IpAddress& to, ByteView payload,
                       unsigned protocol = kTcp, unsigned id = 1, unsigned place = 0) {
  Bytes out;
  if (from.is_v4()) {
    put_u16(out, 0x4500);
    put_u16(out, static_cast<unsigned>(20 + payload.size()));
    put_u16(out, id);
    put_u16(out, place);
    put_u16(out, 0x4000U | protocol);
    put_u16(out, 0);
  } else {
    put_u32(out, 0x60000000);
    put_u16(out, static_cast<unsigned>(payload.size()));
    put_u16(out, protocol << 8U | 64U);
  }
  put(out, from);
  put(out, to);
  put(out, payload);
  return out;
}

inline Bytes ethernet(ByteView ip_bytes, const std::vector<unsigned>& tags = {}) {
  Bytes out(12);
  for (const unsigned tag : tags) {
    put_u16(out, tag);
    put_u16(out, 7);
  }
  put_u16(out, (static_cast<unsigned>(ip_bytes[0]) >> 4U) == 4 ? 0x0800 : 0x86dd);
  put(out, ip_bytes);
  return out;
}

struct Flags {
  bool syn = false, ack = true, fin = false, rst = false;
};

inline Bytes tcp(std::uint16_t from, std::uint16_t to, std::uint32_t sequence,
                 std::uint32_t acknowledged, Flags flags, ByteView payload) {
  Bytes out;
  put_u16(out, from);
  put_u16(out, to);
  put_u32(out, sequence);
  put_u32(out, acknowledged);
  put_u16(out, 0x5000U | (flags.fin ? 1U : 0U) | (flags.syn ? 2U : 0U) | (flags.rst ? 4U : 0U) |
                   (flags.ack ? 16U : 0U));
  put_u16(out, 8192);
  put_u32(out, 0);
  put(out, payload);
  return out;
}

struct Frame {
  Time time = kStart;
  Bytes octets;
  std::uint32_t link = 1;
};

/// One TCP connection, written down as it is said.
class Talk {
 public:
  Talk(std::vector<Frame>& frames, std::string_view client, std::uint16_t client_port,
       std::string_view server, std::uint16_t server_port)
      : frames_(frames),
        ends_{Endpoint{ip(client), client_port}, Endpoint{ip(server), server_port}} {}

  Talk& open() {
    send(0, {.syn = true, .ack = false}, {});
    send(1, {.syn = true}, {});
    return *this;
  }
  Talk& syn() {
    send(0, {.syn = true, .ack = false}, {});
    return *this;
  }
  Talk& reset() {
    send(1, {.rst = true}, {});
    return *this;
  }
  Talk& client(ByteView octets) {
    say(0, octets);
    return *this;
  }
  Talk& server(ByteView octets) {
    say(1, octets);
    return *this;
  }
  Talk& close() {
    send(0, {.fin = true}, {});
    send(1, {.fin = true}, {});
    send(0, {}, {});
    return *this;
  }
  /// So many octets in a segment.
  Talk& pieces(std::size_t size) {
    most_ = size;
    return *this;
  }
  /// The client's numbers begin here.
  Talk& begin_at(std::uint32_t sequence) {
    next_[0] = sequence;
    return *this;
  }

 private:
  void say(std::size_t from, ByteView octets) {
    while (!octets.empty()) {
      const ByteView part = octets.first(std::min(most_, octets.size()));
      send(from, {}, part);
      octets = octets.subspan(part.size());
    }
  }
  void send(std::size_t from, Flags flags, ByteView payload) {
    const Endpoint& source = ends_[from];
    const Endpoint& destination = ends_[1 - from];
    const Bytes segment =
        tcp(source.port, destination.port, next_[from], next_[1 - from], flags, payload);
    const Time time = frames_.empty() ? kStart : frames_.back().time + 1'000'000;
    frames_.push_back({time, ethernet(ip_packet(source.address, destination.address, segment))});
    next_[from] += static_cast<std::uint32_t>(payload.size() + (flags.syn || flags.fin ? 1 : 0));
  }

  std::vector<Frame>& frames_;
  std::array<Endpoint, 2> ends_;
  std::array<std::uint32_t, 2> next_{1000, 5000};
  std::size_t most_ = 1460;
};

inline Bytes bind_pdu(const dcerpc::SyntaxId& interface,
                      const std::vector<dcerpc::SyntaxId>& syntaxes = {dcerpc::kNdr32},
                      dcerpc::PacketType type = dcerpc::PacketType::bind, std::uint16_t context = 0,
                      std::uint32_t call = 1) {
  Bytes out;
  dcerpc::encode_bind(out, type, {call}, 0, {4280, 4280, {0}, {{{context}, interface, syntaxes}}});
  return out;
}

inline Bytes bind_ack_pdu(const dcerpc::ContextAnswer& answer,
                          dcerpc::PacketType type = dcerpc::PacketType::bind_ack,
                          std::uint32_t call = 1) {
  Bytes out;
  dcerpc::encode_bind_ack(out, type, {call}, 0, {4280, 4280, {7}, "135", {answer}});
  return out;
}

inline dcerpc::ContextAnswer accepted(const dcerpc::SyntaxId& syntax = dcerpc::kNdr32) {
  return {dcerpc::ContextResult::acceptance, 0, syntax};
}
inline dcerpc::ContextAnswer rejected() {
  return {dcerpc::ContextResult::provider_rejection, 1, {}};
}

inline Bytes request_pdu(std::uint16_t opnum, ByteView stub, std::uint32_t call = 2,
                         std::uint16_t context = 0, std::uint16_t fragment = 4280) {
  Bytes out;
  dcerpc::encode_request(out, {call}, {0, {context}, {opnum}, {}, stub}, fragment);
  return out;
}

inline Bytes response_pdu(ByteView stub, std::uint32_t call = 2, std::uint16_t context = 0,
                          std::uint16_t fragment = 4280) {
  Bytes out;
  const std::size_t start = dcerpc::begin_response(out);
  put(out, stub);
  dcerpc::finish_response(out, start, {call}, {context}, fragment);
  return out;
}

inline Bytes fault_pdu(std::uint32_t status, std::uint32_t call = 2) {
  Bytes out;
  dcerpc::encode_fault(out, {call}, {0}, 0, status);
  return out;
}

inline Bytes tower_of(const dcerpc::SyntaxId& interface, std::string_view address,
                      std::uint16_t port) {
  return epm::write_tower({interface, dcerpc::kNdr32, epm::ProtocolSequence::ncacn_ip_tcp,
                           std::to_string(port), std::string(address)})
      .value();
}

template <class Value>
Bytes stub_of(const Value& value, ndr::Syntax syntax = ndr::Syntax::ndr32) {
  Bytes out;
  ndr::Writer writer(out, {ByteOrder::little, syntax});
  Value::ndr(writer, value);
  return out;
}

inline Bytes map_request(const dcerpc::SyntaxId& interface,
                         ndr::Syntax syntax = ndr::Syntax::ndr32) {
  epm::EptMap::In in;
  in.tower = tower_of(interface, "0.0.0.0", 135);
  in.max_towers = 4;
  return stub_of(in, syntax);
}

/// Port 0: not registered.
inline Bytes map_answer(const dcerpc::SyntaxId& interface, std::string_view address,
                        std::uint16_t port, ndr::Syntax syntax = ndr::Syntax::ndr32) {
  epm::EptMap::Out out;
  out.room = 4;
  if (port != 0) {
    out.towers.push_back(tower_of(interface, address, port));
  } else {
    out.status = epm::EptStatus::not_registered;
  }
  return stub_of(out, syntax);
}

/// A client asks the mapper for an interface.
inline void ask(std::vector<Frame>& frames, std::string_view client, std::string_view server,
                const dcerpc::SyntaxId& interface, std::string_view tower_address,
                std::uint16_t port, std::uint16_t client_port = 40000) {
  Talk(frames, client, client_port, server, 135)
      .open()
      .client(bind_pdu(dcerpc::kEndpointMapper))
      .server(bind_ack_pdu(accepted()))
      .client(request_pdu(3, map_request(interface)))
      .server(response_pdu(map_answer(interface, tower_address, port)))
      .close();
}

/// A client binds and calls opnum 5 once.
inline void call(std::vector<Frame>& frames, std::string_view client, std::string_view server,
                 const dcerpc::SyntaxId& interface, std::uint16_t port,
                 std::uint16_t client_port = 40001) {
  Talk(frames, client, client_port, server, port)
      .open()
      .client(bind_pdu(interface))
      .server(bind_ack_pdu(accepted()))
      .client(request_pdu(5, Bytes(40)))
      .server(response_pdu(Bytes(24)))
      .close();
}

inline Report read(const std::vector<Frame>& frames, const Limits& limits = {}) {
  Analysis analysis(limits);
  for (const Frame& each : frames) {
    analysis.on_packet({each.time, each.link, each.octets.size(), each.octets});
  }
  return analysis.finish();
}

inline const Conversation& conversation(const Report& report, std::uint16_t port) {
  static const Conversation none;
  const auto found = std::ranges::find(report.conversations, port,
                                       [](const Conversation& each) { return each.server.port; });
  return found == report.conversations.end() ? none : *found;
}

/// The same as a little-endian pcap file.
inline Bytes pcap_file(const std::vector<Frame>& frames) {
  Bytes out;
  ByteWriter writer(out);
  writer.u32(0xa1b2c3d4);
  writer.u16(2);
  writer.u16(4);
  writer.zeros(8);
  writer.u32(262144);
  writer.u32(1);
  for (const Frame& each : frames) {
    writer.u32(static_cast<std::uint32_t>(each.time / kSecond));
    writer.u32(static_cast<std::uint32_t>(each.time % kSecond / 1000));
    writer.u32(static_cast<std::uint32_t>(each.octets.size()));
    writer.u32(static_cast<std::uint32_t>(each.octets.size()));
    writer.bytes(each.octets);
  }
  return out;
}

}  // namespace pinhole::capture
