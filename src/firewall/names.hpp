// SPDX-License-Identifier: Apache-2.0
#pragma once
// The named parts of a rule set, found at once however many there are.

#include <map>
#include <string_view>
#include <utility>

#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// The rule set must outlive this and stay where it is. Of parts with one name the first counts.
class Names {
 public:
  explicit Names(const Ruleset& ruleset);

  /// Null where the table has none of that name.
  [[nodiscard]] const Chain* chain(const Table& table, std::string_view name) const;
  [[nodiscard]] const NamedSet* set(const Table& table, std::string_view name) const;
  /// The entries of a lookup: its own, or those of the map that it names, which is there.
  [[nodiscard]] const std::vector<MapEntry<Verdict>>& entries(const Table& table,
                                                              const Lookup<Verdict>& lookup) const;
  [[nodiscard]] const std::vector<MapEntry<NatTarget>>& entries(
      const Table& table, const Lookup<NatTarget>& lookup) const;
  [[nodiscard]] const NamedMap<Verdict>* map_of(const Table& table,
                                                const Lookup<Verdict>& lookup) const;
  [[nodiscard]] const NamedMap<NatTarget>* map_of(const Table& table,
                                                  const Lookup<NatTarget>& lookup) const;

 private:
  template <class T>
  using Index = std::map<std::pair<const Table*, std::string_view>, const T*>;

  Index<Chain> chains_;
  Index<NamedSet> sets_;
  Index<NamedMap<Verdict>> verdict_maps_;
  Index<NamedMap<NatTarget>> nat_maps_;
};

}  // namespace pinhole::firewall
