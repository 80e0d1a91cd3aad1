// SPDX-License-Identifier: Apache-2.0
#pragma once
// Protocol sequences: their names ([MS-RPCE] 2.1, C706 appendix B) and the floors that stand for
// them in a tower (C706 appendix I and L). Speaking one of them is another matter: that is
// transport's.

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string_view>

namespace pinhole::epm {

enum class ProtocolSequence : std::uint8_t {
  unknown,
  ncacn_ip_tcp,
  ncadg_ip_udp,
  ncacn_np,
  ncacn_http,
  ncalrpc,
  ncacn_spx,
  ncadg_ipx,
  ncacn_nb_tcp,
  ncacn_nb_nb,
  ncacn_nb_ipx,
  ncacn_vns_spp,
  ncacn_vns_ipc,
  ncacn_at_dsp,
  ncadg_at_ddp,
  ncacn_dnet_nsp,
  ncacn_unix_stream,
  ncadg_unix_dgram,
};

/// Protocol identifiers: the first octet of a floor's left side (C706 appendix I; those above 0x0f
/// as the protocol's users assigned them).
namespace floor_id {
inline constexpr std::uint8_t kDnetNsp = 0x04;
inline constexpr std::uint8_t kOsiClns = 0x06;
inline constexpr std::uint8_t kTcp = 0x07;
inline constexpr std::uint8_t kUdp = 0x08;
inline constexpr std::uint8_t kIp = 0x09;
inline constexpr std::uint8_t kRpcConnectionless = 0x0a;
inline constexpr std::uint8_t kRpcConnectionOriented = 0x0b;
inline constexpr std::uint8_t kRpcLocal = 0x0c;  // on the third floor
inline constexpr std::uint8_t kSpx = 0x0c;       // on the fourth
inline constexpr std::uint8_t kUuid = 0x0d;      // on the first two
inline constexpr std::uint8_t kIpxHost = 0x0d;   // on the fifth
inline constexpr std::uint8_t kIpx = 0x0e;
inline constexpr std::uint8_t kSmb = 0x0f;
inline constexpr std::uint8_t kNamedPipe = 0x10;
inline constexpr std::uint8_t kNetbios = 0x11;
inline constexpr std::uint8_t kNetbiosSession = 0x12;
inline constexpr std::uint8_t kNetbiosIpx = 0x14;
inline constexpr std::uint8_t kAppletalkStream = 0x16;
inline constexpr std::uint8_t kAppletalkDatagram = 0x17;
inline constexpr std::uint8_t kAppletalk = 0x18;
inline constexpr std::uint8_t kVinesSpp = 0x1a;
inline constexpr std::uint8_t kVinesIpc = 0x1b;
inline constexpr std::uint8_t kStreettalk = 0x1c;
inline constexpr std::uint8_t kHttp = 0x1f;
inline constexpr std::uint8_t kUnixSocket = 0x20;
}  // namespace floor_id

/// What a floor's right side holds.
enum class FloorForm : std::uint8_t {
  none,
  port,   // 16 bits, big-endian
  octet,  // an 8-bit number
  text,   // octets up to a zero octet
  ipv4,   // 4 octets
  ipx,    // network (4) and node (6)
};

/// Who must be on the fifth floor.
enum class Presence : std::uint8_t { absent, optional, required };

struct ProtocolSequenceShape {
  ProtocolSequence sequence = ProtocolSequence::unknown;
  std::string_view name;
  std::uint8_t rpc = 0;        // third floor
  std::uint8_t transport = 0;  // fourth floor: the endpoint
  FloorForm endpoint = FloorForm::none;
  std::uint8_t network = 0;  // fifth floor: the host's address
  FloorForm address = FloorForm::none;
  Presence host = Presence::absent;
};

/// Every known protocol sequence, without `unknown`.
[[nodiscard]] std::span<const ProtocolSequenceShape> protocol_sequences();
/// Null for `unknown`.
[[nodiscard]] const ProtocolSequenceShape* shape_of(ProtocolSequence sequence);

/// `ncacn_ip_tcp`; `unknown` for unknown.
[[nodiscard]] std::string_view to_string(ProtocolSequence sequence);
/// By name, case ignored as Windows does.
[[nodiscard]] std::optional<ProtocolSequence> parse_protocol_sequence(std::string_view name);
std::ostream& operator<<(std::ostream& out, ProtocolSequence sequence);

}  // namespace pinhole::epm
