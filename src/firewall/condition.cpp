// SPDX-License-Identifier: Apache-2.0
#include "firewall/condition.hpp"

#include <algorithm>

namespace pinhole::firewall {
namespace {

PacketSet constant(bool holds) {
  return holds ? PacketSet::all() : PacketSet();
}

template <class T>
std::vector<T> firsts(const std::vector<Element>& elements) {
  std::vector<T> result;
  result.reserve(elements.size());
  for (const Element& element : elements) {
    result.push_back(std::get<T>(element.front()));
  }
  return result;
}

bool any_contains(const std::vector<Element>& elements, std::uint32_t number) {
  return std::ranges::any_of(firsts<NumberRange>(elements), [number](const NumberRange& range) {
    return range.first <= number && number <= range.last;
  });
}

/// The first packet of a TCP connection has SYN alone.
bool any_has_syn(const std::vector<Element>& elements) {
  return std::ranges::any_of(firsts<MaskedNumber>(elements), [](const MaskedNumber& flags) {
    return (kFirstTcpFlags & flags.mask) == flags.value;
  });
}

}  // namespace

PacketSet Conditions::of_single(Field field, const std::vector<Element>& elements,
                                const Situation& situation) const {
  switch (field) {
    case Field::in_interface:
    case Field::out_interface: {
      std::vector<NumberRange> indices;
      for (const InterfaceName& name : firsts<InterfaceName>(elements)) {
        const auto some = interfaces_->matching(name);
        indices.insert(indices.end(), some.begin(), some.end());
      }
      return PacketSet::numbers(field, indices);
    }
    case Field::connection_state:
      return constant(any_contains(elements, situation.untracked ? kStateUntracked : kStateNew));
    case Field::translated:
      return constant(any_contains(elements, situation.natted ? 1 : 0));
    case Field::tcp_flags:
      return constant(any_has_syn(elements));
    case Field::destination: {
      const auto ranges = firsts<AddressRange>(elements);
      return situation.to.destination
                 ? constant(std::ranges::any_of(ranges,
                                                [&situation](const AddressRange& range) {
                                                  return range.first <= *situation.to.destination &&
                                                         *situation.to.destination <= range.last;
                                                }))
                 : PacketSet::addresses(field, ranges);
    }
    case Field::source:
    case Field::original_destination:
      return PacketSet::addresses(field, firsts<AddressRange>(elements));
    case Field::destination_port:
      return situation.to.port ? constant(any_contains(elements, *situation.to.port))
                               : PacketSet::numbers(field, firsts<NumberRange>(elements));
    case Field::family:
    case Field::protocol:
    case Field::source_port:
    case Field::icmp_type:
    case Field::icmp_code:
    case Field::original_destination_port:
      break;
  }
  return PacketSet::numbers(field, firsts<NumberRange>(elements));
}

PacketSet Conditions::of_elements(const std::vector<Field>& fields,
                                  const std::vector<Element>& elements,
                                  const Situation& situation) const {
  if (elements.empty()) {
    return {};
  }
  if (fields.size() == 1) {
    return of_single(fields.front(), elements, situation);
  }
  std::vector<PacketSet> sets;
  sets.reserve(elements.size());
  for (const Element& element : elements) {
    PacketSet set = PacketSet::all();
    for (std::size_t i = fields.size(); i > 0 && !set.empty(); --i) {
      set = of_single(fields[i - 1], {{element[i - 1]}}, situation) & set;
    }
    if (!set.empty()) {
      sets.push_back(std::move(set));
    }
  }
  return PacketSet::any_of(std::move(sets));
}

Condition Conditions::of(const std::vector<Field>& fields, const Element& key,
                         const Situation& situation) {
  const PacketSet set = of_elements(fields, {key}, situation);
  return {set, set};
}

Condition Conditions::of(const Table& table, const Match& match, const Situation& situation) {
  if (!match.unknown.empty()) {
    return {PacketSet(), PacketSet::all()};
  }
  Condition result;
  if (match.set.empty()) {
    result.must = result.may = of_elements(match.fields, match.elements, situation);
  } else {
    const NamedSet* set = names_->set(table, match.set);
    const auto [place, added] = named_.try_emplace(Key{set, match.fields, situation});
    if (added) {
      place->second = of_elements(match.fields, set->elements, situation);
    }
    result.must = place->second;
    result.may = set->open ? PacketSet::all() : place->second;
  }
  if (match.negated) {
    return {PacketSet::all() - result.may, PacketSet::all() - result.must};
  }
  return result;
}

Condition Conditions::all_of(const Table& table, const std::vector<Match>& matches,
                             const Situation& situation) {
  Condition result{PacketSet::all(), PacketSet::all()};
  for (const Match& match : matches) {
    const Condition one = of(table, match, situation);
    result.may = result.may & one.may;
    if (result.may.empty()) {
      return {};
    }
    result.must = result.must & one.must;
  }
  return result;
}

}  // namespace pinhole::firewall
