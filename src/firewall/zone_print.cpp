// SPDX-License-Identifier: Apache-2.0
#include "firewall/zone_print.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "firewall/address_number.hpp"

namespace pinhole::firewall {
namespace {

using Numbers = std::vector<AddressNumbers>;  // sorted, apart

/// Of a device zone's name, beside `pinhole-` and its number.
constexpr std::size_t kLongestZoneWord = 18;

AddressNumbers whole(Family family) {
  return {0, family == Family::v4 ? U128{0xffffffffU} : ~U128{0}};
}

Numbers numbers_of(const std::vector<IpPrefix>& prefixes, Family family) {
  Numbers numbers;
  for (const IpPrefix& prefix : prefixes) {
    if (prefix.address.family == family) {
      const AddressRange range = range_of(prefix);
      numbers.push_back({number_of(range.first), number_of(range.last)});
    }
  }
  join(numbers);
  return numbers;
}

Numbers complement(const Numbers& numbers, Family family) {
  Numbers left;
  const AddressNumbers all = whole(family);
  U128 next = all.first;
  for (const AddressNumbers& each : numbers) {
    if (each.first > next) {
      left.push_back({next, each.first - 1});
    }
    if (each.last == all.last) {
      return left;
    }
    next = each.last + 1;
  }
  left.push_back({next, all.last});
  return left;
}

Numbers common(const Numbers& some, const Numbers& others) {
  Numbers both;
  for (auto one = some.begin(), other = others.begin();
       one != some.end() && other != others.end();) {
    const U128 first = std::max(one->first, other->first);
    const U128 last = std::min(one->last, other->last);
    if (first <= last) {
      both.push_back({first, last});
    }
    (one->last < other->last ? one : other)++;
  }
  return both;
}

Numbers held(const Policy& policy, ZoneIndex zone, Family family) {
  Numbers numbers = numbers_of(policy.zones[zone].networks, family);
  if (policy.zones[zone].rest) {
    std::vector<IpPrefix> others;
    for (ZoneIndex other = 0; other < policy.zones.size(); ++other) {
      if (other != zone) {
        std::ranges::copy(policy.zones[other].networks, std::back_inserter(others));
      }
    }
    std::ranges::copy(complement(numbers_of(others, family), family), std::back_inserter(numbers));
    join(numbers);
  }
  return numbers;
}

/// As objects of a device: an IPv6 range that is no prefix becomes several.
void append(AddressList& list, const Numbers& numbers, Family family) {
  for (const AddressNumbers& each : numbers) {
    const AddressRange range{address_of(each.first, family), address_of(each.last, family)};
    if (family == Family::v4) {
      list.push_back(range);
      continue;
    }
    for (const IpPrefix& prefix : prefixes_of(range)) {
      list.push_back(range_of(prefix));
    }
  }
}

bool is_whole(const AddressList& list) {
  return std::ranges::all_of(kFamilies, [&](Family family) {
    return std::ranges::any_of(list, [&](const AddressRange& range) {
      return range.first.family == family && number_of(range.first) == 0 &&
             number_of(range.last) == whole(family).last;
    });
  });
}

AddressList any_if_whole(const AddressList& list) {
  return is_whole(list) ? AddressList() : list;
}

class Maker {
 public:
  Maker(const Policy& policy, std::string_view backend, std::size_t longest)
      : policy_(policy), backend_(backend), longest_(longest) {}

  Checked<ZoneTask> make() {
    Diagnostics refused = contradictions_of(policy_, backend_);
    if (refused.empty()) {
      refuse(refused);
    }
    if (!refused.empty()) {
      return tl::unexpected(std::move(refused));
    }
    make_zones();
    if (!task_.zones.empty() && policy_.anti_spoofing) {
      make_spoofed();
    }
    for (const Line& line : lines_of(policy_)) {
      make_permit(line);
    }
    make_denied();
    make_translations();
    make_hides();
    return std::move(task_);
  }

 private:
  void refuse(Diagnostics& refused) const {
    const auto add = [&](std::string id, std::string message, std::string remedy) {
      refused.push_back(
          zone_refusal(backend_, std::move(id), std::move(message), std::move(remedy)));
    };
    if (!policy_.stateful) {
      add("firewall-stateless", "this kind of device keeps state of connections",
          "set stateful = true for the device");
    }
    const auto bare = std::ranges::count(policy_.zones, std::string(), &Zone::interface);
    if (bare != 0 && static_cast<std::size_t>(bare) != policy_.zones.size()) {
      add("firewall-zone-interface", "some zones have an interface and some have none",
          "give the interface of every zone, or of none");
    }
    for (const Zone& zone : policy_.zones) {
      if (std::ranges::any_of(zone.interface, [](char c) {
            return c <= ' ' || c >= 0x7f ||
                   std::string_view("\"'\\;{}[]<>&*?#").find(c) != std::string_view::npos;
          })) {
        add("firewall-interface-name",
            fmt::format("zone {}: no device has an interface named {}", zone.name,
                        clean_text(zone.interface, 64)),
            "give the name that the device shows");
      }
    }
    for (const Rule& rule : policy_.rules) {
      if (rule.from == rule.to) {
        add("firewall-own-service",
            "what the device itself serves is no matter of its zones' rules: " +
                comment_of(rule.reasons, 80),
            "permit it by the device's own settings for administration, and leave the flow out");
      }
    }
    if (bare != 0 && (!policy_.translations.empty() || !policy_.hides.empty())) {
      add("firewall-translation-interface", "translation needs the interfaces of the zones",
          "compile for a device of the topology");
    }
  }

