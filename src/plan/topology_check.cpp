// SPDX-License-Identifier: Apache-2.0
// What can be said only of the whole topology.
#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "plan/topology_lookup.hpp"
#include "plan/topology_reading.hpp"

namespace pinhole::plan {
namespace {

bool overlaps(const IpPrefix& a, const IpPrefix& b) {
  return a.contains(b.address) || b.contains(a.address);
}

/// Prefixes nest or are apart, so in the order of their addresses, wider ones first, a network
/// overlaps another only where it lies in the last wide one before it.
void check_zone_networks(Reading& reading) {
  auto sorted = reading.zone_networks;
  std::ranges::sort(sorted, {}, [](const NetworkUse& use) {
    return std::tuple(use.network, use.cell.place.line, use.cell.place.column);
  });
  const NetworkUse* wide = nullptr;
  for (const NetworkUse& use : sorted) {
    if (wide == nullptr || !overlaps(wide->network, use.network)) {
      wide = &use;
      continue;
    }
    const bool is_first = std::pair(wide->cell.place.line, wide->cell.place.column) <
                          std::pair(use.cell.place.line, use.cell.place.column);
    const NetworkUse& first = is_first ? *wide : use;
    const NetworkUse& second = is_first ? use : *wide;
    reading.mistakes.add(
        "topology-overlap", second.cell.place,
        fmt::format("{} overlaps {} of zone \"{}\" (line {})", to_string(second.network),
                    to_string(first.network), reading.topology.zones[first.zone].name,
                    first.cell.place.line),
        "a network stands in one zone, once: split it");
  }
}

bool lies_in(const Topology& topology, const NetworkUse& use) {
  const Zone& zone = topology.zones[use.zone];
  if (zone.networks.empty()) {
    return std::ranges::none_of(topology.zones, [&](const Zone& other) {
      return std::ranges::any_of(
          other.networks, [&](const IpPrefix& network) { return overlaps(network, use.network); });
    });
  }
  return std::ranges::any_of(zone.networks, [&](const IpPrefix& network) {
    return network.length <= use.network.length && network.contains(use.network.address);
  });
}

void check_client_networks(Reading& reading) {
  for (const NetworkUse& use : reading.client_networks) {
    if (!lies_in(reading.topology, use)) {
      reading.mistakes.add("topology-address-outside-zone", use.cell.place,
                           fmt::format("{} does not lie in zone \"{}\"", to_string(use.network),
                                       reading.topology.zones[use.zone].name),
                           "correct the network, or the zone");
    }
  }
}

void check_zones_of_addresses(Reading& reading) {
  const Topology& topology = reading.topology;
  for (const AddressUse& use : reading.addresses) {
    if (use.zones.empty()) {
      continue;
    }
    const auto zone = zone_of(topology, use.address);
    if (zone && std::ranges::find(use.zones, *zone) != use.zones.end()) {
      continue;
    }
    const std::string where =
        zone && topology.zones[*zone].networks.empty()
            ? fmt::format("no zone has a network that holds it, so it is taken for one of \"{}\"",
                          topology.zones[*zone].name)
        : zone ? fmt::format("it lies in zone \"{}\"", topology.zones[*zone].name)
               : std::string("no zone holds it");
    reading.mistakes.add("topology-address-outside-zone", use.cell.place,
                         fmt::format("{} of {} does not lie in zone \"{}\"", to_string(use.address),
                                     use.owner, topology.zones[use.zones.front()].name),
                         fmt::format("correct the address or the zone: {}", where));
  }
}

void check_addresses_are_unique(Reading& reading) {
  std::map<IpAddress, const AddressUse*> owners;
  for (const AddressUse& use : reading.addresses) {
    const auto [at, is_new] = owners.try_emplace(use.address, &use);
    if (!is_new) {
      reading.mistakes.add(
          "topology-address-twice", use.cell.place,
          fmt::format("{} is already an address of {} (line {})", to_string(use.address),
                      at->second->owner, at->second->cell.place.line),
          "give each its own address");
    }
  }
  for (const AddressUse& use : reading.outside_addresses) {
    if (const auto at = owners.find(use.address); at != owners.end()) {
      reading.mistakes.add(
          "topology-address-twice", use.cell.place,
          fmt::format("{} is already an address of {} (line {})", to_string(use.address),
                      at->second->owner, at->second->cell.place.line),
          "a translation needs an address that no server has");
    }
  }
}

void check_translations(Reading& reading) {
  const Topology& topology = reading.topology;
  auto use = reading.outside_addresses.begin();
  for (const Device& device : topology.devices) {
    for (const Translation& translation : device.translations) {
      const AddressUse& outside = *use++;
      const Server& server = topology.servers[translation.server];
      const bool has_family = std::ranges::any_of(
          server.addresses, [&](const IpAddress& a) { return a.family == outside.address.family; });
      if (!server.addresses.empty() && !has_family) {
        reading.mistakes.add("topology-translation", outside.cell.place,
                             fmt::format("server \"{}\" has no {} address", server.name,
                                         outside.address.is_v4() ? "IPv4" : "IPv6"),
                             "translate to an address of the same family");
      }
      if (zone_of(topology, outside.address) == server.zone) {
        reading.mistakes.add("topology-translation", outside.cell.place,
                             fmt::format("the outside address lies in zone \"{}\", as server "
                                         "\"{}\" does",
                                         topology.zones[server.zone].name, server.name),
                             "give the address that others reach, in another zone");
      }
    }
  }
}

}  // namespace

void check_whole(Reading& reading) {
  check_zone_networks(reading);
  check_client_networks(reading);
  check_zones_of_addresses(reading);
  check_addresses_are_unique(reading);
  if (!reading.topology.zones.empty()) {
    check_translations(reading);
  }
}

}  // namespace pinhole::plan
