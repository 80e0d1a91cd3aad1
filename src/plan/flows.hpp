// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the needs of a topology to its flows: which listeners a kind of client asks for, on which
// servers, by product (data/flows.toml, data/services.toml). Time grows with the flows made, not
// with the square of the servers.

#include <vector>

#include "catalogue/catalogue.hpp"
#include "plan/finding.hpp"
#include "plan/flow.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

struct Flows {
  std::vector<Flow> flows;  // by id, each id once
  Findings findings;        // in the order of the needs
};

/// Findings: `empty-need` where nothing that a need names can serve it (an error; a warning where
/// only some of its targets cannot), and those of check_paths and check_families. Two needs that
/// ask for the same become one flow with the place and the text of the first.
[[nodiscard]] Flows make_flows(const Topology& topology, const catalogue::Catalogue& catalogue);

}  // namespace pinhole::plan
