// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `show` and `show full-configuration` print on FortiOS, as one table: virtual IPs translate
// first, then the policies in their order, then the implicit deny; `nat enable` hides (Fortinet,
// FortiOS Administration Guide: policies, virtual IPs).
//
// A policy that names no virtual IP is not about packets that one translates, unless it has
// `match-vip enable`; that this is the default of a deny depends on the release and is unknown.
// Schedules, users, Internet services, names and countries are unknown. A service with a session
// helper (dcerpc for port 135) is followed by an unknown rule for what the helper opens.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// Stops where the text is cut, is of several virtual domains, or has central NAT or policies by
/// application (NGFW mode).
[[nodiscard]] Checked<Ruleset> read_fortios(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
