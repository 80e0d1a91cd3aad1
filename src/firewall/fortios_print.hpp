// SPDX-License-Identifier: Apache-2.0
#pragma once
// The policy as a script for the CLI of FortiOS 6.4 and later, where one policy is of both versions
// of IP (Fortinet, FortiOS CLI Reference: firewall address, service custom, vip, policy).
//
// All objects are named pinhole..., and policies have the numbers from 1350001 on, so that a second
// loading edits the same ones. Policies name the interfaces themselves; each pair of these ends in
// a deny. A translation is a virtual IP with policies of its own. Services have `helper disable`,
// so that no session helper opens further ports. Refused: zone_print.hpp, translation of IPv6 (a
// virtual IP of it cannot be bound to an interface), of ICMP and of all ports.

#include <string>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

struct FortiosTexts {
  std::string apply;
  std::string undo;  // deletes what `apply` of the same policy makes
};

[[nodiscard]] Checked<FortiosTexts> print_fortios(const Policy& policy);

}  // namespace pinhole::firewall
