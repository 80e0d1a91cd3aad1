// SPDX-License-Identifier: Apache-2.0
#pragma once
// Virtual IPs of FortiOS: what they translate before the policies are asked (Fortinet, FortiOS CLI
// Reference: firewall vip, vip6).

#include "firewall/fortios_objects.hpp"
#include "firewall/zone_read.hpp"

namespace pinhole::firewall {

/// Packets to the address that a virtual IP is known by outside.
[[nodiscard]] Match fortios_vip_outside(const FortiosVip& vip);
/// Adds the protocol and the ports that it translates, as they arrive.
void fortios_vip_ports(RulesetRule& rule, const FortiosVip& vip);
/// Adds the chain of all virtual IPs to the table, where there are any.
void fortios_vip_rules(FortiosObjects& objects, RuleMaker& maker);

}  // namespace pinhole::firewall
