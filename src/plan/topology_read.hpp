// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the text of a topology file to a topology. docs/topology.md says what stands in it.

#include <string_view>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

/// Reads TOML. `name` is the file in messages. All that is wrong is reported, each with line and
/// column, what was expected and what to do, in the order of the lines; then there is no topology.
/// State files are not looked at: their paths are taken as they stand.
[[nodiscard]] Checked<Topology> read_topology(std::string_view text, std::string_view name,
                                              const catalogue::Catalogue& catalogue);

}  // namespace pinhole::plan
