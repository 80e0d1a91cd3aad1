// SPDX-License-Identifier: Apache-2.0
#pragma once
// From what the administrator describes to the whole plan: ports, flows, restarts, and what the
// rules say of all that.

#include <span>

#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

/// `states` are those of the topology's servers that have one, by name. A plan is always made;
/// one with findings at error level is not to be applied.
[[nodiscard]] Plan make_plan(Topology topology, const catalogue::Catalogue& catalogue,
                             std::span<const State> states);

}  // namespace pinhole::plan
