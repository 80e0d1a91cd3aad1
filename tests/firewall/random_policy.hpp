// SPDX-License-Identifier: Apache-2.0
#pragma once
// Policies as a plan could ask for them, drawn at random: zones by interface or by address, one of
// them the rest of the world, both families, translations, hidden zones.

#include <random>
#include <string>
#include <vector>

#include "firewall/model.hpp"

namespace pinhole::support {

class RandomPolicy {
 public:
  explicit RandomPolicy(std::mt19937& source) : source_(source) {}

  enum class Device { stateful, stateless };

  firewall::Policy draw(Device device) {
    firewall::Policy policy;
    policy.title = "drawn \"at random\"";
    policy.stateful = device == Device::stateful;
    policy.log_denied = below(2) == 0;
    const bool by_interface = below(3) != 0;
    policy.device = by_interface ? "router" : "";
    // Without interfaces a zone is its addresses, and spoofing cannot be told.
    policy.anti_spoofing = by_interface;
    const std::size_t zones = 2 + below(3);
    for (std::size_t i = 0; i < zones; ++i) {
      policy.zones.push_back(zone(i, by_interface));
    }
    policy.zones.back().rest = below(2) == 0;
    for (std::size_t n = below(8); n > 0; --n) {
      policy.rules.push_back(rule(policy));
    }
    if (policy.stateful) {
      translate(policy);
    }
    return policy;
  }

 private:
  std::size_t below(std::size_t bound) { return source_() % bound; }

  static IpPrefix network(std::size_t zone, std::size_t n, bool v4) {
    return v4 ? *parse_prefix("10." + std::to_string(zone * 8 + n) + ".0.0/16")
              : *parse_prefix("2001:db8:" + std::to_string(zone * 8 + n) + "::/48");
  }

  firewall::Zone zone(std::size_t i, bool by_interface) {
    firewall::Zone zone;
    zone.name = "zone " + std::to_string(i);
    zone.interface = by_interface ? "eth" + std::to_string(i) : "";
    for (std::size_t n = 0; n <= below(3); ++n) {
      zone.networks.push_back(network(i, n, true));
      if (below(2) == 0) {
        zone.networks.push_back(network(i, n, false));
      }
    }
    return zone;
  }

  /// Hosts and networks of the zone, of those families that it has.
  std::vector<IpPrefix> some_of(const firewall::Zone& zone) {
    std::vector<IpPrefix> some;
    for (const IpPrefix& each : zone.networks) {
      IpPrefix prefix = each;
      if (below(3) != 0) {
        prefix.length = prefix.address.is_v4() ? 32 : 128;
        prefix.address.octets[prefix.address.is_v4() ? 3 : 15] =
            static_cast<std::uint8_t>(1 + below(4));
      }
      some.push_back(prefix);
    }
    return some;
  }

  PortSet ports() {
    PortSet ports;
    for (std::size_t n = 0; n <= below(20); ++n) {
      const auto first = static_cast<std::uint16_t>(1 + below(65000));
      ports.insert({first, static_cast<std::uint16_t>(first + (below(2) == 0 ? 0 : below(500)))});
    }
    return ports;
  }

  firewall::Rule rule(const firewall::Policy& policy) {
    firewall::Rule rule;
    rule.from = below(policy.zones.size());
    rule.to = (rule.from + 1 + below(policy.zones.size() - 1)) % policy.zones.size();
    rule.sources = some_of(policy.zones[rule.from]);
    rule.destinations = some_of(policy.zones[rule.to]);
    // Without state nobody can tell the answer to a datagram from a first one.
    const bool udp = policy.stateful && below(4) == 0;
    rule.protocol = udp ? firewall::Protocol::udp : firewall::Protocol::tcp;
    rule.ports = ports();
    if (below(6) == 0) {
      rule.source_ports = ports();
    }
    rule.log = below(4) == 0;
    rule.reasons = {{"a>b:port-" + std::to_string(below(1000)), "because \"so\" it is"}};
    return rule;
  }

  /// Some destinations are known outside by another address.
  void translate(firewall::Policy& policy) {
    std::size_t outside = 1;
    for (const firewall::Rule& rule : policy.rules) {
      const IpPrefix& inside = rule.destinations.front();
      if (below(3) == 0 && inside.length == (inside.address.is_v4() ? 32 : 128)) {
        firewall::Translation translation;
        translation.from = rule.from;
        translation.inside = inside.address;
        translation.outside = inside.address.is_v4()
                                  ? *parse_address("192.0.2." + std::to_string(outside++))
                                  : *parse_address("2001:db8:ffff::" + std::to_string(outside++));
        translation.protocol = rule.protocol;
        translation.ports = rule.ports;
        translation.reasons = rule.reasons;
        policy.translations.push_back(translation);
      }
    }
    if (below(3) == 0) {
      policy.hides.push_back(below(policy.zones.size()));
    }
  }

  std::mt19937& source_;
};

}  // namespace pinhole::support
