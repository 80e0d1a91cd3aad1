// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a policy says of one packet, by its words alone: no sets, for tests to judge the proof by.

#include <algorithm>
#include <vector>

#include "firewall/model.hpp"
#include "firewall/packet.hpp"

namespace pinhole::support {

class PolicyOracle {
 public:
  explicit PolicyOracle(const firewall::Policy& policy) : policy_(&policy) {}

  struct Says {
    bool needed = false;
    bool ignored = false;
    IpAddress destination;  // where it must go to
  };

  Says about(const firewall::Packet& arriving) const {
    firewall::Packet packet = arriving;
    for (const firewall::Translation& one : policy_->translations) {
      if (comes_from(one.from, arriving) && one.outside == arriving.destination &&
          service(one.protocol, {}, one.ports, arriving)) {
        packet.destination = one.inside;
        break;
      }
    }
    Says says;
    says.destination = packet.destination;
    for (firewall::ZoneIndex zone = 0; zone < policy_->zones.size(); ++zone) {
      says.ignored =
          says.ignored || (holds(zone, packet.destination) && !goes_to(zone, packet)) ||
          (comes_from(zone, packet) && goes_to(zone, packet)) ||
          (!policy_->anti_spoofing && holds(zone, packet.source) && !comes_from(zone, packet));
    }
    says.needed = std::ranges::any_of(policy_->rules, [&](const firewall::Rule& rule) {
      return rule.from != rule.to && comes_from(rule.from, packet) && goes_to(rule.to, packet) &&
             holds(rule.from, packet.source) && holds(rule.to, packet.destination) &&
             among(rule.sources, packet.source) && among(rule.destinations, packet.destination) &&
             service(rule.protocol, rule.source_ports, rule.ports, packet);
    });
    return says;
  }

 private:
  static bool among(const std::vector<IpPrefix>& prefixes, const IpAddress& address) {
    return std::ranges::any_of(
        prefixes, [&address](const IpPrefix& prefix) { return prefix.contains(address); });
  }

  static bool service(firewall::Protocol protocol, const PortSet& source_ports,
                      const PortSet& ports, const firewall::Packet& packet) {
    return static_cast<std::uint8_t>(protocol) == packet.protocol &&
           (source_ports.empty() || source_ports.contains(packet.source_port)) &&
           ports.contains(packet.destination_port);
  }

  bool holds(firewall::ZoneIndex zone, const IpAddress& address) const {
    const auto& zones = policy_->zones;
    bool elsewhere = false;
    for (firewall::ZoneIndex other = 0; other < zones.size(); ++other) {
      elsewhere = elsewhere || (other != zone && among(zones[other].networks, address));
    }
    return among(zones[zone].networks, address) || (zones[zone].rest && !elsewhere);
  }

  bool comes_from(firewall::ZoneIndex zone, const firewall::Packet& packet) const {
    const std::string& interface = policy_->zones[zone].interface;
    return interface.empty() ? holds(zone, packet.source) : packet.in_interface == interface;
  }

  bool goes_to(firewall::ZoneIndex zone, const firewall::Packet& packet) const {
    const std::string& interface = policy_->zones[zone].interface;
    return interface.empty() ? holds(zone, packet.destination) : packet.out_interface == interface;
  }

  const firewall::Policy* policy_;
};

}  // namespace pinhole::support
