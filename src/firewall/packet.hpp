// SPDX-License-Identifier: Apache-2.0
#pragma once
// One packet as people write it, and the interfaces that a computation tells apart.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/diagnostic.hpp"
#include "firewall/model.hpp"
#include "firewall/packet_set.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// TCP flags of the first packet of a connection: SYN alone.
inline constexpr std::uint32_t kFirstTcpFlags = 2;

/// The first packet of a connection. ICMP and ICMPv6: destination_port is type * 256 + code.
struct Packet {
  std::string in_interface;   // empty: one that no rule names
  std::string out_interface;  // likewise
  IpAddress source;
  IpAddress destination;  // of the same family
  std::uint8_t protocol = 6;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;

  friend bool operator==(const Packet&, const Packet&) = default;
};

/// `[in IF] [out IF] PROTOCOL SOURCE[:PORT] to DESTINATION[:PORT]`, IPv6 with a port in brackets,
/// `>` or `->` for `to`;
/// PROTOCOL is tcp, udp, icmp, icmpv6 or a number; ICMP ends in `type N [code N]`. A source port
/// that is not said is 40000. TCP and UDP need a destination port.
[[nodiscard]] Checked<Packet> parse_packet(std::string_view text);
[[nodiscard]] std::string to_string(const Packet& packet);

/// `tcp`, `udp`, ..., or the number.
[[nodiscard]] std::string protocol_name(std::uint8_t protocol);

/// Every name and prefix of names that somebody's rules know, and one sample for all others that
/// begin with each prefix (or with none of them).
class Interfaces {
 public:
  explicit Interfaces(std::vector<InterfaceName> names);

  /// The indices that a rule's name stands for.
  [[nodiscard]] std::vector<NumberRange> matching(const InterfaceName& name) const;
  /// Packets between interfaces of this table.
  [[nodiscard]] PacketSet universe() const;
  [[nodiscard]] Packet packet(const PacketPoint& point) const;
  /// Names that the table does not have become the sample of their prefix.
  [[nodiscard]] PacketPoint point(const Packet& packet) const;

 private:
  struct Entry {
    InterfaceName name;
    std::string sample;  // empty: of no prefix
  };

  [[nodiscard]] std::uint32_t index_of(const std::string& name) const;

  std::vector<Entry> entries_;  // exact names first, then prefixes, the empty one last
};

/// Appends the interfaces that a rule set names, or a policy's zones.
void collect_interfaces(const Ruleset& ruleset, std::vector<InterfaceName>& names);
void collect_interfaces(const Policy& policy, std::vector<InterfaceName>& names);

[[nodiscard]] bool matches(const InterfaceName& pattern, std::string_view name);

}  // namespace pinhole::firewall
