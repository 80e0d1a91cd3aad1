// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <type_traits>

#include "firewall/packet.hpp"

namespace pinhole::firewall {

bool matches(const InterfaceName& pattern, std::string_view name) {
  return pattern.prefix ? name.starts_with(pattern.name) : name == pattern.name;
}

Interfaces::Interfaces(std::vector<InterfaceName> names) {
  names.push_back({"", true});
  std::erase_if(names, [](const InterfaceName& name) { return name.name.empty() && !name.prefix; });
  // Longer prefixes before shorter ones: the first that fits is the nearest.
  const auto key = [](const InterfaceName& name) {
    return std::tuple(name.prefix, name.prefix ? ~name.name.size() : 0, name.name);
  };
  std::ranges::sort(names, {}, key);
  const auto same = std::ranges::unique(names);
  names.erase(same.begin(), same.end());
  if (names.size() > kMostInterfaces) {
    throw TooComplex();
  }
  for (InterfaceName& name : names) {
    entries_.push_back({std::move(name), {}});
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    entry.sample = entry.name.name;
    for (unsigned n = 0; entry.name.prefix && !entry.name.name.empty(); ++n) {
      entry.sample = entry.name.name + std::to_string(n);
      const bool free = std::none_of(
          entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(i),
          [&entry](const Entry& other) { return firewall::matches(other.name, entry.sample); });
      if (free || n > kMostInterfaces) {
        break;
      }
    }
  }
}

std::vector<NumberRange> Interfaces::matching(const InterfaceName& name) const {
  std::vector<NumberRange> result;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    const InterfaceName& entry = entries_[i].name;
    if (name.prefix ? entry.name.starts_with(name.name) : entry == name) {
      result.push_back({i, i});
    }
  }
  return result;
}

PacketSet Interfaces::universe() const {
  const auto last = static_cast<std::uint32_t>(entries_.size() - 1);
  return PacketSet::numbers(Field::in_interface, {{0, last}}) &
         PacketSet::numbers(Field::out_interface, {{0, last}});
}

std::uint32_t Interfaces::index_of(const std::string& name) const {
  const auto entry = std::ranges::find_if(
      entries_, [&name](const Entry& known) { return firewall::matches(known.name, name); });
  return static_cast<std::uint32_t>(entry - entries_.begin());
}

Packet Interfaces::packet(const PacketPoint& point) const {
  return {entries_.at(point.in_interface).sample,
          entries_.at(point.out_interface).sample,
          point.source,
          point.destination,
          point.protocol,
          point.source_port,
          point.destination_port};
}

PacketPoint Interfaces::point(const Packet& packet) const {
  return {index_of(packet.in_interface),
          index_of(packet.out_interface),
          packet.source,
          packet.destination,
          packet.protocol,
          packet.source_port,
          packet.destination_port};
}

namespace {

void collect(const Element& element, std::vector<InterfaceName>& names) {
  for (const Value& value : element) {
    if (const auto* name = std::get_if<InterfaceName>(&value)) {
      names.push_back(*name);
    }
  }
}

template <class Entries>
void collect_keys(const Entries& entries, std::vector<InterfaceName>& names) {
  for (const auto& entry : entries) {
    collect(entry.key, names);
  }
}

void collect(const RulesetRule& rule, std::vector<InterfaceName>& names) {
  for (const Match& match : rule.matches) {
    for (const Element& element : match.elements) {
      collect(element, names);
    }
  }
  for (const Action& action : rule.actions) {
    if (const auto* lookup = std::get_if<Lookup<Verdict>>(&action)) {
      collect_keys(lookup->entries, names);
    } else if (const auto* nat = std::get_if<Nat>(&action); nat != nullptr && nat->by) {
      collect_keys(nat->by->entries, names);
    }
  }
}

}  // namespace

void collect_interfaces(const Ruleset& ruleset, std::vector<InterfaceName>& names) {
  for (const Table& table : ruleset.tables) {
    for (const Chain& chain : table.chains) {
      names.push_back({chain.device, false});
      for (const RulesetRule& rule : chain.rules) {
        collect(rule, names);
      }
    }
    for (const NamedSet& set : table.sets) {
      for (const Element& element : set.elements) {
        collect(element, names);
      }
    }
    for (const auto& map : table.verdict_maps) {
      collect_keys(map.entries, names);
    }
    for (const auto& map : table.nat_maps) {
      collect_keys(map.entries, names);
    }
  }
}

void collect_interfaces(const Policy& policy, std::vector<InterfaceName>& names) {
  for (const Zone& zone : policy.zones) {
    names.push_back({zone.interface, false});
  }
}

}  // namespace pinhole::firewall
