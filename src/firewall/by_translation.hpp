// SPDX-License-Identifier: Apache-2.0
#pragma once
// Packets as they arrive, beside what their destination became.

#include <map>

#include "firewall/packet_set.hpp"
#include "firewall/path.hpp"

namespace pinhole::firewall {

/// Packets by the destination that they leave with. No address that a packet had anyway stands
/// here as its translation.
using ByTranslation = std::map<Translated, PacketSet>;

/// Joins packets to those of the same translation. Those that had their new address or port anyway
/// go to where they belong.
void add_arrivals(ByTranslation& all, const Translated& to, PacketSet packets);

/// The packets of one translation, or none.
[[nodiscard]] PacketSet packets_of(const ByTranslation& all, const Translated& to);

}  // namespace pinhole::firewall
