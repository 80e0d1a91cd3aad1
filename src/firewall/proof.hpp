// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a rule set is the policy, no more and no less; what one rule set opens and closes against
// another. Each difference comes with one packet that shows it and with who decides it.

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"
#include "firewall/packet.hpp"
#include "firewall/path.hpp"
#include "firewall/policy_sets.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// Who decided, by its words in the file. Without a chain: no chain sees the packet, so it passes.
struct DecidedBy {
  std::string table;
  std::string chain;
  std::uint32_t line = 0;  // 0: the end of a chain that the file does not write
  std::string text;        // of the rule; empty: the end of the chain

  friend bool operator==(const DecidedBy&, const DecidedBy&) = default;
};

[[nodiscard]] DecidedBy in_words(const Decider& decider);

struct Difference {
  Packet packet;     // as it arrives
  Translated to;     // what the rule set makes of it; where it is missing, what it should become
  double count = 0;  // how many packets differ so
  DecidedBy by;
  std::vector<Reason> flows;  // of the rule of the policy that asks for it, or comes nearest
};

struct Proof {
  enum class Answer : std::uint8_t { exact, differs, unknown };

  Answer answer = Answer::exact;
  std::vector<Difference> missing;  // needed and not let through, or translated otherwise
  std::vector<Difference> excess;   // let through and not needed
  std::vector<Difference> unknown;  // not known what becomes of it
  std::vector<Difference> sources;  // let through, but its source is hidden or shown wrongly
  bool truncated = false;           // there are more than kMostDifferences of a kind
};

inline constexpr std::size_t kMostDifferences = 1000;

/// Fails where the rule set cannot be followed (check_ruleset), or outgrows memory or time.
[[nodiscard]] Checked<Proof> prove(const Policy& policy, const Ruleset& ruleset,
                                   std::optional<ZonePair> only = std::nullopt);

/// What `after` lets through and `before` does not, and the other way round. `by` is the rule of
/// `after` for what is opened, of the rule set that closes for what is closed: `after` too.
struct RulesetDiff {
  std::vector<Difference> opened;
  std::vector<Difference> closed;
  std::vector<Difference> unknown;  // in one of them
  bool truncated = false;

  [[nodiscard]] bool same() const { return opened.empty() && closed.empty() && unknown.empty(); }
};

[[nodiscard]] Checked<RulesetDiff> diff(const Ruleset& before, const Ruleset& after);

}  // namespace pinhole::firewall
