// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files of a plan folder.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"

namespace pinhole::plan {

/// The file that says that a folder is a plan's.
inline constexpr std::string_view kPlanMarker = ".pinhole-plan";
inline constexpr std::string_view kPlanFile = "plan.json";
inline constexpr std::string_view kRecordFile = "plan.md";
inline constexpr std::string_view kRestartFile = "restarts.txt";

struct PlanFile {
  std::string name;
  Bytes content;
};

/// SERVER.reg and SERVER-undo.reg
[[nodiscard]] std::string reg_file_name(const Server& server);
[[nodiscard]] std::string undo_file_name(const Server& server);

/// plan.json, plan.md and restarts.txt, then for each server with values in its registry the two
/// .reg files. `states` as they were given to make_plan; each counts for the server that it names.
[[nodiscard]] Checked<std::vector<PlanFile>> plan_files(const Plan& plan,
                                                        std::span<const State> states,
                                                        const catalogue::Catalogue& catalogue);

}  // namespace pinhole::plan
