// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a rule set does with every packet at once. Sets are of packets as they arrive, before any
// translation; which translation they met is kept beside them.
//
// A rule that a reader did not understand may hold or not: packets whose fate depends on it are in
// `unknown`. Where it makes no difference they are not.

#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/by_translation.hpp"
#include "firewall/packet.hpp"
#include "firewall/packet_set.hpp"
#include "firewall/path.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

struct Decisions {
  ByTranslation accepted;
  PacketSet denied;
  PacketSet unknown;
  PacketSet hidden;  // of the accepted ones, those that leave with another source
};

struct Decided {
  Decider by;
  Outcome outcome = Outcome::denied;  // unknown: it is not known what this rule does
  Translated to;
  PacketSet packets;
};

/// The decisions on the packets of `universe`. Fails where check_ruleset does, and where the sets
/// or the number of rules to follow outgrow their limits (`firewall-too-complex`).
[[nodiscard]] Checked<Decisions> evaluate(const Ruleset& ruleset, const Interfaces& interfaces,
                                          const PacketSet& universe);

/// The same by the rule that decides, in the order of the file: the rule that accepted on
/// `forward` before one on another hook, a rule before the end of a chain. A packet whose fate is
/// unknown is in several sets. Slower: for small universes, as differences are.
[[nodiscard]] Checked<std::vector<Decided>> attribute(const Ruleset& ruleset,
                                                      const Interfaces& interfaces,
                                                      const PacketSet& universe);

}  // namespace pinhole::firewall
