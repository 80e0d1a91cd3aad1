// SPDX-License-Identifier: Apache-2.0
#include "firewall/zone_ranges.hpp"

#include <algorithm>
#include <iterator>

#include "firewall/address_number.hpp"

namespace pinhole::firewall {
namespace {

std::vector<AddressNumbers> ranges_of(const std::vector<IpPrefix>& prefixes) {
  std::vector<AddressNumbers> ranges;
  ranges.reserve(prefixes.size());
  for (const IpPrefix& prefix : prefixes) {
    const AddressRange range = range_of(prefix);
    ranges.push_back({number_of(range.first), number_of(range.last)});
  }
  join(ranges);
  return ranges;
}

std::vector<AddressNumbers> complement(const std::vector<AddressNumbers>& ranges, Family family) {
  const U128 most = family == Family::v4 ? U128{0xffffffff} : ~U128{0};
  std::vector<AddressNumbers> result;
  U128 next = 0;
  for (const AddressNumbers& range : ranges) {
    if (range.first > next) {
      result.push_back({next, range.first - 1});
    }
    if (range.last == most) {
      return result;
    }
    next = range.last + 1;
  }
  result.push_back({next, most});
  return result;
}

std::vector<AddressNumbers> ranges_of(const ZoneAddresses& zone, Family family) {
  std::vector<AddressNumbers> ranges = ranges_of(zone.own);
  if (zone.rest) {
    std::ranges::copy(complement(ranges_of(zone.others), family), std::back_inserter(ranges));
    join(ranges);
  }
  return ranges;
}

std::vector<IpPrefix> prefixes_of(const std::vector<AddressNumbers>& ranges, Family family) {
  std::vector<IpPrefix> result;
  for (const AddressNumbers& range : ranges) {
    std::ranges::copy(
        prefixes_of(AddressRange{address_of(range.first, family), address_of(range.last, family)}),
        std::back_inserter(result));
  }
  return result;
}

}  // namespace

std::vector<IpPrefix> prefixes_of(const ZoneAddresses& zone, Family family) {
  return prefixes_of(ranges_of(zone, family), family);
}

std::vector<IpPrefix> held_by(const ZoneAddresses& zone, const std::vector<IpPrefix>& prefixes,
                              Family family) {
  const std::vector<AddressNumbers> wanted = ranges_of(of_family(prefixes, family));
  const std::vector<AddressNumbers> held = ranges_of(zone, family);
  std::vector<AddressNumbers> both;
  for (std::size_t i = 0, j = 0; i < wanted.size() && j < held.size();) {
    const U128 first = std::max(wanted[i].first, held[j].first);
    const U128 last = std::min(wanted[i].last, held[j].last);
    if (first <= last) {
      both.push_back({first, last});
    }
    (wanted[i].last < held[j].last ? i : j) += 1;
  }
  return prefixes_of(both, family);
}

}  // namespace pinhole::firewall
