// SPDX-License-Identifier: Apache-2.0
#pragma once
// One rule of nftables' native text.

#include <span>

#include "firewall/nft_lex.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// The words of one rule, without line ends inside. Any words make a rule: what is not understood
/// is an unknown match or action of it. `line` and `text` are left to the caller.
[[nodiscard]] RulesetRule nft_rule(std::span<const NftToken> tokens);

}  // namespace pinhole::firewall
