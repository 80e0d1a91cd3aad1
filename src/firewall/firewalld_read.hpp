// SPDX-License-Identifier: Apache-2.0
#pragma once
// firewalld's configuration: `tail -v -n +1 /usr/lib/firewalld/*/*.xml
// /etc/firewalld/firewalld.conf /etc/firewalld/*.xml /etc/firewalld/*/*.xml`, or the files below
// /etc alone; zones and services that firewalld brings along are known then.
//
// Order of evaluation, as firewalld 1.x writes it for nftables (firewalld.zone(5),
// firewalld.policy(5), firewalld.richlanguage(5)):
// - Answers, and what was led to another address, pass.
// - One zone sees a packet: the first whose source holds it (zones by name), else that of the
//   interface, else the default zone. In it: policies of negative priority in the order of their
//   priorities and names; the zone's own rules; policies of positive priority; the zone's target.
// - A policy sees what comes in from its ingress zones and leaves to its egress zones, by their
//   interfaces and sources. It is in force where one of each is bound to any. In it: rules of
//   negative priority; those that deny; those that accept; those of positive priority; its target.
// What goes to the device itself is left out, as are `lo` and the IPv6 reverse path, which depend
// on routing. Zones that NetworkManager binds to interfaces stand in none of these files.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

[[nodiscard]] bool is_firewalld(std::string_view text);
[[nodiscard]] Checked<Ruleset> read_firewalld(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
