// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads one Azure network security group as JSON: what `az network nsg show` prints (or `list` and
// `create`, where there is only one), the REST interface's form, PowerShell's, and a template of
// Azure Resource Manager. Where the default rules are not in the text they are added, as Azure
// does.
//
// Inbound rules are the list that packets meet, by priority; outbound rules are kept in a chain
// that none meets. Service tags among addresses (VirtualNetwork, Internet) and expressions may
// stand for anything; application security groups are unknown matches. What a rule for every
// protocol with a port does with packets that have none is unknown.
//
// Sources: "Network security groups", "Security rules", "Microsoft.Network networkSecurityGroups"
// (Microsoft Learn).

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

[[nodiscard]] bool is_azure(std::string_view text);

/// Refused: no JSON (see json_lines.hpp for its bounds), no group or several ones, a rule without
/// its direction, access or priority.
[[nodiscard]] Checked<Ruleset> read_azure(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
