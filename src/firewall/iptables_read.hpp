// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads what `iptables-save` and `ip6tables-save` print and what iptables-restore(8) loads, one
// text after the other in one file too: packets of a family without a text meet no rule.
//
// The family is that of the last comment that names iptables or ip6tables; without one it is IPv6
// where the text has an IPv6 address. Chains of the host itself are left out. Extensions that are
// no fields of a packet (limit, recent, mark, set, ...) are unknown matches.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// Refused, with its line: a table without its COMMIT, a line outside of a table, a command that
/// deletes or replaces, a rule for a chain that was not declared.
[[nodiscard]] Checked<Ruleset> read_iptables(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
