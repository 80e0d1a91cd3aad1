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

}  // namespace pinhole::firewall
