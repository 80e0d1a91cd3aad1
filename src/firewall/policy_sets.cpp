// SPDX-License-Identifier: Apache-2.0
#include "firewall/policy_sets.hpp"

#include <algorithm>
#include <array>

#include "firewall/address_number.hpp"

namespace pinhole::firewall {
namespace {

std::vector<NumberRange> numbers_of(const PortSet& ports) {
  std::vector<NumberRange> result;
  for (const PortRange& range : ports.ranges()) {
    result.push_back({range.first, range.last});
  }
  return result;
}

}  // namespace

PacketSet service_packets(Protocol protocol, const PortSet& source_ports, const PortSet& ports) {
  const auto number = static_cast<std::uint32_t>(protocol);
  PacketSet result = PacketSet::all();
  if (protocol == Protocol::tcp || protocol == Protocol::udp) {
    if (!source_ports.empty()) {
      result = PacketSet::numbers(Field::source_port, numbers_of(source_ports));
    }
    if (!ports.empty()) {
      result = PacketSet::numbers(Field::destination_port, numbers_of(ports)) & result;
    }
  }
  return PacketSet::numbers(Field::protocol, {{number, number}}) & result;
}

PolicySets::PolicySets(const Policy& policy, const Interfaces& interfaces,
                       std::optional<ZonePair> only)
    : policy_(&policy), interfaces_(&interfaces), only_(only) {
  make_zones();
  make_arrivals();
  make_ignored();
  std::map<Translated, std::vector<PacketSet>> parts;
  for (const Rule& rule : policy.rules) {
    for (auto& [to, packets] : needed_by(rule)) {
      parts[to].push_back(packets);
    }
  }
  for (auto& [to, packets] : parts) {
    needed_[to] = PacketSet::any_of(std::move(packets));
  }
}

PacketSet PolicySets::addresses(const std::vector<IpPrefix>& prefixes, Side side) const {
  std::vector<AddressRange> ranges;
  ranges.reserve(prefixes.size());
  for (const IpPrefix& prefix : prefixes) {
    ranges.push_back(range_of(prefix));
  }
  return PacketSet::addresses(side == Side::source ? Field::source : Field::destination, ranges);
}

void PolicySets::make_zones() {
  const auto& zones = policy_->zones;
  for (const Side side : {Side::source, Side::destination}) {
    const bool source = side == Side::source;
    auto& held = source ? sources_ : destinations_;
    for (const Zone& zone : zones) {
      held.push_back(addresses(zone.networks, side));
    }
    for (ZoneIndex i = 0; i < zones.size(); ++i) {
      if (zones[i].rest) {
        std::vector<IpPrefix> others;
        for (ZoneIndex other = 0; other < zones.size(); ++other) {
          if (other != i) {
            others.insert(others.end(), zones[other].networks.begin(), zones[other].networks.end());
          }
        }
        held[i] = held[i] | (PacketSet::all() - addresses(others, side));
      }
    }
    for (ZoneIndex i = 0; i < zones.size(); ++i) {
      const auto same = std::ranges::count(zones, zones[i].interface, &Zone::interface);
      PacketSet packets = held[i];
      if (!zones[i].interface.empty()) {
        packets = PacketSet::numbers(source ? Field::in_interface : Field::out_interface,
                                     interfaces_->matching({zones[i].interface, false}));
        // An interface that leads to several zones does not tell them apart.
        packets = same > 1 ? packets & held[i] : packets;
      }
      (source ? from_ : to_).push_back(packets);
    }
  }
}

void PolicySets::make_arrivals() {
  PacketSet left = PacketSet::all();
  for (const Translation& translation : policy_->translations) {
    const std::array outside{AddressRange{translation.outside, translation.outside}};
    const PacketSet packets = from_.at(translation.from) &
                              PacketSet::addresses(Field::destination, outside) &
                              service_packets(translation.protocol, {}, translation.ports) & left;
    left = left - packets;
    add_arrivals(arrivals_, {translation.inside, std::nullopt}, packets);
  }
  add_arrivals(arrivals_, {}, left);
}

void PolicySets::make_ignored() {
  const auto& zones = policy_->zones;
  for (ZoneIndex i = 0; i < zones.size(); ++i) {
    ignored_ = ignored_ | (destinations_[i] - to_[i]) | (from_[i] & to_[i]);
    if (!policy_->anti_spoofing) {
      ignored_ = ignored_ | (sources_[i] - from_[i]);
    }
  }
  // Without state nobody can tell an answer from a first packet, but by TCP's flags.
  for (const Rule& rule : policy_->rules) {
    if (!policy_->stateful && rule.protocol != Protocol::tcp) {
      ignored_ = ignored_ | answers(rule);
    }
  }
  if (only_) {
    ignored_ = ignored_ | (PacketSet::all() - (from_.at(only_->first) & to_.at(only_->second)));
  }
}

PacketSet PolicySets::answers(const Rule& rule) const {
  return service_packets(rule.protocol, rule.ports, rule.source_ports) &
         addresses(rule.destinations, Side::source) & addresses(rule.sources, Side::destination) &
         sources_.at(rule.to) & from_.at(rule.to) & destinations_.at(rule.from) & to_.at(rule.from);
}

PacketSet PolicySets::seen_as(const PacketSet& set, const Translated& to) const {
  PacketSet result = to.destination ? set.assuming_destination(*to.destination) : set;
  return to.port ? result.assuming_destination_port(*to.port) : result;
}

PacketSet PolicySets::ignored(const Translated& to) const {
  return seen_as(ignored_, to);
}

PacketSet PolicySets::rule_packets(const Rule& rule) const {
  return service_packets(rule.protocol, rule.source_ports, rule.ports) &
         addresses(rule.sources, Side::source) & addresses(rule.destinations, Side::destination) &
         sources_.at(rule.from) & from_.at(rule.from) & destinations_.at(rule.to) & to_.at(rule.to);
}

ByTranslation PolicySets::needed_by(const Rule& rule) const {
  ByTranslation result;
  if (rule.from == rule.to) {
    return result;
  }
  const PacketSet packets = rule_packets(rule);
  for (const auto& [to, arriving] : arrivals_) {
    const bool concerned =
        !to.destination || std::ranges::any_of(rule.destinations, [&to](const IpPrefix& prefix) {
          return prefix.contains(*to.destination);
        });
    if (concerned) {
      const PacketSet ignored_here = only_ ? ignored(to) : PacketSet();
      add_arrivals(result, to, (seen_as(packets, to) & arriving) - ignored_here);
    }
  }
  return result;
}

PacketSet PolicySets::hidden() const {
  PacketSet from;
  for (const ZoneIndex zone : policy_->hides) {
    from = from | from_.at(zone);
  }
  PacketSet result;
  for (const auto& [to, packets] : needed_) {
    result = result | (packets & from);
  }
  return result;
}

}  // namespace pinhole::firewall
