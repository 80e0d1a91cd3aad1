// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the printers for Cisco's devices share. An access list of an interface does not see where a
// packet goes, so zones are told apart by the addresses of each entry: its sources and destinations
// are cut to those that their zones hold. An entry so cut is its own protection against spoofing.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/address_number.hpp"
#include "firewall/model.hpp"
#include "firewall/printing.hpp"

namespace pinhole::firewall {

/// Which addresses each zone holds, and prefixes cut to them.
class ZoneCuts {
 public:
  explicit ZoneCuts(const Policy& policy);

  /// The prefixes of the family that lie in the zone, joined, in their order.
  [[nodiscard]] std::vector<IpPrefix> within(ZoneIndex zone, const std::vector<IpPrefix>& prefixes,
                                             Family family) const;
  /// All that zones hold together in the family.
  [[nodiscard]] std::vector<IpPrefix> of_zones(const std::vector<ZoneIndex>& zones,
                                               Family family) const;

 private:
  [[nodiscard]] const std::vector<AddressNumbers>& held(ZoneIndex zone, Family family) const;

  std::vector<std::vector<AddressNumbers>> v4_;  // by zone; sorted, apart
  std::vector<std::vector<AddressNumbers>> v6_;
};

/// A line with its addresses of one family, cut to its zones; those without any are left out, and
/// ICMP of the other family.
struct CutLine {
  const Line* line = nullptr;  // outlives this
  Family family = Family::v4;
  std::vector<IpPrefix> sources;
  std::vector<IpPrefix> destinations;
};
[[nodiscard]] std::vector<CutLine> cut(const ZoneCuts& cuts, const std::vector<Line>& lines,
                                       Family family);

/// Zones by their interface, in the order of the policy; one with no name where no zone has any.
struct InterfaceZones {
  std::string interface;
  std::vector<ZoneIndex> zones;
};
[[nodiscard]] std::vector<InterfaceZones> by_interface(const Policy& policy);

/// A remark for each reason: ASCII that a command line takes as text (no `?`), at most `limit`
/// octets each.
[[nodiscard]] std::vector<std::string> remarks_of(const Line& line, std::size_t limit);
[[nodiscard]] std::string cisco_text(std::string_view text, std::size_t limit);

/// 32 bits of any text as eight hexadecimal digits (FNV-1a): the names of one version of the rules.
[[nodiscard]] std::string version_of(std::string_view text);

/// 255.255.0.0 and 0.0.255.255
[[nodiscard]] std::string netmask(const IpPrefix& prefix);
[[nodiscard]] std::string wildcard(const IpPrefix& prefix);

/// contradictions_of, names of interfaces that no Cisco device has, and zones of which only some
/// have an interface.
[[nodiscard]] Diagnostics cisco_refusals_of(const Policy& policy, std::string_view backend);
[[nodiscard]] Diagnostic cisco_refusal(std::string_view backend, std::string_view id,
                                       std::string message, std::string_view remedy);

}  // namespace pinhole::firewall
