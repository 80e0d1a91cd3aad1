// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values as pf.conf(5) writes them; none where one is not understood.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "firewall/ruleset.hpp"

namespace pinhole::firewall::pf {

/// `10.0.0.1`, `10/8`, `10.0.0.1-10.0.0.9`, `2001:db8::/32`.
[[nodiscard]] std::optional<AddressRange> addresses(std::string_view text);
/// `tcp`, `6`.
[[nodiscard]] std::optional<std::uint32_t> protocol(std::string_view text);
/// `22`, `ssh`.
[[nodiscard]] std::optional<std::uint32_t> port(std::string_view text);
/// What stands between an operator's sides: `= 22`, `!= 22`, `>= 1024`; `first` is the left side of
/// `:`, `><` and `<>`.
[[nodiscard]] std::vector<NumberRange> port_ranges(std::string_view op, std::uint32_t first,
                                                   std::uint32_t last);
/// `S/SA` as mask and value; none for flags that a first packet may have or not.
[[nodiscard]] std::optional<MaskedNumber> flags(std::string_view text);
/// A type by number or name, of ICMP or ICMPv6.
[[nodiscard]] std::optional<std::uint32_t> icmp_type(std::string_view text, bool v6);
/// em0, vlan10: letters and a number. A group has no number.
[[nodiscard]] bool is_interface(std::string_view text);

/// The addresses of a table: those whose nearest entry is not negated.
struct TableEntry {
  AddressRange range;
  bool negated = false;
};
[[nodiscard]] std::vector<AddressRange> table_ranges(std::vector<TableEntry> entries);

}  // namespace pinhole::firewall::pf
