// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which ports a server gives away by itself, by its system and product and by what its registry
// says.

#include <optional>
#include <string_view>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/state.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

/// The range that a row of port_rules names; none where it has no bounds.
[[nodiscard]] std::optional<PortRange> range_of_rule(const catalogue::Catalogue& catalogue,
                                                     std::string_view rule);

/// dynamic_range_of, with MaxUserPort (up to Windows Server 2003) and without ReservedPorts where
/// the state has them. `state` may be null.
[[nodiscard]] PortSet dynamic_ports_of(const Server& server, const State* state,
                                       const catalogue::Catalogue& catalogue);

/// The ports that Rpc\Internet lists; empty where it lists none, or something else than ports.
[[nodiscard]] PortSet internet_ports_of(const State* state, const catalogue::Catalogue& catalogue);

}  // namespace pinhole::plan
