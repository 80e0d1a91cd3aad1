// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a zone holds as explicit prefixes, for devices that know no "all others".

#include <vector>

#include "firewall/printing.hpp"

namespace pinhole::firewall {

/// All addresses of the zone, in the fewest prefixes, none within another.
[[nodiscard]] std::vector<IpPrefix> prefixes_of(const ZoneAddresses& zone, Family family);

/// Those of the prefixes' addresses that the zone holds, likewise.
[[nodiscard]] std::vector<IpPrefix> held_by(const ZoneAddresses& zone,
                                            const std::vector<IpPrefix>& prefixes, Family family);

}  // namespace pinhole::firewall
