// SPDX-License-Identifier: Apache-2.0
#include "firewall/minimise.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "firewall/address_number.hpp"

namespace pinhole::firewall {
namespace {

bool has_ports(Protocol protocol) {
  return protocol == Protocol::tcp || protocol == Protocol::udp;
}

void join_reasons(std::vector<Reason>& reasons) {
  std::set<std::pair<std::string, std::string>> seen;
  std::erase_if(reasons, [&seen](const Reason& reason) {
    return !seen.emplace(reason.flow, reason.text).second;
  });
}

void append(std::vector<Reason>& reasons, std::vector<Reason>& more) {
  std::ranges::move(more, std::back_inserter(reasons));
}

std::vector<IpPrefix> of(const std::vector<IpPrefix>& prefixes, IpAddress::Family family) {
  std::vector<IpPrefix> result;
  std::ranges::copy_if(prefixes, std::back_inserter(result), [family](const IpPrefix& prefix) {
    return prefix.address.family == family;
  });
  return joined(result);
}

/// Any port is said in one way.
PortSet plain(const PortSet& ports) {
  return ports.count() == 65536 ? PortSet() : ports;
}

std::vector<Rule> one_family_each(const std::vector<Rule>& rules) {
  std::vector<Rule> result;
  for (const Rule& rule : rules) {
    for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
      Rule part = rule;
      part.sources = of(rule.sources, family);
      part.destinations = of(rule.destinations, family);
      part.source_ports = plain(rule.source_ports);
      if (!part.sources.empty() && !part.destinations.empty()) {
        result.push_back(std::move(part));
      }
    }
  }
  return result;
}

using Prefixes = std::vector<IpPrefix>;
using Ranges = std::vector<PortRange>;

auto common(const Rule& rule) {
  return std::tuple(rule.from, rule.to, rule.protocol, rule.log,
                    rule.sources.front().address.family);
}

void insert(Prefixes& prefixes, const Prefixes& more) {
  prefixes.insert(prefixes.end(), more.begin(), more.end());
}

/// Joins the rules that have the same key, by `join`, into the first of them.
template <class Key, class Join>
void join_alike(std::vector<Rule>& rules, Key key, Join join) {
  std::map<decltype(key(rules.front())), std::size_t> first;
  std::vector<Rule> kept;
  for (Rule& rule : rules) {
    const auto [place, added] = first.try_emplace(key(rule), kept.size());
    if (added) {
      kept.push_back(std::move(rule));
    } else {
      Rule& into = kept[place->second];
      join(into, rule);
      append(into.reasons, rule.reasons);
    }
  }
  rules = std::move(kept);
}

void join_ports(std::vector<Rule>& rules) {
  join_alike(
      rules,
      [](const Rule& rule) {
        // A protocol without ports is joined whatever stands there.
        return std::tuple(common(rule), rule.sources, rule.destinations,
                          has_ports(rule.protocol) ? rule.source_ports.ranges() : Ranges());
      },
      [](Rule& into, const Rule& rule) { into.ports.insert(rule.ports); });
}

void join_source_ports(std::vector<Rule>& rules) {
  join_alike(
      rules,
      [](const Rule& rule) {
        return std::tuple(common(rule), rule.sources, rule.destinations, rule.ports.ranges());
      },
      [](Rule& into, const Rule& rule) {
        if (into.source_ports.empty() || rule.source_ports.empty()) {
          into.source_ports = PortSet();
        } else {
          into.source_ports.insert(rule.source_ports);
          into.source_ports = plain(into.source_ports);
        }
      });
}

void join_sources(std::vector<Rule>& rules) {
  join_alike(
      rules,
      [](const Rule& rule) {
        return std::tuple(common(rule), rule.destinations, rule.source_ports.ranges(),
                          rule.ports.ranges());
      },
      [](Rule& into, const Rule& rule) { insert(into.sources, rule.sources); });
  for (Rule& rule : rules) {
    rule.sources = joined(rule.sources);
  }
}

void join_destinations(std::vector<Rule>& rules) {
  join_alike(
      rules,
      [](const Rule& rule) {
        return std::tuple(common(rule), rule.sources, rule.source_ports.ranges(),
                          rule.ports.ranges());
      },
      [](Rule& into, const Rule& rule) { insert(into.destinations, rule.destinations); });
  for (Rule& rule : rules) {
    rule.destinations = joined(rule.destinations);
  }
}

bool covers(const Prefixes& outer, const Prefixes& inner) {
  // The fewest prefixes are whole blocks: what lies in their union lies in one of them.
  return std::ranges::all_of(inner, [&outer](const IpPrefix& prefix) {
    auto after = std::ranges::upper_bound(outer, prefix.address, {}, &IpPrefix::address);
    return after != outer.begin() && (--after)->length <= prefix.length &&
           after->contains(prefix.address);
  });
}

bool covers(const PortSet& outer, const PortSet& inner) {
  return std::ranges::all_of(inner.ranges(), [&outer](const PortRange& range) {
    return std::ranges::any_of(outer.ranges(), [&range](const PortRange& other) {
      return other.first <= range.first && range.last <= other.last;
    });
  });
}

bool covers(const Rule& outer, const Rule& inner) {
  if (common(outer) != common(inner) || !covers(outer.destinations, inner.destinations) ||
      !covers(outer.sources, inner.sources)) {
    return false;
  }
  const bool source_ports =
      outer.source_ports.empty() ||
      (!inner.source_ports.empty() && covers(outer.source_ports, inner.source_ports));
  return !has_ports(inner.protocol) || (source_ports && covers(outer.ports, inner.ports));
}

IpPrefix shortened(const IpPrefix& prefix, unsigned length) {
  const unsigned width = prefix.address.is_v4() ? 32 : 128;
  const U128 number =
      length == 0 ? 0 : number_of(prefix.address) >> (width - length) << (width - length);
  return {address_of(number, prefix.address.family), static_cast<std::uint8_t>(length)};
}

void drop_covered(std::vector<Rule>& rules) {
  std::map<IpPrefix, std::vector<std::size_t>> by_destination;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const IpPrefix& prefix : rules[i].destinations) {
      by_destination[prefix].push_back(i);
    }
  }
  std::vector<bool> dropped(rules.size());
  const auto find_cover = [&](std::size_t inner) -> std::optional<std::size_t> {
    const IpPrefix& prefix = rules[inner].destinations.front();
    for (unsigned length = 0; length <= prefix.length; ++length) {
      const auto found = by_destination.find(shortened(prefix, length));
      for (const std::size_t outer :
           found == by_destination.end() ? std::vector<std::size_t>() : found->second) {
        if (outer != inner && !dropped[outer] && covers(rules[outer], rules[inner])) {
          return outer;
        }
      }
    }
    return std::nullopt;
  };
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (const auto outer = find_cover(i)) {
      dropped[i] = true;
      append(rules[*outer].reasons, rules[i].reasons);
    }
  }
  std::vector<Rule> kept;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!dropped[i]) {
      kept.push_back(std::move(rules[i]));
    }
  }
  rules = std::move(kept);
}

