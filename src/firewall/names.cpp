// SPDX-License-Identifier: Apache-2.0
#include "firewall/names.hpp"

namespace pinhole::firewall {
namespace {

template <class Index, class Parts>
void add(Index& index, const Table& table, const Parts& parts) {
  for (const auto& part : parts) {
    index.try_emplace({&table, part.name}, &part);
  }
}

template <class Index>
auto find(const Index& index, const Table& table, std::string_view name) {
  const auto found = index.find({&table, name});
  return found == index.end() ? nullptr : found->second;
}

}  // namespace

Names::Names(const Ruleset& ruleset) {
  for (const Table& table : ruleset.tables) {
    add(chains_, table, table.chains);
    add(sets_, table, table.sets);
    add(verdict_maps_, table, table.verdict_maps);
    add(nat_maps_, table, table.nat_maps);
  }
}

const Chain* Names::chain(const Table& table, std::string_view name) const {
  return find(chains_, table, name);
}

const NamedSet* Names::set(const Table& table, std::string_view name) const {
  return find(sets_, table, name);
}

const NamedMap<Verdict>* Names::map_of(const Table& table, const Lookup<Verdict>& lookup) const {
  return lookup.map.empty() ? nullptr : find(verdict_maps_, table, lookup.map);
}

const NamedMap<NatTarget>* Names::map_of(const Table& table,
                                         const Lookup<NatTarget>& lookup) const {
  return lookup.map.empty() ? nullptr : find(nat_maps_, table, lookup.map);
}

const std::vector<MapEntry<Verdict>>& Names::entries(const Table& table,
                                                     const Lookup<Verdict>& lookup) const {
  const auto* named = map_of(table, lookup);
  return named != nullptr ? named->entries : lookup.entries;
}

const std::vector<MapEntry<NatTarget>>& Names::entries(const Table& table,
                                                       const Lookup<NatTarget>& lookup) const {
  const auto* named = map_of(table, lookup);
  return named != nullptr ? named->entries : lookup.entries;
}

}  // namespace pinhole::firewall
