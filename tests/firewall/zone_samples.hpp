// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of the dialects with security zones share.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "firewall/explain.hpp"
#include "firewall/model.hpp"
#include "firewall/packet.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::support {

/// Takes out of a policy drawn at random what no device with zones can say: no state, and
/// translation without interfaces.
inline void adapt_to_zones(firewall::Policy& policy) {
  policy.stateful = true;
  if (policy.device.empty()) {
    policy.translations.clear();
    policy.hides.clear();
  }
}

/// Hiding stays with zones that have no IPv6.
inline void hide_v4_alone(firewall::Policy& policy) {
  std::erase_if(policy.hides, [&](firewall::ZoneIndex zone) {
    return std::ranges::any_of(policy.zones[zone].networks,
                               [](const IpPrefix& each) { return !each.address.is_v4(); });
  });
}

inline void translate_v4_alone(firewall::Policy& policy) {
  std::erase_if(policy.translations,
                [](const firewall::Translation& one) { return !one.outside.is_v4(); });
}

inline std::string file(const std::string& name) {
  std::ifstream stream(PINHOLE_SOURCE_DIR "/tests/firewall/data/" + name);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// `accepted`, `denied` or `unknown`, and what the destination became.
inline std::string fate(const firewall::Ruleset& rules, const std::string& packet) {
  const auto parsed = firewall::parse_packet(packet);
  EXPECT_TRUE(parsed) << packet;
  const auto walked = parsed ? firewall::explain(rules, *parsed)
                             : Checked<firewall::Explanation>(firewall::Explanation{});
  if (!parsed || !walked) {
    return "failed";
  }
  constexpr const char* kWords[] = {"accepted", "denied", "unknown"};
  std::string fate = kWords[static_cast<std::size_t>(walked->outcome)];
  if (walked->to.destination) {
    fate += " as " + to_string(*walked->to.destination);
  }
  return fate;
}

}  // namespace pinhole::support
