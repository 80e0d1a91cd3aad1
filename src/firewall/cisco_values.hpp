// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values as ASA and IOS write them: Cisco ASA Series General Operations CLI Configuration Guide,
// "Addresses, Protocols, and Ports"; Cisco IOS Security Command Reference, `permit (IP)` and
// `permit (IPv6)`. None where one is not understood.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "firewall/cisco_config.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall::cisco {

/// `tcp`, `6`; `ip` and `ipv6` are all of them.
[[nodiscard]] std::optional<NumberRange> protocol(std::string_view word);

/// `135`, `www`.
[[nodiscard]] std::optional<std::uint32_t> port(std::string_view word);

/// `eq 80`, `eq 80 443` (IOS), `neq 80`, `lt 1024`, `gt 1023`, `range 20 21`. The words stay where
/// they are unless it is understood; none where no operator stands there.
[[nodiscard]] std::optional<std::vector<NumberRange>> port_operator(Words& words);
[[nodiscard]] bool is_port_operator(std::string_view word);

struct IcmpType {
  std::uint32_t type = 0;
  std::optional<std::uint32_t> code;
};
/// `echo`, `8`, `port-unreachable`.
[[nodiscard]] std::optional<IcmpType> icmp_type(std::string_view word, bool v6);

enum class Mask : std::uint8_t { netmask, wildcard };
/// An IPv4 address and mask, with or without holes; none where too many ranges would be needed.
[[nodiscard]] std::optional<std::vector<AddressRange>> masked(const IpAddress& address,
                                                              const IpAddress& mask, Mask kind);
/// `2001:db8::1/48`: bits behind the prefix are of no account.
[[nodiscard]] std::optional<AddressRange> prefix_range(std::string_view text);

[[nodiscard]] AddressRange all_addresses(IpAddress::Family family);

}  // namespace pinhole::firewall::cisco
