// SPDX-License-Identifier: Apache-2.0
#pragma once
// A topology with the state files that it names, and what is planned from them.

#include <filesystem>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"

namespace pinhole::cli {

struct Planned {
  plan::Plan plan;
  std::vector<plan::State> states;  // of the servers that name a file
};

/// Plans a topology's text, which is `title` in errors; its state files are relative to `folder`.
/// Warnings, of a hive that was not closed, are printed. A state file that is missing, cannot be
/// read or is of another kind is exit 2, with the place of its server in the topology; all such
/// are reported.
[[nodiscard]] Checked<Planned> plan_of_topology(const std::string& text, const std::string& title,
                                                const std::filesystem::path& folder,
                                                const catalogue::Catalogue& catalogue);

}  // namespace pinhole::cli
