// SPDX-License-Identifier: Apache-2.0
#pragma once
// What firewalld brings along and a text need not hold: services, zones, ICMP types, protocols
// (its own files below /usr/lib/firewalld; IANA's protocol numbers).

#include <cstdint>
#include <optional>
#include <string_view>

namespace pinhole::firewall::firewalld {

/// Items with blanks between: `tcp/22`, `udp/500-600`, and a name for a service that is included.
[[nodiscard]] std::optional<std::string_view> known_service(std::string_view name);

struct KnownZone {
  std::string_view name;
  std::string_view target;
  bool masquerade = false;
};
[[nodiscard]] const KnownZone* known_zone(std::string_view name);

struct IcmpCode {
  std::uint32_t type = 0;
  std::optional<std::uint32_t> code;
};
/// Of ICMP (protocol 1) or ICMPv6 (58).
[[nodiscard]] std::optional<IcmpCode> known_icmp(std::string_view name, std::uint32_t protocol);

/// `tcp`, `6`.
[[nodiscard]] std::optional<std::uint32_t> protocol_number(std::string_view name);

}  // namespace pinhole::firewall::firewalld
