// SPDX-License-Identifier: Apache-2.0
#pragma once
// The policy as commands for the configuration mode of a Cisco ASA, release 9.0 or later (Cisco ASA
// Series Command Reference: access-list extended, access-group, object-group, nat). Zones with
// interfaces (their nameif) get one access list each, bound inbound; zones without any share one
// that is bound globally.
//
// All names begin with PINHOLE_ and a number made of the rules: another policy has other names. A
// new access list is bound in the place of the old one in one step, without a moment between.
//
// Refused besides what contradicts itself: a device without state; services of the device itself,
// which no access list for forwarded packets sees; rules between zones of one interface; what a
// translation would break, since an ASA drops a connection to a host whose answers it would
// translate (message 305013).

#include <string>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

struct AsaTexts {
  std::string apply;
  std::string undo;  // of exactly this policy
};

[[nodiscard]] Checked<AsaTexts> print_asa(const Policy& policy);

}  // namespace pinhole::firewall
