// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether one packet fulfils a rule: the plain reading of a match, for the walk of a packet.

#include <vector>

#include "firewall/names.hpp"
#include "firewall/packet.hpp"
#include "firewall/path.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// maybe: a match is not understood, or its set may have more elements.
enum class Holds : std::uint8_t { no, maybe, yes };

[[nodiscard]] Holds holds(const Packet& packet, const Names& names, const Table& table,
                          const RulesetRule& rule, const Situation& situation);
[[nodiscard]] bool holds(const Packet& packet, const std::vector<Field>& fields,
                         const Element& element, const Situation& situation);

}  // namespace pinhole::firewall
