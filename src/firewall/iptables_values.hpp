// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values as iptables writes them (iptables(8), iptables-extensions(8)); none where one is not
// understood.

#include <optional>
#include <string_view>
#include <vector>

#include "firewall/ruleset.hpp"

namespace pinhole::firewall::iptables {

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, and lists of these.
[[nodiscard]] std::optional<std::vector<Element>> addresses(std::string_view list);
/// `10.0.0.1-10.0.0.9`, or one address.
[[nodiscard]] std::optional<AddressRange> address_range(std::string_view text);
/// `eth0`, `eth+`.
[[nodiscard]] Element interface(std::string_view text);
/// `tcp`, `6`. `all` has no elements.
[[nodiscard]] std::optional<std::vector<Element>> protocol(std::string_view text);
/// `80`, `80:90`, `:90`, `80:`, and with commas between.
[[nodiscard]] std::optional<std::vector<Element>> ports(std::string_view list);
/// `SYN,ACK SYN` as mask and value.
[[nodiscard]] std::optional<Element> tcp_flags(std::string_view mask, std::string_view value);

/// `8`, `8/0`, `echo-request`. `any` has no type.
struct IcmpType {
  std::optional<std::uint32_t> type;
  std::optional<std::uint32_t> code;
};
[[nodiscard]] std::optional<IcmpType> icmp_type(std::string_view text, TableFamily family);

/// `NEW,ESTABLISHED` as kState... bits; `DNAT` alone is its own bit.
inline constexpr std::uint32_t kStateDnat = 1U << 16U;
[[nodiscard]] std::optional<std::vector<std::uint32_t>> states(std::string_view list);

/// `10.0.0.5`, `10.0.0.5:80-90`, `[fd00::5]:80`, `:80`.
[[nodiscard]] std::optional<NatTarget> nat_target(std::string_view text);

}  // namespace pinhole::firewall::iptables
