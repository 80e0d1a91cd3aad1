// SPDX-License-Identifier: Apache-2.0
#pragma once
// Octets from anywhere as the text of a rule set.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "firewall/check.hpp"
#include "firewall/ruleset.hpp"
#include "require.hpp"

namespace pinhole::fuzz {

using RulesetReader = Checked<firewall::Ruleset>(std::string_view, const std::string&);

/// What the reader makes of the input, once it has been checked; no tables where the reader
/// refused it with remedies.
inline firewall::Ruleset read_and_check(RulesetReader& read, const std::uint8_t* data,
                                        std::size_t size) {
  auto ruleset = read(text_of(view_of(data, size)), "input");
  if (!ruleset) {
    require_remedies(ruleset.error());
    return {};
  }
  (void)firewall::check_ruleset(*ruleset);
  return *std::move(ruleset);
}

/// Each rule knows the line that it stands on.
inline void require_lines(const firewall::Ruleset& ruleset) {
  for (const firewall::Table& table : ruleset.tables) {
    for (const firewall::Chain& chain : table.chains) {
      for (const firewall::RulesetRule& rule : chain.rules) {
        require(rule.line > 0);
      }
    }
  }
}

}  // namespace pinhole::fuzz