  void make_zones() {
    sides_.resize(policy_.zones.size());
    for (ZoneIndex zone = 0; zone < policy_.zones.size(); ++zone) {
      const std::string& interface = policy_.zones[zone].interface;
      if (interface.empty()) {
        continue;
      }
      const auto known = std::ranges::find(task_.zones, interface, &DeviceZone::interface);
      sides_[zone] = static_cast<std::size_t>(known - task_.zones.begin());
      if (known == task_.zones.end()) {
        task_.zones.push_back(
            {fmt::format("pinhole-{}-{}", task_.zones.size(),
                         word_of(policy_.zones[zone].name).substr(0, kLongestZoneWord)),
             interface,
             {}});
      }
      task_.zones[known_side_of(zone)].zones.push_back(zone);
    }
  }

  /// Where an interface alone names the zone, its rules need not: others are of no account or have
  /// been denied.
  [[nodiscard]] AddressList within(const std::vector<IpPrefix>& prefixes, ZoneIndex zone,
                                   Family family) const {
    Numbers numbers = numbers_of(prefixes, family);
    if (needs_addresses(policy_, zone)) {
      numbers = common(numbers, held(policy_, zone, family));
    }
    AddressList list;
    append(list, numbers, family);
    return list;
  }

  void make_spoofed() {
    for (std::size_t from = 0; from < task_.zones.size(); ++from) {
      AddressList foreign;
      for (const Family family : kFamilies) {
        Numbers own;
        for (const ZoneIndex zone : task_.zones[from].zones) {
          std::ranges::copy(held(policy_, zone, family), std::back_inserter(own));
        }
        join(own);
        append(foreign, complement(own, family), family);
      }
      if (foreign.empty()) {
        continue;
      }
      foreign = any_if_whole(std::move(foreign));
      for (const std::size_t to : partners_of(from)) {
        task_.rules.push_back({.kind = ZoneRule::Kind::spoofed,
                               .from = from,
                               .to = to,
                               .sources = foreign,
                               .destinations = {},
                               .source_ports = {},
                               .ports = {},
                               .log = policy_.log_denied,
                               .about = "not an address of this zone"});
      }
    }
  }

  /// Zones that packets from this one may go to; itself where it stands for several.
  [[nodiscard]] std::vector<std::size_t> partners_of(std::size_t from) const {
    std::vector<std::size_t> partners;
    for (std::size_t to = 0; to < task_.zones.size(); ++to) {
      if (to != from || task_.zones[from].zones.size() > 1) {
        partners.push_back(to);
      }
    }
    return partners;
  }

  void make_permit(const Line& line) {
    ZoneRule rule{.kind = ZoneRule::Kind::permit,
                  .from = sides_[line.from],
                  .to = sides_[line.to],
                  .sources = {},
                  .destinations = {},
                  .protocol = line.protocol,
                  .source_ports = line.source_ports,
                  .ports = line.ports,
                  .log = line.log,
                  .about = comment_of(*line.reasons, longest_)};
    for (const Family family : kFamilies) {
      const bool other_icmp =
          line.protocol == (family == Family::v4 ? Protocol::icmpv6 : Protocol::icmp);
      const AddressList sources = within(*line.sources, line.from, family);
      const AddressList destinations = within(*line.destinations, line.to, family);
      if (!other_icmp && !sources.empty() && !destinations.empty()) {
        std::ranges::copy(sources, std::back_inserter(rule.sources));
        std::ranges::copy(destinations, std::back_inserter(rule.destinations));
      }
    }
    if (!rule.sources.empty()) {
      rule.sources = any_if_whole(std::move(rule.sources));
      rule.destinations = any_if_whole(std::move(rule.destinations));
      task_.rules.push_back(std::move(rule));
    }
  }

  void make_denied() {
    const auto add = [&](std::optional<std::size_t> from, std::optional<std::size_t> to) {
      task_.rules.push_back({.kind = ZoneRule::Kind::denied,
                             .from = from,
                             .to = to,
                             .sources = {},
                             .destinations = {},
                             .source_ports = {},
                             .ports = {},
                             .log = policy_.log_denied,
                             .about = "no flow of the plan"});
    };
    if (task_.zones.empty()) {
      add(std::nullopt, std::nullopt);
    }
    for (std::size_t from = 0; from < task_.zones.size(); ++from) {
      for (const std::size_t to : partners_of(from)) {
        add(from, to);
      }
    }
  }

