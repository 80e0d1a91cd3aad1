// SPDX-License-Identifier: Apache-2.0
#include "plan/lower.hpp"

#include <algorithm>
#include <optional>

#include "plan/flow_ends.hpp"
#include "plan/paths.hpp"

namespace pinhole::plan {
namespace {

/// Only families that both ends have.
void keep_common_families(Prefixes& sources, Prefixes& destinations) {
  for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
    if (!has_family(sources, family) || !has_family(destinations, family)) {
      const auto is_of = [&](const IpPrefix& prefix) { return prefix.address.family == family; };
      std::erase_if(sources, is_of);
      std::erase_if(destinations, is_of);
    }
  }
}

firewall::Protocol protocol_of(Transport transport) {
  return transport == Transport::udp ? firewall::Protocol::udp : firewall::Protocol::tcp;
}

/// What a flow asks of a rule, whatever its ends.
firewall::Rule rule_of(const Plan& plan, const Flow& flow, const catalogue::Catalogue& catalogue) {
  firewall::Rule rule;
  rule.protocol = protocol_of(flow.transport);
  rule.source_ports = flow.source_ports;
  rule.ports = ports_of(plan, flow, catalogue);
  rule.reasons.push_back({flow.id, flow.why});
  return rule;
}

/// The translations that one device makes of a flow.
std::vector<const Translation*> translations_of(const Topology& topology, const Flow& flow,
                                                const Hop& hop) {
  std::vector<const Translation*> found;
  if (flow.to.kind != Party::Kind::server) {
    return found;
  }
  const Index from = zone_of(topology, flow.from);
  for (const Translation& each : topology.devices[hop.device].translations) {
    const bool applies =
        each.from ? *each.from == from || *each.from == hop.in : from != zone_of(topology, flow.to);
    if (each.server == flow.to.index && applies) {
      found.push_back(&each);
    }
  }
  return found;
}

class DevicePolicy {
 public:
  DevicePolicy(const Plan& plan, Index device, const catalogue::Catalogue& catalogue)
      : plan_(&plan), catalogue_(&catalogue), device_(device) {}

  firewall::Policy make() {
    const Device& device = plan_->topology.devices[device_];
    policy_.title = plan_->topology.title;
    policy_.device = device.name;
    policy_.stateful = device.stateful;
    add_zones(device);
    Paths paths(plan_->topology);
    for (const Flow& flow : plan_->flows) {
      const Path way = paths.between(flow.from, flow.to);
      for (std::size_t i = 0; way && i < way->size(); ++i) {
        if ((*way)[i].device == device_) {
          add_flow(flow, *way, i);
        }
      }
    }
    return std::move(policy_);
  }

 private:
  void add_zones(const Device& device) {
    for (const DeviceInterface& interface : device.interfaces) {
      policy_.zones.push_back(
          {plan_->topology.zones[interface.zone].name, interface.name, {}, false});
    }
    const auto sides = sides_of(plan_->topology, device_);
    for (Index zone = 0; zone < sides.size(); ++zone) {
      const std::optional<Index> position = sides[zone];
      if (!position) {
        continue;
      }
      const Zone& row = plan_->topology.zones[zone];
      firewall::Zone& side = policy_.zones[*position];
      side.networks.insert(side.networks.end(), row.networks.begin(), row.networks.end());
      side.rest = side.rest || row.networks.empty();
    }
    for (const Index hidden : device.hides) {
      const std::optional<Index> position = sides[hidden];
      if (position && std::ranges::find(policy_.hides, *position) == policy_.hides.end()) {
        policy_.hides.push_back(*position);
      }
    }
    std::ranges::sort(policy_.hides);
  }

  [[nodiscard]] firewall::ZoneIndex zone_index(Index zone) const {
    const auto& interfaces = plan_->topology.devices[device_].interfaces;
    const auto at = std::ranges::find(interfaces, zone, &DeviceInterface::zone);
    return static_cast<firewall::ZoneIndex>(at - interfaces.begin());
  }

