// SPDX-License-Identifier: Apache-2.0
#pragma once
// The matches and the target of one iptables rule (iptables(8), iptables-extensions(8)).

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// The words of a line: blanks divide them, except between quotes; a backslash takes the next
/// character as it is.
[[nodiscard]] std::vector<std::string> iptables_words(std::string_view line);

/// The rule behind `-A CHAIN`. `is_chain` tells chains from targets. What is not understood is an
/// unknown match or action. `line` and `text` are left to the caller.
[[nodiscard]] RulesetRule iptables_rule(std::span<const std::string> words, TableFamily family,
                                        const std::function<bool(std::string_view)>& is_chain);

}  // namespace pinhole::firewall
