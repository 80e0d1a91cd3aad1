// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads nftables' native text (nft(8)): what `nft list ruleset` prints and what `nft -f` loads.
// Tables, chains, rules, sets, maps, definitions, and the commands add, insert, create, delete and
// flush as far as they can be followed without a kernel.
//
// Left out: chains on hooks of the host itself, and ARP. Unknown: tables of bridges, and all that
// ruleset.hpp says.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// Refused, with its line: text that is cut or out of balance, `include`, a command that cannot be
/// followed, a name without a definition.
[[nodiscard]] Checked<Ruleset> read_nft(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
