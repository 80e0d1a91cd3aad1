// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a rule's matches mean as packet sets, in the situation in which they are asked.

#include <map>
#include <tuple>
#include <vector>

#include "firewall/names.hpp"
#include "firewall/packet.hpp"
#include "firewall/packet_set.hpp"
#include "firewall/path.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// `must` holds surely, beyond `may` surely not; must is a part of may.
struct Condition {
  PacketSet must;
  PacketSet may;
};

/// The conditions of one rule set. Named sets are worked out once.
class Conditions {
 public:
  Conditions(const Interfaces& interfaces, const Names& names)
      : interfaces_(&interfaces), names_(&names) {}

  /// All of the matches.
  [[nodiscard]] Condition all_of(const Table& table, const std::vector<Match>& matches,
                                 const Situation& situation);
  /// One key of a map.
  [[nodiscard]] Condition of(const std::vector<Field>& fields, const Element& key,
                             const Situation& situation);

 private:
  [[nodiscard]] Condition of(const Table& table, const Match& match, const Situation& situation);
  [[nodiscard]] PacketSet of_elements(const std::vector<Field>& fields,
                                      const std::vector<Element>& elements,
                                      const Situation& situation) const;
  [[nodiscard]] PacketSet of_single(Field field, const std::vector<Element>& elements,
                                    const Situation& situation) const;

  using Key = std::tuple<const NamedSet*, std::vector<Field>, Situation>;

  const Interfaces* interfaces_;
  const Names* names_;
  std::map<Key, PacketSet> named_;
};

}  // namespace pinhole::firewall
