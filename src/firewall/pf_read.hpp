// SPDX-License-Identifier: Apache-2.0
#pragma once
// pf's rules: pf.conf, or what `pfctl -sn` and `pfctl -sr` print, of OpenBSD (nat-to, rdr-to) and
// of FreeBSD (nat, rdr), by pf.conf(5).
//
// A packet that is forwarded meets the rules twice, where it comes in and where it leaves; of the
// rules for that direction the last one that matches counts, or the first with `quick`. So they are
// read as two chains with the quick ones first, as they stand, and then the others from the end.
// FreeBSD translates before both. States need no rules here: they are for first packets.
//
// Not known, and said so: tables whose addresses the text does not hold, networks of interfaces,
// groups of interfaces, names of hosts, anchors that are loaded apart, route-to, tags, users,
// limits of states. An address of the device itself is no packet's that is forwarded.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

[[nodiscard]] bool is_pf(std::string_view text);
[[nodiscard]] Checked<Ruleset> read_pf(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
