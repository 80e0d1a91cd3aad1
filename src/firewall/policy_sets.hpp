// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a policy asks for, as packet sets: which packets must pass, and of which it says nothing
// because they cannot be, or cannot be told apart.
//
// Of no account are: packets that would leave by another interface than the one that leads to
// their destination; packets between hosts of one zone; without anti-spoofing, sources that do not
// belong where they come from; on a device without state, answers of other protocols than TCP.
// Rules between a zone and itself are for the device's own services, not for what it forwards.

#include <optional>
#include <utility>
#include <vector>

#include "firewall/by_translation.hpp"
#include "firewall/model.hpp"
#include "firewall/packet.hpp"
#include "firewall/packet_set.hpp"

namespace pinhole::firewall {

/// Only packets from the first zone to the second.
using ZonePair = std::pair<ZoneIndex, ZoneIndex>;

class PolicySets {
 public:
  /// The policy must outlive this. Throws TooComplex.
  PolicySets(const Policy& policy, const Interfaces& interfaces, std::optional<ZonePair> only);

  /// What must pass, by the translation that it needs.
  [[nodiscard]] const ByTranslation& needed() const { return needed_; }
  /// Packets that no answer depends on, where they are translated so.
  [[nodiscard]] PacketSet ignored(const Translated& to) const;
  /// What one rule asks for.
  [[nodiscard]] ByTranslation needed_by(const Rule& rule) const;
  /// Of the needed packets, those that must leave with the device's own address.
  [[nodiscard]] PacketSet hidden() const;

 private:
  enum class Side : std::uint8_t { source, destination };

  [[nodiscard]] PacketSet addresses(const std::vector<IpPrefix>& prefixes, Side side) const;
  [[nodiscard]] PacketSet arriving_at(ZoneIndex zone) const;
  [[nodiscard]] PacketSet rule_packets(const Rule& rule) const;
  [[nodiscard]] PacketSet answers(const Rule& rule) const;
  [[nodiscard]] PacketSet seen_as(const PacketSet& set, const Translated& to) const;
  void make_zones();
  void make_arrivals();
  void make_ignored();

  const Policy* policy_;
  const Interfaces* interfaces_;
  std::optional<ZonePair> only_;
  std::vector<PacketSet> sources_;       // of each zone: packets that come from its addresses
  std::vector<PacketSet> destinations_;  // likewise
  std::vector<PacketSet> from_;          // of each zone: packets that come in from it
  std::vector<PacketSet> to_;            // likewise
  ByTranslation arrivals_;
  ByTranslation needed_;
  PacketSet ignored_;  // by the addresses that packets have when they are forwarded
};

/// The packets of a rule's service: protocol and ports.
[[nodiscard]] PacketSet service_packets(Protocol protocol, const PortSet& source_ports,
                                        const PortSet& ports);

}  // namespace pinhole::firewall
