// SPDX-License-Identifier: Apache-2.0
#pragma once
// plan.json: a whole plan as a versioned document (docs/schema/plan.schema.json), which holds its
// topology, so that later commands need no other file. Rows are referred to by name.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"

namespace pinhole::plan {

inline constexpr int kPlanVersion = 1;

/// Longest plan.json that is read.
inline constexpr std::size_t kMaxPlanFile = std::size_t{256} << 20U;

/// Equal plans give equal bytes. Each flow has its ports both as numbers and as what gives them.
[[nodiscard]] std::string write_plan(const Plan& plan, const catalogue::Catalogue& catalogue);

/// Reads what write_plan wrote, to an equal plan. The topology is checked as one from TOML is; all
/// that is wrong is reported, each place a JSON pointer after the file's name (exit 2): an unknown
/// version, a missing or unknown member, a wrong type, a name or a setting that is not there, two
/// rows that mean the same, ports of a flow that are not those of its settings.
[[nodiscard]] Checked<Plan> read_plan(std::string_view text, std::string_view name,
                                      const catalogue::Catalogue& catalogue);

}  // namespace pinhole::plan
