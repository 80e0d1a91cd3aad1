// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a rule set can be followed at all: what evaluation and explanation rely on.

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

inline constexpr std::size_t kDeepestJump = 128;

/// Jumps and gotos lead to chains of their table, in no circle and not deeper than kDeepestJump;
/// sets and maps that rules name are there; values are of their field's kind. All that is wrong,
/// each with its line; empty where nothing is.
[[nodiscard]] Diagnostics check_ruleset(const Ruleset& ruleset);

/// The named part of a table; null where it has none of that name.
[[nodiscard]] const Chain* find_chain(const Table& table, std::string_view name);
[[nodiscard]] const NamedSet* find_set(const Table& table, std::string_view name);
[[nodiscard]] const NamedMap<Verdict>* find_verdict_map(const Table& table, std::string_view name);
[[nodiscard]] const NamedMap<NatTarget>* find_nat_map(const Table& table, std::string_view name);

}  // namespace pinhole::firewall
