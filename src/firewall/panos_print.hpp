// SPDX-License-Identifier: Apache-2.0
#pragma once
// The policy as `set` commands of PAN-OS, to be pasted in configuration mode and put in force by
// one commit (Palo Alto Networks, PAN-OS CLI Quick Start and Administrator's Guide: policy).
//
// All objects are named pinhole...: zones that hold the interfaces, addresses, services, security
// rules between these zones with `application any`, each pair of which ends in a deny, and NAT
// rules. A security rule names destinations as they are before the translation, so what is
// translated has a rule of its own. Refused: zone_print.hpp, ICMP (which is an application there,
// no service), translation of IPv6 and of ICMP, and a destination that is permitted as such while
// it is translated to one that is not.

#include <string>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

struct PanosTexts {
  std::string apply;
  std::string undo;  // deletes what `apply` of the same policy sets
};

[[nodiscard]] Checked<PanosTexts> print_panos(const Policy& policy);

}  // namespace pinhole::firewall
