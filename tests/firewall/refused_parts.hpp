// SPDX-License-Identifier: Apache-2.0
#pragma once
// What some back-ends refuse of policies that are drawn at random: translations, hidden zones,
// zones without interfaces.

#include <string>

#include "firewall/model.hpp"

namespace pinhole::support {

/// All of it; what each back-end refuses by itself is tested with it.
inline void take_out_refused(firewall::Policy& policy) {
  policy.translations.clear();
  policy.hides.clear();
  for (firewall::ZoneIndex zone = 0; zone < policy.zones.size(); ++zone) {
    policy.zones[zone].interface = "eth" + std::to_string(zone);
  }
  policy.device = "router";
}

}  // namespace pinhole::support
