// SPDX-License-Identifier: Apache-2.0
#include "firewall/address_number.hpp"

#include <algorithm>
#include <utility>

namespace pinhole::firewall {
namespace {

unsigned width_of(IpAddress::Family family) {
  return family == IpAddress::Family::v4 ? 32 : 128;
}

}  // namespace

U128 number_of(const IpAddress& address) {
  U128 number = 0;
  for (std::size_t i = 0; i < width_of(address.family) / 8; ++i) {
    number = number << 8U | address.octets.at(i);
  }
  return number;
}

IpAddress address_of(U128 number, IpAddress::Family family) {
  IpAddress address;
  address.family = family;
  for (std::size_t i = width_of(family) / 8; i > 0; --i) {
    address.octets.at(i - 1) = static_cast<std::uint8_t>(number & 0xffU);
    number >>= 8U;
  }
  return address;
}

void join(std::vector<AddressNumbers>& ranges) {
  std::ranges::sort(ranges, {}, &AddressNumbers::first);
  std::vector<AddressNumbers> result;
  for (const AddressNumbers& range : ranges) {
    if (!result.empty() &&
        (range.first <= result.back().last || range.first - result.back().last == 1)) {
      result.back().last = std::max(result.back().last, range.last);
    } else {
      result.push_back(range);
    }
  }
  ranges = std::move(result);
}

AddressRange range_of(const IpPrefix& prefix) {
  const unsigned left = width_of(prefix.address.family) - prefix.length;
  const U128 host = left == 128 ? ~U128{0} : (U128{1} << left) - 1;
  return {prefix.address, address_of(number_of(prefix.address) | host, prefix.address.family)};
}

std::vector<IpPrefix> prefixes_of(const AddressRange& range) {
  const unsigned width = width_of(range.first.family);
  const U128 last = number_of(range.last);
  std::vector<IpPrefix> result;
  for (U128 next = number_of(range.first);;) {
    // The largest block that begins here and ends in the range.
    unsigned left = 0;
    const auto mask = [](unsigned bits) { return bits == 128 ? ~U128{0} : (U128{1} << bits) - 1; };
    while (left < width && (next & mask(left + 1)) == 0 && last - next >= mask(left + 1)) {
      ++left;
    }
    result.push_back(
        {address_of(next, range.first.family), static_cast<std::uint8_t>(width - left)});
    if (last - next == mask(left)) {
      return result;
    }
    next += mask(left) + 1;
  }
}

std::vector<IpPrefix> joined(std::span<const IpPrefix> prefixes) {
  std::vector<IpPrefix> result;
  for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
    std::vector<AddressNumbers> ranges;
    for (const IpPrefix& prefix : prefixes) {
      if (prefix.address.family == family) {
        const AddressRange range = range_of(prefix);
        ranges.push_back({number_of(range.first), number_of(range.last)});
      }
    }
    join(ranges);
    for (const AddressNumbers& range : ranges) {
      const auto part =
          prefixes_of({address_of(range.first, family), address_of(range.last, family)});
      result.insert(result.end(), part.begin(), part.end());
    }
  }
  return result;
}

}  // namespace pinhole::firewall
