// SPDX-License-Identifier: Apache-2.0
#include "firewall/by_translation.hpp"

#include <array>

namespace pinhole::firewall {

void add_arrivals(ByTranslation& all, const Translated& to, PacketSet packets) {
  if (to.port) {
    const PacketSet same =
        PacketSet::numbers(Field::destination_port, {{*to.port, *to.port}}) & packets;
    if (!same.empty()) {
      add_arrivals(all, {to.destination, std::nullopt}, same);
      packets = packets - same;
    }
  }
  if (to.destination) {
    const std::array address{AddressRange{*to.destination, *to.destination}};
    const PacketSet same = PacketSet::addresses(Field::destination, address) & packets;
    if (!same.empty()) {
      add_arrivals(all, {std::nullopt, to.port}, same);
      packets = packets - same;
    }
  }
  if (!packets.empty()) {
    PacketSet& set = all[to];
    set = set | packets;
  }
}

PacketSet packets_of(const ByTranslation& all, const Translated& to) {
  const auto found = all.find(to);
  return found == all.end() ? PacketSet() : found->second;
}

}  // namespace pinhole::firewall
