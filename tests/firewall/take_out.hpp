// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a firewall at the hosts refuses by design, taken out of a policy that was drawn at random.

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

}  // namespace pinhole::support
