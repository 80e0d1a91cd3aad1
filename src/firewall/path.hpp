// SPDX-License-Identifier: Apache-2.0
#pragma once
// The way of packets through a rule set: what they meet in which order, what they become, and who
// decides. Shared by the evaluation of all packets and the walk of one, which share nothing else.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// How many rules a computation follows before it gives up.
inline constexpr std::uint64_t kMostSteps = 5'000'000;

/// What a destination was translated to; sets are always of packets as they arrived.
struct Translated {
  std::optional<IpAddress> destination;
  std::optional<std::uint16_t> port;

  friend auto operator<=>(const Translated&, const Translated&) = default;
};

/// What packets that arrived alike may yet differ in.
struct Situation {
  Translated to;
  bool natted = false;  // a translation was made, be it to what was there
  bool untracked = false;

  friend auto operator<=>(const Situation&, const Situation&) = default;
};

/// Who decides: a rule; without a rule the end of the base chain; without a chain nobody.
struct Decider {
  const Table* table = nullptr;
  const Chain* chain = nullptr;
  const RulesetRule* rule = nullptr;

  friend auto operator<=>(const Decider&, const Decider&) = default;
};

enum class Outcome : std::uint8_t { accepted, denied, unknown };

/// Whether `next` says more about why a packet passes than `before` does.
[[nodiscard]] bool decides_over(const Decider& next, const Decider& before);

/// The base chains on a hook, in the order in which packets meet them.
struct BaseChain {
  const Table* table = nullptr;
  const Chain* chain = nullptr;
};
[[nodiscard]] std::vector<BaseChain> base_chains(const Ruleset& ruleset, Hook hook);

/// The address and port that a translation gives, where it is sure which: each range holds one.
[[nodiscard]] std::optional<Translated> sure_target(const NatTarget& target);

[[nodiscard]] tl::unexpected<Diagnostics> too_complex(const std::string& name);

}  // namespace pinhole::firewall
