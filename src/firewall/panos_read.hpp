// SPDX-License-Identifier: Apache-2.0
#pragma once
// What PAN-OS shows of its configuration in the format `set`, and the XML that it exports, as one
// table: security rules in their order (those that a Panorama pushed before and behind the local
// ones), then intrazone-default and interzone-default; the first NAT rule that matches, by packets
// as they arrive (Palo Alto Networks, PAN-OS Administrator's Guide: policy, NAT).
//
// A rule for an application is about what is seen later than in the first packet: unknown, and so
// are users, schedules, `application-default`, names, lists from elsewhere, and the zone to which a
// destination would have gone before its translation.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// Stops where the text is cut, is of a Panorama or of several virtual systems, or holds other
/// commands than `set`.
[[nodiscard]] Checked<Ruleset> read_panos(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
