// SPDX-License-Identifier: Apache-2.0
#pragma once
// The path of one packet through a rule set, rule by rule, as the device takes it. Shares no
// computation with evaluate.hpp: each is the other's judge.

#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/packet.hpp"
#include "firewall/path.hpp"

namespace pinhole::firewall {

/// A rule whose matches hold, or the end of a base chain that was reached.
struct Step {
  Decider at;
  bool surely = true;  // false: a match is not understood, or its set may have more elements
  std::string what;    // accept, drop, jump NAME, dnat to 10.0.0.5, ...

  friend bool operator==(const Step&, const Step&) = default;
};

struct Explanation {
  std::vector<Step> steps;
  Outcome outcome = Outcome::accepted;
  Decider by;           // of an unknown outcome: the first that made it so
  Translated to;        // where accepted
  bool hidden = false;  // leaves with another source
};

/// Fails as evaluate does. The deciders point into `ruleset`.
[[nodiscard]] Checked<Explanation> explain(const Ruleset& ruleset, const Packet& packet);

}  // namespace pinhole::firewall
