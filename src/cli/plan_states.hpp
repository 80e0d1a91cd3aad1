// SPDX-License-Identifier: Apache-2.0
#pragma once
// The state files that a topology names, and hives that a plan is written into.

#include <filesystem>
#include <vector>

#include "base/diagnostic.hpp"
#include "plan/state.hpp"
#include "plan/topology.hpp"

namespace pinhole::cli {

/// The states of all servers that name a file, each file relative to `folder`. Warnings, of a hive
/// that was not closed, are printed. A file that is missing, cannot be read or is of another kind
/// is exit 2, with the place of its server in the topology; all such are reported.
[[nodiscard]] Checked<std::vector<plan::State>> read_states_of(const plan::Topology& topology,
                                                               const std::filesystem::path& folder);

}  // namespace pinhole::cli
