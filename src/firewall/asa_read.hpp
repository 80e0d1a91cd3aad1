// SPDX-License-Identifier: Apache-2.0
#pragma once
// The reader of `show running-config` of a Cisco ASA 8.3 or later, and of parts of it, from Cisco's
// ASA Series Command Reference and Firewall CLI Configuration Guide: interfaces with their names
// and security levels, objects and groups, extended access lists, `access-group`, `nat`.
//
// Interfaces are called by their `nameif`. Those that the text does not speak of are not there.
// Where it has no `interface` blocks at all, levels are taken to differ. Not followed, so that
// packets are unknown where it matters: `ip verify reverse-path`, tunnels that bypass access lists,
// modules that inspect, per-user lists, `inspect dcerpc` (which opens ports that a server's
// endpoint mapper names).

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

[[nodiscard]] Checked<Ruleset> read_asa(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
