// SPDX-License-Identifier: Apache-2.0
#pragma once
// The policy as XML files for /etc/firewalld (firewalld.zone(5), firewalld.policy(5),
// firewalld.service(5), firewalld.ipset(5), firewalld.richlanguage(5); firewalld 1.0 or newer with
// its nftables back-end). All objects are named pinhole-..., so nobody else's are touched.
//
// - A zone for each interface. It leaves to the device what firewalld's own zones leave open: ssh.
// - A policy object for each pair of zones, before all zones and other policies; a last one drops
//   what no other let through. A zone without an interface is ANY there, and its addresses stand in
//   the rules.
// - A service for each rule, which carries its flow and reason; an IP set for each list of
// addresses.
//
// What is led to another address passes firewalld's forwarding without a question, so a
// forward-port is printed for each rule that lets somebody use it, and for nobody else.
// Refused beside what no Linux has: a device without state; source ports where the destination may
// be translated; translations of ICMP. A log of what passes is none of what was translated.

#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/backend.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

/// In the order in which they refer to each other; the undo is last.
[[nodiscard]] Checked<std::vector<PrintedFile>> print_firewalld(const Policy& policy);

}  // namespace pinhole::firewall
