// SPDX-License-Identifier: Apache-2.0
#pragma once
// Addresses as numbers: what ranges and prefixes are reckoned in.

#include <span>
#include <vector>

#include "base/address.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

__extension__ using U128 = unsigned __int128;

/// 32 bits of an IPv4 address, 128 of an IPv6 address.
[[nodiscard]] U128 number_of(const IpAddress& address);
[[nodiscard]] IpAddress address_of(U128 number, IpAddress::Family family);

/// Both ends included.
struct AddressNumbers {
  U128 first = 0;
  U128 last = 0;
};

/// Sorts, and joins what touches or overlaps.
void join(std::vector<AddressNumbers>& ranges);

[[nodiscard]] AddressRange range_of(const IpPrefix& prefix);
/// The fewest prefixes that are the range together, in their order.
[[nodiscard]] std::vector<IpPrefix> prefixes_of(const AddressRange& range);
/// The fewest prefixes that hold the same addresses, IPv4 first, in their order.
[[nodiscard]] std::vector<IpPrefix> joined(std::span<const IpPrefix> prefixes);

}  // namespace pinhole::firewall