std::vector<Translation> joined_translations(const std::vector<Translation>& translations) {
  std::vector<Translation> result;
  for (const Translation& translation : translations) {
    const auto same = std::ranges::find_if(result, [&translation](const Translation& other) {
      return other.from == translation.from && other.outside == translation.outside &&
             other.inside == translation.inside && other.protocol == translation.protocol &&
             other.ports.empty() == translation.ports.empty();
    });
    // Only neighbours: the first translation of an address counts, so order may matter.
    if (same == result.end() || same + 1 != result.end()) {
      result.push_back(translation);
    } else {
      same->ports.insert(translation.ports);
      same->reasons.insert(same->reasons.end(), translation.reasons.begin(),
                           translation.reasons.end());
    }
  }
  return result;
}

}  // namespace

Policy minimise(const Policy& policy) {
  Policy result = policy;
  result.translations = joined_translations(policy.translations);
  result.rules = one_family_each(policy.rules);
  for (std::size_t before = result.rules.size() + 1; result.rules.size() < before;) {
    before = result.rules.size();
    join_ports(result.rules);
    join_source_ports(result.rules);
    join_sources(result.rules);
    join_destinations(result.rules);
  }
  drop_covered(result.rules);
  for (Rule& rule : result.rules) {
    join_reasons(rule.reasons);
  }
  for (Translation& translation : result.translations) {
    join_reasons(translation.reasons);
  }
  return result;
}

}  // namespace pinhole::firewall