  /// Of a zone that shares its interface, so that a translation is of its packets alone.
  [[nodiscard]] AddressList sources_of(ZoneIndex zone) const {
    AddressList list;
    if (needs_addresses(policy_, zone)) {
      for (const Family family : kFamilies) {
        append(list, held(policy_, zone, family), family);
      }
    }
    return list;
  }

  [[nodiscard]] std::optional<std::size_t> side_of(const IpAddress& address) const {
    for (ZoneIndex zone = 0; zone < policy_.zones.size(); ++zone) {
      const Numbers numbers = held(policy_, zone, address.family);
      const U128 number = number_of(address);
      if (std::ranges::any_of(numbers, [number](const AddressNumbers& each) {
            return each.first <= number && number <= each.last;
          })) {
        return sides_[zone];
      }
    }
    return std::nullopt;
  }

  void make_translations() {
    for (std::size_t i = 0; i < policy_.translations.size(); ++i) {
      const Translation& one = policy_.translations[i];
      PortSet ports = any_port(one.ports) ? PortSet({0, 65535}) : one.ports;
      for (std::size_t earlier = 0; earlier < i; ++earlier) {
        const Translation& before = policy_.translations[earlier];
        if (before.from == one.from && before.outside == one.outside &&
            before.protocol == one.protocol) {
          ports.erase(any_port(before.ports) ? PortSet({0, 65535}) : before.ports);
        }
      }
      if (ports.empty()) {
        continue;
      }
      AddressList sources;
      std::ranges::copy(firewall::of_family(sources_of(one.from), one.outside.family),
                        std::back_inserter(sources));
      task_.translations.push_back({.from = known_side_of(one.from),
                                    .to = side_of(one.inside),
                                    .sources = std::move(sources),
                                    .outside = one.outside,
                                    .inside = one.inside,
                                    .protocol = one.protocol,
                                    .ports = any_port(ports) ? PortSet() : ports,
                                    .about = comment_of(one.reasons, longest_)});
    }
  }

  /// Of a zone that make_zones has seen, which is every one when these are asked for.
  [[nodiscard]] std::size_t known_side_of(ZoneIndex zone) const { return sides_[zone].value_or(0); }

  void make_hides() {
    const std::set<ZoneIndex> hides(policy_.hides.begin(), policy_.hides.end());
    for (const ZoneIndex zone : hides) {
      for (const std::size_t to : partners_of(known_side_of(zone))) {
        task_.hides.push_back({known_side_of(zone), to, sources_of(zone)});
      }
    }
  }

  const Policy& policy_;
  std::string_view backend_;
  std::size_t longest_;
  std::vector<std::optional<std::size_t>> sides_;  // of each zone of the policy
  ZoneTask task_;
};

}  // namespace

Checked<ZoneTask> zone_task(const Policy& policy, std::string_view backend, std::size_t longest) {
  return Maker(policy, backend, longest).make();
}

Diagnostic zone_refusal(std::string_view backend, std::string id, std::string message,
                        std::string remedy) {
  return {.id = std::move(id),
          .severity = Severity::error,
          .place = {.name = std::string(backend), .line = 0, .column = 0, .offset = {}},
          .message = std::move(message),
          .remedy = std::move(remedy),
          .exit = Exit::usage};
}

AddressList of_family(const AddressList& list, Family family) {
  AddressList some;
  std::ranges::copy_if(list, std::back_inserter(some), [family](const AddressRange& range) {
    return range.first.family == family;
  });
  return some;
}

std::optional<IpPrefix> as_prefix(const AddressRange& range) {
  const std::vector<IpPrefix> prefixes = prefixes_of(range);
  return prefixes.size() == 1 ? std::optional(prefixes.front()) : std::nullopt;
}

const std::string& AddressObjects::object(const AddressRange& range) {
  const auto [place, added] = named_.try_emplace({range.first, range.last});
  if (added) {
    std::string text;
    if (const auto prefix = as_prefix(range)) {
      text = prefix->length == (prefix->address.is_v4() ? 32 : 128) ? to_string(prefix->address)
                                                                    : to_string(*prefix);
    } else {
      text = fmt::format("{}_to_{}", to_string(range.first), to_string(range.last));
    }
    std::ranges::replace(text, ':', '_');
    std::ranges::replace(text, '/', '-');
    place->second = "pinhole-" + text;
    objects_.emplace_back(place->second, range);
  }
  return place->second;
}

const std::string& AddressObjects::name(const AddressList& list) {
  if (list.size() == 1) {
    return object(list.front());
  }
  std::vector<std::string> members;
  members.reserve(list.size());
  for (const AddressRange& range : list) {
    members.push_back(object(range));
  }
  const auto [place, added] = grouped_.try_emplace(members);
  if (added) {
    place->second = fmt::format("pinhole-group-{}", groups_.size() + 1);
    groups_.emplace_back(place->second, std::move(members));
  }
  return place->second;
}

std::string dashed(PortRange range) {
  return range.first == range.last ? fmt::format("{}", range.first)
                                   : fmt::format("{}-{}", range.first, range.last);
}

}  // namespace pinhole::firewall
