// SPDX-License-Identifier: Apache-2.0
#pragma once
// From sets that differ to packets that show it: what proof and diff share.

#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/by_translation.hpp"
#include "firewall/evaluate.hpp"
#include "firewall/proof.hpp"

namespace pinhole::firewall {

/// Packets, and what becomes of their destination.
struct Part {
  Translated to;
  PacketSet packets;
};

/// The part of a difference on which one rule decides.
struct Share {
  Part part;
  Decider by;
};

/// What is in `these` and not in `those`, under the same translation, nor in `except`.
[[nodiscard]] std::vector<Part> beyond(const ByTranslation& these, const ByTranslation& those,
                                       const PacketSet& except);

/// A packet that looks like a real one, where the set has any: from a port that clients use, to
/// and from addresses that hosts have. The set is not empty.
[[nodiscard]] PacketPoint plausible(PacketSet packets);

class Comparison {
 public:
  explicit Comparison(const Interfaces& interfaces) : interfaces_(&interfaces) {}

  [[nodiscard]] Difference difference(const PacketSet& packets, const Translated& to,
                                      const Decider& by) const;
  /// The parts by the rule of `ruleset` that accepts them under their translation.
  [[nodiscard]] Checked<std::vector<Share>> accepting(const Ruleset& ruleset,
                                                      const std::vector<Part>& parts) const;
  /// The parts by the rule of `ruleset` that denies them, or accepts them translated otherwise.
  [[nodiscard]] Checked<std::vector<Share>> refusing(const Ruleset& ruleset,
                                                     const std::vector<Part>& parts) const;
  /// One difference for each rule that makes the fate of `packets` unknown.
  [[nodiscard]] Checked<std::vector<Difference>> unknown(const Ruleset& ruleset,
                                                         PacketSet packets) const;

 private:
  template <class Wanted>
  [[nodiscard]] Checked<std::vector<Share>> shares(const Ruleset& ruleset,
                                                   const std::vector<Part>& parts,
                                                   Wanted wanted) const;

  const Interfaces* interfaces_;
};

}  // namespace pinhole::firewall
