// SPDX-License-Identifier: Apache-2.0
#include "firewall/flat_rules.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "firewall/address_number.hpp"

namespace pinhole::firewall {
namespace {

using Ranges = std::vector<AddressNumbers>;

Ranges ranges_of(const std::vector<IpPrefix>& prefixes, Family family) {
  Ranges ranges;
  for (const IpPrefix& prefix : prefixes) {
    if (prefix.address.family == family) {
      const AddressRange range = range_of(prefix);
      ranges.push_back({number_of(range.first), number_of(range.last)});
    }
  }
  join(ranges);
  return ranges;
}

Ranges all_but(const Ranges& ranges, Family family) {
  const U128 end = family == Family::v4 ? U128{0xffffffffU} : ~U128{0};
  Ranges left;
  U128 next = 0;
  for (const AddressNumbers& range : ranges) {
    if (range.first > next) {
      left.push_back({next, range.first - 1});
    }
    if (range.last == end) {
      return left;
    }
    next = range.last + 1;
  }
  left.push_back({next, end});
  return left;
}

Ranges common(const Ranges& one, const Ranges& other) {
  Ranges both;
  for (auto a = one.begin(), b = other.begin(); a != one.end() && b != other.end();) {
    const U128 first = std::max(a->first, b->first);
    const U128 last = std::min(a->last, b->last);
    if (first <= last) {
      both.push_back({first, last});
    }
    (a->last < b->last ? a : b)++;
  }
  return both;
}

/// The addresses of each zone, reckoned once.
class ZoneRanges {
 public:
  explicit ZoneRanges(const Policy& policy) {
    for (const Family family : kFamilies) {
      std::vector<Ranges>& zones = zones_.emplace_back();
      for (ZoneIndex zone = 0; zone < policy.zones.size(); ++zone) {
        const ZoneAddresses addresses = addresses_of(policy, zone, family);
        Ranges ranges = ranges_of(addresses.own, family);
        if (addresses.rest) {
          const Ranges rest = all_but(ranges_of(addresses.others, family), family);
          ranges.insert(ranges.end(), rest.begin(), rest.end());
          join(ranges);
        }
        zones.push_back(std::move(ranges));
      }
    }
  }

  [[nodiscard]] std::vector<IpPrefix> held(ZoneIndex zone, const std::vector<IpPrefix>& prefixes,
                                           Family family) const {
    const Ranges& of_zone = zones_.at(family == Family::v4 ? 0 : 1).at(zone);
    std::vector<IpPrefix> result;
    for (const AddressNumbers& range : common(ranges_of(prefixes, family), of_zone)) {
      const auto part =
          prefixes_of({address_of(range.first, family), address_of(range.last, family)});
      result.insert(result.end(), part.begin(), part.end());
    }
    return result;
  }

 private:
  std::vector<std::vector<Ranges>> zones_;  // by family, by zone
};

bool fits(Protocol protocol, Family family) {
  return protocol == Protocol::icmp     ? family == Family::v4
         : protocol == Protocol::icmpv6 ? family == Family::v6
                                        : true;
}

}  // namespace

std::vector<FlatRule> flat_rules_of(const Policy& policy) {
  const ZoneRanges zones(policy);
  std::vector<FlatRule> rules;
  for (const Line& line : lines_of(policy)) {
    for (const Family family : kFamilies) {
      FlatRule rule{.family = family,
                    .sources = zones.held(line.from, *line.sources, family),
                    .destinations = zones.held(line.to, *line.destinations, family),
                    .protocol = line.protocol,
                    .source_ports = line.source_ports,
                    .ports = line.ports,
                    .reasons = line.reasons};
      if (fits(line.protocol, family) && !rule.sources.empty() && !rule.destinations.empty()) {
        rules.push_back(std::move(rule));
      }
    }
  }
  return rules;
}

Diagnostic refusal_by(std::string_view backend, std::string_view id, std::string message,
                      std::string_view remedy) {
  return {.id = std::string(id),
          .severity = Severity::error,
          .place = {.name = std::string(backend), .line = 0, .column = 0, .offset = {}},
          .message = std::move(message),
          .remedy = std::string(remedy),
          .exit = Exit::usage};
}

Diagnostics refusals_at_hosts(const Policy& policy, std::string_view backend,
                              std::string_view device) {
  Diagnostics found = contradictions_of(policy, backend);
  const auto refuse = [&](std::string_view id, std::string_view what, std::string_view remedy) {
    found.push_back(refusal_by(backend, id, fmt::format("{} {}", device, what), remedy));
  };
  if (std::ranges::any_of(policy.zones, [](const Zone& zone) { return !zone.interface.empty(); })) {
    refuse("firewall-interfaces", "stands at the hosts and tells zones by their addresses alone",
           "compile without a device: leave --device out and name the back-end with --to");
  }
  if (!policy.translations.empty() || !policy.hides.empty()) {
    refuse("firewall-translation", "translates no addresses",
           "translate on a device before it, and compile that with a back-end of its own");
  }
  if (!policy.stateful) {
    refuse("firewall-stateless", "always knows what is an answer", "set stateful = true");
  }
  if (std::ranges::any_of(policy.rules, &Rule::log)) {
    refuse("firewall-log", "cannot log what one rule lets through",
           "take the log out of the rules; log all that passes where the firewall is set up");
  }
  return found;
}

std::vector<std::string> lists_of(const std::vector<std::string>& texts, std::string_view between,
                                  std::size_t longest, std::size_t most) {
  std::vector<std::string> lists;
  std::size_t count = 0;
  for (const std::string& text : texts) {
    const bool fits = !lists.empty() && count < most &&
                      lists.back().size() + between.size() + text.size() <= longest;
    if (fits) {
      lists.back() += between;
      lists.back() += text;
      ++count;
    } else {
      lists.push_back(text);
      count = 1;
    }
  }
  return lists;
}

std::vector<std::string> texts_of(const PortSet& ports) {
  std::vector<std::string> texts;
  for (const PortRange& range : ports.ranges()) {
    texts.push_back(to_string(range));
  }
  return texts;
}

}  // namespace pinhole::firewall
