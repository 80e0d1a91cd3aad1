// SPDX-License-Identifier: Apache-2.0
#pragma once
// The policy as commands for the configuration mode of Cisco IOS 15 or IOS XE (Cisco IOS Security
// Command Reference). A device with state gets the zone-based policy firewall: a zone for each
// interface, and for each pair of them a policy map whose class maps match access lists. A device
// without state gets an outbound access list of each family for each interface, with entries for
// the answers (`established`), and an inbound one against spoofing. Neither says who may ask the
// device itself.
//
// All names begin with PINHOLE_ and a number made of the rules: another policy has other names.
// While a new one is loaded, what is between an old zone and a new one is dropped.
//
// Refused besides what contradicts itself: a policy without interfaces; services of the device
// itself; translations and hidden zones, since `ip nat inside source` would also change the answers
// to those who ask by the inside address; with state, two zones on one interface.

#include <string>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

struct IosTexts {
  std::string apply;
  std::string undo;  // of exactly this policy
};

[[nodiscard]] Checked<IosTexts> print_ios(const Policy& policy);

}  // namespace pinhole::firewall
