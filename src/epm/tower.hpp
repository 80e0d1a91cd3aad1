// SPDX-License-Identifier: Apache-2.0
#pragma once
// Protocol towers (C706 appendix L; [MS-RPCE] 2.2.1.2): the octets of a twr_t.
//
//   floor count (16 bits), then for each floor: left count, left side, right count, right side
//
// Counts, UUIDs and versions are little-endian whatever the PDU's byte order, ports and addresses
// big-endian. Floor 1 is the interface, 2 the transfer syntax, 3 the RPC protocol, and those below
// it say where: the endpoint, and for most the host. Local sequences have four floors.
//
// A view borrows from the octets that it was read from.

#include <array>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "base/wire.hpp"
#include "dcerpc/syntax.hpp"
#include "epm/protocol_sequence.hpp"

namespace pinhole::epm {

/// Limits of every tower read or kept.
inline constexpr std::size_t kMaxFloors = 16;
inline constexpr std::size_t kMaxTowerOctets = 4096;

struct Floor {
  ByteView lhs;
  ByteView rhs;
  /// The protocol identifier: the first octet of the left side, 0 where that is empty.
  [[nodiscard]] std::uint8_t id() const {
    return lhs.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(lhs.front());
  }
};

/// The floors as they stand, whatever they mean.
struct Floors {
  std::array<Floor, kMaxFloors> floors;
  std::size_t count = 0;
  ByteView tail;  // octets after the last floor: no meaning, kept

  [[nodiscard]] std::span<const Floor> all() const { return std::span(floors).first(count); }
};

/// Fails where a count leads beyond the view, with no floor, more than kMaxFloors or more than
/// kMaxTowerOctets.
[[nodiscard]] Decoded<Floors> read_floors(ByteView tower);
/// The inverse of read_floors: the same octets.
[[nodiscard]] Bytes write_floors(const Floors& floors);

/// What a tower says.
struct TowerView {
  dcerpc::SyntaxId interface;
  dcerpc::SyntaxId transfer_syntax;
  ProtocolSequence sequence = ProtocolSequence::unknown;
  ByteView endpoint;  // right side of the endpoint's floor; empty when unknown
  ByteView address;   // right side of the host's floor; empty when there is none
  Floors floors;

  /// Where `address` lies in the tower's octets: an IPv4 address may be overwritten there.
  [[nodiscard]] std::optional<std::size_t> ipv4_offset(ByteView tower) const;
};

/// Reads a tower and its meaning. Beyond read_floors it fails where the first two floors are no
/// syntax identifiers, where there are fewer floors than the protocol sequence needs (never fewer
/// than four), and where a right side has not the size of its form. A protocol sequence that is
/// not known is no error. Endpoint and host floors may stand in either order.
[[nodiscard]] Decoded<TowerView> read_tower(ByteView tower);

/// The TCP, UDP, HTTP, SPX, IPX, Vines or NetBIOS number; none for text endpoints.
[[nodiscard]] std::optional<std::uint16_t> port_of(const TowerView& view);
/// The endpoint as in a binding string; a zero port is empty. Text is as the peer sent it.
[[nodiscard]] std::string endpoint_of(const TowerView& view);
/// The host as in a binding string; empty when there is none.
[[nodiscard]] std::string address_of(const TowerView& view);
/// First octets of the left sides from the third floor down: equal for equal protocols, known or
/// not. Fits the string's own storage.
[[nodiscard]] std::string protocol_ids(const Floors& floors);

/// A tower as a value.
struct Tower {
  dcerpc::SyntaxId interface;
  dcerpc::SyntaxId transfer_syntax = dcerpc::kNdr32;
  ProtocolSequence sequence = ProtocolSequence::unknown;
  std::string endpoint;  // empty: zero, or empty text
  std::string address;   // empty: zero, or empty text

  friend bool operator==(const Tower&, const Tower&) = default;
};

[[nodiscard]] Tower to_tower(const TowerView& view);

/// The octets. An IPv6 address is written as 0.0.0.0: no standard floor exists for it, and the
/// client knows how it reached the host. Fails for an unknown protocol sequence, an endpoint that
/// is no number where a number is due, a name in an IP floor, text longer than a floor may be.
[[nodiscard]] Checked<Bytes> write_tower(const Tower& tower);

/// `uuid,1.0 ncacn_ip_tcp:10.0.0.5[135]`
[[nodiscard]] std::string to_string(const Tower& tower);
std::ostream& operator<<(std::ostream& out, const Tower& tower);

}  // namespace pinhole::epm
