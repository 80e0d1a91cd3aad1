// SPDX-License-Identifier: Apache-2.0
#pragma once
// The reader of `show running-config` of Cisco IOS and IOS XE, and of parts of it, from Cisco's IOS
// Security Command Reference and the configuration guides "Access Control Lists", "Zone-Based
// Policy Firewalls" and "IP Addressing: NAT": named and numbered lists of both families bound to
// interfaces, object groups, zones with their pairs and policies, static and overloaded `ip nat
// inside source`.
//
// An inbound list sees a packet before its destination is translated, zones after that. What an
// entry opens for answers alone (`evaluate`, `ip inspect`) lets no first packet in. Interfaces that
// the text does not speak of are not there; a text without any interface and with one list for a
// family is that list. Not followed, so that packets are unknown where it matters: unicast reverse
// paths, tunnels that bypass a list, inspection that opens ports itself, route maps.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

[[nodiscard]] Checked<Ruleset> read_ios(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