  /// As the client appears at hop `here`: behind a device that hid it, by the zone between.
  [[nodiscard]] Prefixes sources(const Flow& flow, const std::vector<Hop>& way,
                                 std::size_t here) const {
    const Topology& topology = plan_->topology;
    Prefixes prefixes = addresses_of(topology, flow.from, way.front().in);
    const Index zone = zone_of(topology, flow.from);
    for (std::size_t i = 0; i < here; ++i) {
      const auto& hides = topology.devices[way[i].device].hides;
      const bool is_hidden = std::ranges::find(hides, zone) != hides.end() ||
                             std::ranges::find(hides, way[i].in) != hides.end();
      if (is_hidden) {
        prefixes = networks_of(topology.zones[way[i].out]);
      }
    }
    return prefixes;
  }

  /// As the server is asked for at hop `here`, once this device has translated.
  [[nodiscard]] Prefixes destinations(const Flow& flow, const std::vector<Hop>& way,
                                      std::size_t here) const {
    const Topology& topology = plan_->topology;
    const Prefixes inside = addresses_of(topology, flow.to, way.back().out);
    Prefixes outside;
    for (std::size_t i = here + 1; i < way.size() && outside.empty(); ++i) {
      for (const Translation* each : translations_of(topology, flow, way[i])) {
        outside.push_back(host(each->outside));
      }
    }
    Prefixes prefixes = outside;
    for (const IpPrefix& prefix : inside) {
      if (!has_family(outside, prefix.address.family)) {
        prefixes.push_back(prefix);
      }
    }
    return prefixes;
  }

  void add_flow(const Flow& flow, const std::vector<Hop>& way, std::size_t here) {
    firewall::Rule rule = rule_of(*plan_, flow, *catalogue_);
    rule.from = zone_index(way[here].in);
    rule.to = zone_index(way[here].out);
    rule.sources = sources(flow, way, here);
    rule.destinations = destinations(flow, way, here);
    translate(flow, way[here], rule);
    keep_common_families(rule.sources, rule.destinations);
    if (!rule.sources.empty()) {
      policy_.rules.push_back(std::move(rule));
    }
  }

  /// Adds this device's translations; of a translated family only the address led to is left.
  void translate(const Flow& flow, const Hop& hop, firewall::Rule& rule) {
    for (const Translation* each : translations_of(plan_->topology, flow, hop)) {
      const auto family = each->outside.family;
      const auto inside = std::ranges::find(
          rule.destinations, family, [](const IpPrefix& prefix) { return prefix.address.family; });
      if (inside == rule.destinations.end() || !has_family(rule.sources, family)) {
        continue;
      }
      const IpPrefix kept = *inside;
      policy_.translations.push_back(
          {rule.from, each->outside, kept.address, rule.protocol, rule.ports, rule.reasons});
      std::erase_if(rule.destinations, [&](const IpPrefix& prefix) {
        return prefix.address.family == family && prefix != kept;
      });
    }
  }

  const Plan* plan_;
  const catalogue::Catalogue* catalogue_;
  Index device_;
  firewall::Policy policy_;
};

}  // namespace

firewall::Policy policy_for(const Plan& plan, Index device, const catalogue::Catalogue& catalogue) {
  return DevicePolicy(plan, device, catalogue).make();
}

firewall::Policy policy_by_address(const Plan& plan, const catalogue::Catalogue& catalogue) {
  const Topology& topology = plan.topology;
  firewall::Policy policy;
  policy.title = topology.title;
  policy.anti_spoofing = false;
  for (const Zone& zone : topology.zones) {
    policy.zones.push_back({zone.name, {}, zone.networks, zone.networks.empty()});
  }
  Paths paths(topology);
  for (const Flow& flow : plan.flows) {
    const Path way = paths.between(flow.from, flow.to);
    firewall::Rule rule = rule_of(plan, flow, catalogue);
    rule.from = way && !way->empty() ? way->front().in : zone_of(topology, flow.from);
    rule.to = way && !way->empty() ? way->back().out : zone_of(topology, flow.to);
    const bool stays = way ? way->empty() : rule.from == rule.to;
    rule.sources = addresses_of(topology, flow.from, rule.from);
    rule.destinations = addresses_of(topology, flow.to, rule.to);
    keep_common_families(rule.sources, rule.destinations);
    if (!stays && !rule.sources.empty()) {
      policy.rules.push_back(std::move(rule));
    }
  }
  return policy;
}

}  // namespace pinhole::plan
