// SPDX-License-Identifier: Apache-2.0
#include "epm/protocol_sequence.hpp"

#include <algorithm>
#include <array>
#include <ostream>

namespace pinhole::epm {
namespace {

namespace id = floor_id;
using enum ProtocolSequence;

// In the order of the enumeration. [MS-RPCE] 2.1.1.4 to 2.1.1.6 give the three NetBIOS sequences
// one transport, 0x12. Not known: a published table of their network floors; these tell them apart.
constexpr std::array kShapes{
    ProtocolSequenceShape{ncacn_ip_tcp, "ncacn_ip_tcp", id::kRpcConnectionOriented, id::kTcp,
                          FloorForm::port, id::kIp, FloorForm::ipv4, Presence::required},
    ProtocolSequenceShape{ncadg_ip_udp, "ncadg_ip_udp", id::kRpcConnectionless, id::kUdp,
                          FloorForm::port, id::kIp, FloorForm::ipv4, Presence::required},
    ProtocolSequenceShape{ncacn_np, "ncacn_np", id::kRpcConnectionOriented, id::kSmb,
                          FloorForm::text, id::kNetbios, FloorForm::text, Presence::required},
    ProtocolSequenceShape{ncacn_http, "ncacn_http", id::kRpcConnectionOriented, id::kHttp,
                          FloorForm::port, id::kIp, FloorForm::ipv4, Presence::required},
    ProtocolSequenceShape{ncalrpc, "ncalrpc", id::kRpcLocal, id::kNamedPipe, FloorForm::text, 0,
                          FloorForm::none, Presence::absent},
    ProtocolSequenceShape{ncacn_spx, "ncacn_spx", id::kRpcConnectionOriented, id::kSpx,
                          FloorForm::port, id::kIpxHost, FloorForm::ipx, Presence::required},
    ProtocolSequenceShape{ncadg_ipx, "ncadg_ipx", id::kRpcConnectionless, id::kIpx, FloorForm::port,
                          id::kIpxHost, FloorForm::ipx, Presence::optional},
    ProtocolSequenceShape{ncacn_nb_tcp, "ncacn_nb_tcp", id::kRpcConnectionOriented,
                          id::kNetbiosSession, FloorForm::octet, id::kIp, FloorForm::text,
                          Presence::required},
    ProtocolSequenceShape{ncacn_nb_nb, "ncacn_nb_nb", id::kRpcConnectionOriented,
                          id::kNetbiosSession, FloorForm::octet, id::kNetbios, FloorForm::text,
                          Presence::required},
    ProtocolSequenceShape{ncacn_nb_ipx, "ncacn_nb_ipx", id::kRpcConnectionOriented,
                          id::kNetbiosSession, FloorForm::octet, id::kNetbiosIpx, FloorForm::text,
                          Presence::required},
    ProtocolSequenceShape{ncacn_vns_spp, "ncacn_vns_spp", id::kRpcConnectionOriented, id::kVinesSpp,
                          FloorForm::port, id::kStreettalk, FloorForm::text, Presence::required},
    ProtocolSequenceShape{ncacn_vns_ipc, "ncacn_vns_ipc", id::kRpcConnectionOriented, id::kVinesIpc,
                          FloorForm::port, id::kStreettalk, FloorForm::text, Presence::required},
    ProtocolSequenceShape{ncacn_at_dsp, "ncacn_at_dsp", id::kRpcConnectionOriented,
                          id::kAppletalkStream, FloorForm::text, id::kAppletalk, FloorForm::text,
                          Presence::required},
    ProtocolSequenceShape{ncadg_at_ddp, "ncadg_at_ddp", id::kRpcConnectionless,
                          id::kAppletalkDatagram, FloorForm::text, id::kAppletalk, FloorForm::text,
                          Presence::required},
    ProtocolSequenceShape{ncacn_dnet_nsp, "ncacn_dnet_nsp", id::kRpcConnectionOriented,
                          id::kDnetNsp, FloorForm::text, id::kOsiClns, FloorForm::text,
                          Presence::required},
    ProtocolSequenceShape{ncacn_unix_stream, "ncacn_unix_stream", id::kRpcConnectionOriented,
                          id::kUnixSocket, FloorForm::text, 0, FloorForm::none, Presence::absent},
    ProtocolSequenceShape{ncadg_unix_dgram, "ncadg_unix_dgram", id::kRpcConnectionless,
                          id::kUnixSocket, FloorForm::text, 0, FloorForm::none, Presence::absent},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kShapes.size(); ++i) {
    if (static_cast<std::size_t>(kShapes[i].sequence) != i + 1) {
      return false;
    }
  }
  return true;
}
static_assert(in_order());

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::span<const ProtocolSequenceShape> protocol_sequences() {
  return kShapes;
}

const ProtocolSequenceShape* shape_of(ProtocolSequence sequence) {
  const auto index = static_cast<std::size_t>(sequence);
  return index == 0 || index > kShapes.size() ? nullptr : &kShapes[index - 1];
}

std::string_view to_string(ProtocolSequence sequence) {
  const ProtocolSequenceShape* shape = shape_of(sequence);
  return shape == nullptr ? "unknown" : shape->name;
}

std::optional<ProtocolSequence> parse_protocol_sequence(std::string_view name) {
  for (const ProtocolSequenceShape& shape : kShapes) {
    if (std::ranges::equal(name, shape.name, [](char a, char b) { return lower(a) == b; })) {
      return shape.sequence;
    }
  }
  return std::nullopt;
}

std::ostream& operator<<(std::ostream& out, ProtocolSequence sequence) {
  return out << to_string(sequence);
}

}  // namespace pinhole::epm
