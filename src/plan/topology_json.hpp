// SPDX-License-Identifier: Apache-2.0
#pragma once
// A topology as JSON, in the shape of its TOML file (docs/schema/topology.schema.json).

#include <nlohmann/json_fwd.hpp>

#include "plan/topology.hpp"

namespace pinhole::plan {

/// What reads back as an equal topology, but for the places of its rows.
[[nodiscard]] nlohmann::ordered_json topology_json(const Topology& topology);

/// Where the rows stood, `line:column` each, by the key of their table.
[[nodiscard]] nlohmann::ordered_json topology_lines(const Topology& topology);

}  // namespace pinhole::plan
