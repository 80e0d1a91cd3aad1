// SPDX-License-Identifier: Apache-2.0
#include "firewall/exposure.hpp"

#include <array>
#include <cmath>

#include "firewall/address_number.hpp"
#include "firewall/evaluate.hpp"

namespace pinhole::firewall {
namespace {

double size_of(const AddressRange& range) {
  return static_cast<double>(number_of(range.last) - number_of(range.first)) + 1;
}

/// The destination ports in a set that looks at nothing else.
PortSet ports_of(PacketSet packets) {
  PortSet ports;
  while (!packets.empty()) {
    // The first port of the set begins a range; what is missing behind it ends that range.
    const std::uint16_t first = packets.smallest().destination_port;
    const PacketSet behind = PacketSet::numbers(Field::destination_port, {{first, 65535}});
    const PacketSet gap = behind - packets;
    const auto last =
        static_cast<std::uint16_t>(gap.empty() ? 65535 : gap.smallest().destination_port - 1);
    ports.insert({first, last});
    packets = packets - PacketSet::numbers(Field::destination_port, {{first, last}});
  }
  return ports;
}

double sources_of(const PacketSet& packets, bool v4) {
  const std::array others{Field::in_interface,     Field::out_interface, Field::destination,
                          Field::destination_port, Field::source_port,   Field::protocol};
  const PacketSet sources = packets.forgetting(others);
  // What was forgotten counts with all its values: interfaces, destination, ports, protocol.
  return sources.count() / std::ldexp(1.0, 24 + (v4 ? 32 : 128) + 32 + 8);
}

Checked<Exposure> expose(const Ruleset& ruleset) {
  std::vector<InterfaceName> names;
  collect_interfaces(ruleset, names);
  const Interfaces interfaces(std::move(names));
  const auto decisions = evaluate(ruleset, interfaces, interfaces.universe());
  if (!decisions) {
    return tl::unexpected(decisions.error());
  }
  Exposure result;
  result.unknown = !decisions->unknown.empty();
  PacketSet open = decisions->unknown;
  for (const auto& [to, packets] : decisions->accepted) {
    open = open | packets;
  }
  PacketSet with_ports;
  const std::array beyond_ports{Field::source, Field::source_port};
  for (const std::uint32_t protocol : {6U, 17U}) {
    const PacketSet here = PacketSet::numbers(Field::protocol, {{protocol, protocol}});
    with_ports = with_ports | here;
    const auto groups = by_destination((open & here).forgetting(beyond_ports), kMostOpenings);
    if (!groups) {
      return too_complex(ruleset.name);
    }
    for (const DestinationGroup& group : *groups) {
      const bool v4 = group.addresses.front().first.is_v4();
      const std::uint32_t family = v4 ? 4 : 6;
      const PacketSet only = here & PacketSet::numbers(Field::family, {{family, family}});
      const std::array above{Field::protocol, Field::family};
      Opening opening{group.addresses, protocol == 6 ? "tcp" : "udp", {}, 0, 0};
      opening.ports = ports_of((group.packets & only).forgetting(above));
      opening.sources =
          sources_of(open & only & PacketSet::addresses(Field::destination, group.addresses), v4);
      for (const AddressRange& range : group.addresses) {
        opening.pairs += size_of(range) * opening.ports.count();
      }
      result.pairs += opening.pairs;
      result.openings.push_back(std::move(opening));
    }
  }
  const std::array beyond_hosts{Field::source, Field::source_port, Field::protocol,
                                Field::destination_port};
  const auto hosts = by_destination((open & with_ports).forgetting(beyond_hosts), kMostOpenings);
  if (!hosts) {
    return too_complex(ruleset.name);
  }
  for (const DestinationGroup& group : *hosts) {
    for (const AddressRange& range : group.addresses) {
      result.hosts += size_of(range);
    }
  }
  result.dynamic = result.hosts * kDynamicRange;
  return result;
}

}  // namespace

Checked<Exposure> exposure(const Ruleset& ruleset) {
  try {
    return expose(ruleset);
  } catch (const TooComplex&) {
    return too_complex(ruleset.name);
  }
}

}  // namespace pinhole::firewall
