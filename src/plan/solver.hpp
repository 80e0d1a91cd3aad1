// SPDX-License-Identifier: Apache-2.0
#pragma once
// A static port for every listener that has a setting for one. Preferred in this order: pinned by
// hand, what the server has already, what the others of its group have, what the official texts
// advise, the first that breaks no rule. What one server gets depends on itself, its group (array,
// cluster, load balancer, X.400 partners) and the policy, never on which other servers there are.

#include <span>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "plan/finding.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

struct Solution {
  std::vector<Assignment> assignments;  // by server, then setting
  // Errors: who got no port, and which constraints collide. Notes: who stays dynamic.
  Findings findings;
};

/// `states` belong to the servers of their names; those of other names are not looked at. Pins win
/// even where they break a rule: the rules say so. X.400 stays on its default without an
/// assignment, unless a pin, a partner or the state has another port.
[[nodiscard]] Solution solve(const Topology& topology, const catalogue::Catalogue& catalogue,
                             std::span<const State> states);

}  // namespace pinhole::plan
