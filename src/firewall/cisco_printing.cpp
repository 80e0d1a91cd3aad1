// SPDX-License-Identifier: Apache-2.0
#include "firewall/cisco_printing.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace pinhole::firewall {
namespace {

/// `nameif` of an ASA; names of interfaces of IOS are shorter.
constexpr std::size_t kLongestInterface = 48;

U128 last_of(Family family) {
  return family == Family::v4 ? U128{0xffffffff} : ~U128{0};
}

AddressNumbers numbers_of(const IpPrefix& prefix) {
  const AddressRange range = range_of(prefix);
  return {number_of(range.first), number_of(range.last)};
}

std::vector<AddressNumbers> numbers_of(const std::vector<IpPrefix>& prefixes) {
  std::vector<AddressNumbers> numbers;
  numbers.reserve(prefixes.size());
  for (const IpPrefix& prefix : prefixes) {
    numbers.push_back(numbers_of(prefix));
  }
  join(numbers);
  return numbers;
}

/// What is not in the ranges, which are sorted and apart.
std::vector<AddressNumbers> outside_of(const std::vector<AddressNumbers>& ranges, Family family) {
  std::vector<AddressNumbers> outside;
  U128 next = 0;
  for (const AddressNumbers& range : ranges) {
    if (range.first > next) {
      outside.push_back({next, range.first - 1});
    }
    if (range.last == last_of(family)) {
      return outside;
    }
    next = range.last + 1;
  }
  outside.push_back({next, last_of(family)});
  return outside;
}

std::vector<IpPrefix> prefixes(std::vector<AddressNumbers> ranges, Family family) {
  join(ranges);
  std::vector<IpPrefix> all;
  for (const AddressNumbers& range : ranges) {
    std::ranges::move(
        prefixes_of({address_of(range.first, family), address_of(range.last, family)}),
        std::back_inserter(all));
  }
  return all;
}

std::string mask(const IpPrefix& prefix, bool turned) {
  const std::uint32_t ones = prefix.length == 0 ? 0 : ~0U << (32U - prefix.length);
  return to_string(IpAddress::v4(turned ? ~ones : ones));
}

bool is_cisco_interface(std::string_view name) {
  return name.size() <= kLongestInterface && std::ranges::all_of(name, [](char c) {
           return c > ' ' && c < 0x7f && std::string_view("?!\"").find(c) == std::string_view::npos;
         });
}

}  // namespace

ZoneCuts::ZoneCuts(const Policy& policy) {
  for (ZoneIndex zone = 0; zone < policy.zones.size(); ++zone) {
    for (const Family family : kFamilies) {
      const ZoneAddresses addresses = addresses_of(policy, zone, family);
      std::vector<AddressNumbers> held = numbers_of(addresses.own);
      if (addresses.rest) {
        std::ranges::move(outside_of(numbers_of(addresses.others), family),
                          std::back_inserter(held));
        join(held);
      }
      (family == Family::v4 ? v4_ : v6_).push_back(std::move(held));
    }
  }
}

const std::vector<AddressNumbers>& ZoneCuts::held(ZoneIndex zone, Family family) const {
  return (family == Family::v4 ? v4_ : v6_).at(zone);
}

std::vector<IpPrefix> ZoneCuts::within(ZoneIndex zone, const std::vector<IpPrefix>& wanted,
                                       Family family) const {
  const std::vector<AddressNumbers>& zone_holds = held(zone, family);
  std::vector<AddressNumbers> kept;
  for (const IpPrefix& prefix : of_family(wanted, family)) {
    const AddressNumbers all = numbers_of(prefix);
    auto at = std::ranges::lower_bound(zone_holds, all.first, {}, &AddressNumbers::last);
    for (; at != zone_holds.end() && at->first <= all.last; ++at) {
      kept.push_back({std::max(at->first, all.first), std::min(at->last, all.last)});
    }
  }
  return prefixes(std::move(kept), family);
}

std::vector<IpPrefix> ZoneCuts::of_zones(const std::vector<ZoneIndex>& zones, Family family) const {
  std::vector<AddressNumbers> all;
  for (const ZoneIndex zone : zones) {
    std::ranges::copy(held(zone, family), std::back_inserter(all));
  }
  return prefixes(std::move(all), family);
}

std::vector<CutLine> cut(const ZoneCuts& cuts, const std::vector<Line>& lines, Family family) {
  std::vector<CutLine> kept;
  for (const Line& line : lines) {
    const Protocol other = family == Family::v4 ? Protocol::icmpv6 : Protocol::icmp;
    if (line.protocol == other) {
      continue;
    }
    CutLine one{&line, family, cuts.within(line.from, *line.sources, family),
                cuts.within(line.to, *line.destinations, family)};
    if (!one.sources.empty() && !one.destinations.empty()) {
      kept.push_back(std::move(one));
    }
  }
  return kept;
}

std::vector<InterfaceZones> by_interface(const Policy& policy) {
  std::vector<InterfaceZones> all;
  for (ZoneIndex zone = 0; zone < policy.zones.size(); ++zone) {
    const std::string& name = policy.zones[zone].interface;
    auto same = std::ranges::find(all, name, &InterfaceZones::interface);
    if (same == all.end()) {
      all.push_back({name, {}});
      same = std::prev(all.end());
    }
    same->zones.push_back(zone);
  }
  return all;
}

std::string cisco_text(std::string_view text, std::size_t limit) {
  std::string clean = clean_text(text, limit);
  for (char& c : clean) {
    c = c == '?' || static_cast<unsigned char>(c) >= 0x7f ? '.' : c;
  }
  return clean;
}

std::vector<std::string> remarks_of(const Line& line, std::size_t limit) {
  std::vector<std::string> remarks;
  remarks.reserve(line.reasons->size());
  for (const Reason& reason : *line.reasons) {
    const std::string answers = line.kind == Line::Kind::answers ? "answers " : "";
    const std::string text = reason.text.empty() ? "" : ": " + reason.text;
    remarks.push_back(cisco_text(fmt::format("{}{}{}", answers, reason.flow, text), limit));
  }
  return remarks;
}

std::string version_of(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  return fmt::format("{:08x}", hash);
}

std::string netmask(const IpPrefix& prefix) {
  return mask(prefix, false);
}

std::string wildcard(const IpPrefix& prefix) {
  return mask(prefix, true);
}

Diagnostic cisco_refusal(std::string_view backend, std::string_view id, std::string message,
                         std::string_view remedy) {
  return {.id = std::string(id),
          .severity = Severity::error,
          .place = {.name = std::string(backend), .line = 0, .column = 0, .offset = {}},
          .message = std::move(message),
          .remedy = std::string(remedy),
          .exit = Exit::usage};
}

Diagnostics cisco_refusals_of(const Policy& policy, std::string_view backend) {
  Diagnostics found = contradictions_of(policy, backend);
  std::size_t without = 0;
  for (const Zone& zone : policy.zones) {
    without += zone.interface.empty() ? 1 : 0;
    if (!is_cisco_interface(zone.interface)) {
      found.push_back(cisco_refusal(backend, "firewall-interface-name",
                                    fmt::format("zone {}: no interface of a Cisco device is named "
                                                "{}",
                                                zone.name, clean_text(zone.interface, 64)),
                                    "give the name that the device's configuration shows, without "
                                    "blanks"));
    }
  }
  if (without != 0 && without != policy.zones.size()) {
    found.push_back(cisco_refusal(backend, "cisco-interface-missing",
                                  "some zones have an interface and others have none",
                                  "give each zone its interface, or none of them"));
  }
  return found;
}

}  // namespace pinhole::firewall
