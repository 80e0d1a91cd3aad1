// SPDX-License-Identifier: Apache-2.0
#include "plan/paths.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include <fmt/format.h>

namespace pinhole::plan {

Paths::Paths(const Topology& topology)
    : topology_(&topology), devices_of_zone_(topology.zones.size()) {
  for (Index device = 0; device < topology.devices.size(); ++device) {
    for (const DeviceInterface& interface : topology.devices[device].interfaces) {
      devices_of_zone_[interface.zone].push_back(device);
    }
  }
}

std::vector<Path> Paths::search(Index from_zone) const {
  std::vector<Path> found(topology_->zones.size());
  std::vector<bool> is_passed(topology_->devices.size(), false);
  std::deque<Index> open{from_zone};
  found[from_zone].emplace();
  while (!open.empty()) {
    const Index zone = open.front();
    open.pop_front();
    for (const Index device : devices_of_zone_[zone]) {
      // Whatever else this device joins was reached when it was passed first.
      if (is_passed[device]) {
        continue;
      }
      is_passed[device] = true;
      for (const DeviceInterface& interface : topology_->devices[device].interfaces) {
        if (!found[interface.zone]) {
          std::vector<Hop> way = found[zone].value_or(std::vector<Hop>());
          way.push_back({device, zone, interface.zone});
          found[interface.zone] = std::move(way);
          open.push_back(interface.zone);
        }
      }
    }
  }
  return found;
}

const Path& Paths::between(Index from_zone, Index to_zone) {
  auto at = from_.find(from_zone);
  if (at == from_.end()) {
    at = from_.emplace(from_zone, search(from_zone)).first;
  }
  return at->second[to_zone];
}

Paths::End Paths::end_of(Party party) const {
  End end{{zone_of(*topology_, party)}, std::nullopt};
  if (party.kind == Party::Kind::server) {
    end.device = topology_->servers[party.index].device;
  }
  if (end.device) {
    for (const DeviceInterface& interface : topology_->devices[*end.device].interfaces) {
      if (interface.zone != end.zones.front()) {
        end.zones.push_back(interface.zone);
      }
    }
  }
  return end;
}

Path Paths::between(Party from, Party to) {
  const End source = end_of(from);
  const End target = end_of(to);
  Path best;
  Index first = 0;
  Index last = 0;
  for (const Index in : source.zones) {
    for (const Index out : target.zones) {
      const Path& found = between(in, out);
      if (found && (!best || found->size() < best->size())) {
        best = found;
        first = in;
        last = out;
      }
    }
  }
  if (best && from != to) {
    if (source.device && first != source.zones.front()) {
      best->insert(best->begin(), {*source.device, first, first});
    }
    if (target.device && last != target.zones.front()) {
      best->push_back({*target.device, last, last});
    }
  }
  return best;
}

Path path(const Topology& topology, Index from_zone, Index to_zone) {
  return Paths(topology).between(from_zone, to_zone);
}

Index zone_of(const Topology& topology, Party party) {
  switch (party.kind) {
    case Party::Kind::client:
      return topology.clients[party.index].zone;
    case Party::Kind::load_balancer:
      return topology.load_balancers[party.index].zone;
    case Party::Kind::server:
      break;
  }
  return topology.servers[party.index].zone;
}

std::vector<std::optional<Index>> sides_of(const Topology& topology, Index device) {
  std::vector<std::optional<Index>> sides(topology.zones.size());
  std::vector<std::vector<Index>> devices_of_zone(topology.zones.size());
  for (Index each = 0; each < topology.devices.size(); ++each) {
    for (const DeviceInterface& interface : topology.devices[each].interfaces) {
      devices_of_zone[interface.zone].push_back(each);
    }
  }
  std::deque<Index> open;
  const auto& interfaces = topology.devices[device].interfaces;
  for (Index i = 0; i < interfaces.size(); ++i) {
    sides[interfaces[i].zone] = i;
    open.push_back(interfaces[i].zone);
  }
  while (!open.empty()) {
    const Index zone = open.front();
    open.pop_front();
    for (const Index each : devices_of_zone[zone]) {
      for (const DeviceInterface& interface : topology.devices[each].interfaces) {
        if (each != device && !sides[interface.zone]) {
          sides[interface.zone] = sides[zone];
          open.push_back(interface.zone);
        }
      }
    }
  }
  return sides;
}

Findings check_paths(const Topology& topology, const std::vector<Flow>& flows) {
  Findings findings;
  if (topology.devices.empty()) {
    return findings;
  }
  Paths paths(topology);
  std::set<std::pair<Index, Index>> told;
  for (const Flow& flow : flows) {
    const Index from = zone_of(topology, flow.from);
    const Index to = zone_of(topology, flow.to);
    if (paths.between(flow.from, flow.to) || !told.emplace(std::minmax(from, to)).second) {
      continue;
    }
    findings.push_back(
        {.rule = "no-path",
         .severity = Severity::error,
         .server = {},
         .service = {},
         .subject = flow.id,
         .message = fmt::format("no device joins zone \"{}\" and zone \"{}\"",
                                topology.zones[from].name, topology.zones[to].name),
         .remedy = "add the device between them, or an interface to one that is there",
         .source = {},
         .place = flow.place});
  }
  return findings;
}

}  // namespace pinhole::plan
