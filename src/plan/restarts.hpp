// SPDX-License-Identifier: Apache-2.0
#pragma once
// What must restart before the planned ports count, in an order that leaves as much running as
// can be: one server at a time, domain controllers first, then what stands behind, last what
// clients talk to.

#include <span>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

/// At most one step for each server, and none for a server where nothing changes. `assignments`
/// are in the order of their servers.
[[nodiscard]] std::vector<RestartStep> restarts_for(const Topology& topology,
                                                    const catalogue::Catalogue& catalogue,
                                                    std::span<const Assignment> assignments);

}  // namespace pinhole::plan
