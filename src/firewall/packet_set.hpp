// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sets of packets as decision diagrams: exact, whatever their number. A packet is the first one of
// a connection; for ICMP and ICMPv6 the destination port is type * 256 + code.
//
// Order of the variables, each field from its highest bit: family, interfaces, destination,
// protocol, destination port, source, source port. An IPv4 address uses the first 32 of an
// address's 128 bits; the rest is never looked at.
//
// All sets live in one table of the process: only one thread at a time may use this header. A
// computation that needs more than kMostNodes throws TooComplex; the room's functions that return
// Checked catch it.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <vector>

#include "base/address.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

inline constexpr int kMostNodes = 30'000'000;  // of some 24 octets each
inline constexpr std::uint32_t kMostInterfaces = 4096;

class TooComplex : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override {
    return "the packet sets outgrow their memory";
  }
};

/// One packet, its interfaces by their index in an Interfaces table.
struct PacketPoint {
  std::uint32_t in_interface = 0;
  std::uint32_t out_interface = 0;
  IpAddress source;
  IpAddress destination;  // of the same family
  std::uint8_t protocol = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;

  friend bool operator==(const PacketPoint&, const PacketPoint&) = default;
};

/// A handle that counts its references; cheap to copy.
class PacketSet {
 public:
  PacketSet();  // no packet
  PacketSet(const PacketSet& other);
  PacketSet(PacketSet&& other) noexcept;
  PacketSet& operator=(PacketSet other) noexcept;
  ~PacketSet();

  [[nodiscard]] static PacketSet all();
  /// Packets whose field is in one of the ranges. Fields: interfaces (by index), family (4, 6),
  /// protocol, ports, icmp_type, icmp_code. Numbers beyond the field's width never match.
  [[nodiscard]] static PacketSet numbers(Field field, const std::vector<NumberRange>& ranges);
  /// Packets whose source or destination is in one of the ranges, of their family only.
  [[nodiscard]] static PacketSet addresses(Field field, std::span<const AddressRange> ranges);
  [[nodiscard]] static PacketSet any_of(std::vector<PacketSet> sets);

  [[nodiscard]] bool empty() const;
  /// How many packets, to a double's precision; each pair of kMostInterfaces interfaces counts.
  [[nodiscard]] double count() const;
  /// Diagram nodes: what the set costs.
  [[nodiscard]] int nodes() const;
  /// The first packet in the order of the variables; the set is not empty.
  [[nodiscard]] PacketPoint smallest() const;
  [[nodiscard]] bool contains(const PacketPoint& packet) const;

  /// The packets that would be in the set if their destination were this address.
  [[nodiscard]] PacketSet assuming_destination(const IpAddress& address) const;
  /// The packets that would be in the set if their destination port were this one.
  [[nodiscard]] PacketSet assuming_destination_port(std::uint16_t port) const;
  /// The packets that agree in all other fields with one of the set.
  [[nodiscard]] PacketSet forgetting(std::span<const Field> fields) const;

  friend PacketSet operator|(const PacketSet& a, const PacketSet& b);
  friend PacketSet operator&(const PacketSet& a, const PacketSet& b);
  friend PacketSet operator-(const PacketSet& a, const PacketSet& b);
  friend bool operator==(const PacketSet& a, const PacketSet& b) { return a.node_ == b.node_; }
  /// Some order, for maps.
  friend auto operator<=>(const PacketSet& a, const PacketSet& b) { return a.node_ <=> b.node_; }

 private:
  explicit PacketSet(int node);  // takes a reference

  friend class PacketTable;
  int node_ = 0;
};

/// Hosts that are alike: every packet to one of them is in the set where it is for all.
struct DestinationGroup {
  std::vector<AddressRange> addresses;  // in their order
  PacketSet packets;                    // without regard to the destination
};

/// The set split by destination, whatever the interfaces; nothing where that takes more than
/// `most` ranges.
[[nodiscard]] std::optional<std::vector<DestinationGroup>> by_destination(const PacketSet& set,
                                                                          std::size_t most);

}  // namespace pinhole::firewall
