// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads the Windows firewall's rules with their filters as JSON, as the command in
// docs/firewall-backends.md exports them (Windows Server 2012 and later):
//
//   { "profiles": [ { "Name": "Domain", "Enabled": "True", "DefaultInboundAction": "Block", ... }
//   ],
//     "active": [ "DomainAuthenticated" ],
//     "rules": [ { "DisplayName": ..., "Enabled": "True", "Direction": "Inbound", ... } ] }
//
// Enumerations may be words or their numbers, lists an array or one string. `active` holds the
// categories of the networks in use; without it every profile may be. Without `profiles` all block
// what comes in. The language of Windows does not matter.
//
// Source: "Get-NetFirewallRule" and its filters, "Set-NetFirewallProfile", Microsoft Learn;
// MSFT_NetFirewallRule for the numbers.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

[[nodiscard]] bool is_windows_json(std::string_view text);

/// Refused: no JSON (see json_lines.hpp for its bounds), no array `rules`, a rule without its
/// direction, action or address filter.
[[nodiscard]] Checked<Ruleset> read_windows_json(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
