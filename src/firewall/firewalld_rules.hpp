// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rules of one zone or policy, in the order in which they count.

#include <vector>

#include "firewall/firewalld_words.hpp"

namespace pinhole::firewall::firewalld {

/// Those of forwarding, of the translation of destinations, and of that of sources.
struct Rules {
  std::vector<RulesetRule> forward;
  std::vector<RulesetRule> prerouting;
  std::vector<RulesetRule> postrouting;
};

enum class Owner : std::uint8_t {
  zone,    // its services and their like are for the device itself
  policy,  // between zones, so they are for what is forwarded
};

/// Throws Stop.
[[nodiscard]] Rules rules_of(const File& file, Owner owner, const Words& words);

}  // namespace pinhole::firewall::firewalld
