// SPDX-License-Identifier: Apache-2.0
#include "firewall/packet_match.hpp"

#include <algorithm>

namespace pinhole::firewall {
namespace {

bool in(const NumberRange& range, std::uint32_t number) {
  return range.first <= number && number <= range.last;
}

bool in(const AddressRange& range, const IpAddress& address) {
  return range.first.family == address.family && range.first.octets <= address.octets &&
         address.octets <= range.last.octets;
}

bool holds(const Packet& packet, Field field, const Value& value, const Situation& situation) {
  const auto number = [&value](std::uint32_t of_packet) {
    return in(std::get<NumberRange>(value), of_packet);
  };
  const Translated& to = situation.to;
  switch (field) {
    case Field::in_interface:
      return matches(std::get<InterfaceName>(value), packet.in_interface);
    case Field::out_interface:
      return matches(std::get<InterfaceName>(value), packet.out_interface);
    case Field::family:
      return number(packet.source.is_v4() ? 4 : 6);
    case Field::source:
      return in(std::get<AddressRange>(value), packet.source);
    case Field::destination:
      return in(std::get<AddressRange>(value), to.destination.value_or(packet.destination));
    case Field::original_destination:
      return in(std::get<AddressRange>(value), packet.destination);
    case Field::protocol:
      return number(packet.protocol);
    case Field::source_port:
      return number(packet.source_port);
    case Field::destination_port:
      return number(to.port.value_or(packet.destination_port));
    case Field::original_destination_port:
      return number(packet.destination_port);
    case Field::icmp_type:
      return number(packet.destination_port / 256);
    case Field::icmp_code:
      return number(packet.destination_port % 256);
    case Field::connection_state:
      return number(situation.untracked ? kStateUntracked : kStateNew);
    case Field::tcp_flags: {
      const auto& flags = std::get<MaskedNumber>(value);
      return (kFirstTcpFlags & flags.mask) == flags.value;
    }
    case Field::translated:
      return number(situation.natted ? 1 : 0);
  }
  return false;
}

Holds holds(const Packet& packet, const Names& names, const Table& table, const Match& match,
            const Situation& situation) {
  if (!match.unknown.empty()) {
    return Holds::maybe;
  }
  const NamedSet* set = match.set.empty() ? nullptr : names.set(table, match.set);
  const auto& elements = set != nullptr ? set->elements : match.elements;
  const bool found = std::ranges::any_of(elements, [&](const Element& element) {
    return holds(packet, match.fields, element, situation);
  });
  if (!found && set != nullptr && set->open) {
    return Holds::maybe;
  }
  return found != match.negated ? Holds::yes : Holds::no;
}

}  // namespace

bool holds(const Packet& packet, const std::vector<Field>& fields, const Element& element,
           const Situation& situation) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!holds(packet, fields[i], element[i], situation)) {
      return false;
    }
  }
  return true;
}

Holds holds(const Packet& packet, const Names& names, const Table& table, const RulesetRule& rule,
            const Situation& situation) {
  Holds all = Holds::yes;
  for (const Match& match : rule.matches) {
    all = std::min(all, holds(packet, names, table, match, situation));
    if (all == Holds::no) {
      break;
    }
  }
  return all;
}

}  // namespace pinhole::firewall
