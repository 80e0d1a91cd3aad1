// SPDX-License-Identifier: Apache-2.0
#pragma once
// The policy as `set` commands for Junos on the SRX series, to be loaded with `load set` and put in
// force by one commit (Juniper, Junos CLI Reference: security zones, address-book, applications,
// security policies, security nat).
//
// All objects are named pinhole...: zones that hold the interfaces, addresses of the global address
// book, applications with `application-protocol ignore` so that no ALG opens further ports, and
// policies between these zones, each pair of which ends in a deny. Without interfaces they are
// global policies. Refused: zone_print.hpp, an interface without its unit, and hiding IPv6 behind
// an interface's address.

#include <string>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

struct JunosTexts {
  std::string apply;
  std::string undo;  // deletes what `apply` of the same policy sets
};

[[nodiscard]] Checked<JunosTexts> print_junos(const Policy& policy);

}  // namespace pinhole::firewall
