// SPDX-License-Identifier: Apache-2.0
#pragma once
// What some back-ends refuse by design, taken out of a policy that was drawn at random.

#include <algorithm>
#include <cstdint>
#include <string>

#include "firewall/backend.hpp"
#include "firewall/model.hpp"

namespace pinhole::support {

/// Addresses alone, with state, no translation, no log of one rule.
inline void keep_what_hosts_say(firewall::Policy& policy) {
  policy.device.clear();
  policy.anti_spoofing = false;
  policy.stateful = true;
  policy.translations.clear();
  policy.hides.clear();
  for (firewall::Zone& zone : policy.zones) {
    zone.interface.clear();
  }
  for (firewall::Rule& rule : policy.rules) {
    rule.log = false;
  }
}

/// That for hosts alone, without source ports.
inline void keep_what_groups_say(firewall::Policy& policy) {
  keep_what_hosts_say(policy);
  for (firewall::Rule& rule : policy.rules) {
    rule.source_ports = {};
    for (IpPrefix& prefix : rule.destinations) {
      const std::uint8_t host = prefix.address.is_v4() ? 32 : 128;
      if (prefix.length != host) {
        prefix.length = host;
        prefix.address.octets.at(host / 8 - 1) = 9;
      }
    }
  }
}

/// A router with an interface for each zone, without translation.
inline void keep_what_lists_say(firewall::Policy& policy) {
  policy.translations.clear();
  policy.hides.clear();
  for (firewall::ZoneIndex zone = 0; zone < policy.zones.size(); ++zone) {
    policy.zones[zone].interface = "eth" + std::to_string(zone);
  }
  policy.device = "router";
}

/// Leaves in the policy what a back-end prints, and as much of it as a few tries find. True where
/// something was refused and taken out; a back-end that refuses even what is left fails later.
inline bool make_sayable(firewall::Policy& policy, const firewall::Backend& backend) {
  using firewall::Policy;
  const Policy drawn = policy;
  const auto is_printed = [&] { return backend.print(policy).has_value(); };
  constexpr void (*kLess[])(Policy&) = {
      [](Policy&) {},
      [](Policy& less) { less.hides.clear(); },
      [](Policy& less) {
        std::erase_if(less.translations, [](const auto& one) { return !one.outside.is_v4(); });
      },
      [](Policy& less) { less.translations.clear(); },
      [](Policy& less) {
        for (firewall::Rule& rule : less.rules) {
          rule.source_ports = PortSet();
        }
      },
  };
  for (const auto& take_out : kLess) {
    take_out(policy);
    if (is_printed()) {
      return !(policy == drawn);
    }
  }
  for (const auto& keep : {keep_what_lists_say, keep_what_hosts_say}) {
    policy = drawn;
    keep(policy);
    if (is_printed()) {
      return true;
    }
  }
  policy = drawn;
  keep_what_groups_say(policy);
  return true;
}

}  // namespace pinhole::support
