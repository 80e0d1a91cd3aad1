// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `show configuration | display set`, `show configuration` and `show configuration security`
// print on an SRX, as one table of policies by zones: those between two zones in their order, then
// the global ones, then the default policy (Juniper, Security Policies User Guide).
//
// Words that need more than a packet (users, applications by content, schedules, services of the
// content) are unknown. A permitted application whose ALG opens further ports is followed by an
// unknown rule for these; the ALG of MS-RPC also listens where a policy lets port 135 pass without
// `application-protocol ignore`.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// Stops where the text is cut, holds commands other than `set` and `deactivate`, or inherits
/// security settings from groups.
[[nodiscard]] Checked<Ruleset> read_junos(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
