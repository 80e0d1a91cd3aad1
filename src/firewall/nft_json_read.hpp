// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads nftables' JSON (libnftables-json(5)): what `nft -j list ruleset` prints. It is turned into
// native text, which nft_read.hpp then reads: both forms of one rule set have one meaning, and
// people see rules in the words that they know.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

inline constexpr std::size_t kLargestJson = 64U << 20U;

/// Refused: no JSON, no `nftables` array, commands other than add and flush ruleset, more than
/// kLargestJson octets. Lines are those of the JSON text.
[[nodiscard]] Checked<Ruleset> read_nft_json(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
