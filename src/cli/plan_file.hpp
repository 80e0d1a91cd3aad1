// SPDX-License-Identifier: Apache-2.0
#pragma once
// PLAN on a command line: a plan folder, or its plan.json.

#include <string>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"

namespace pinhole::cli {

/// Reads the plan; `-` is standard input. What is no plan, or cannot be read: exit 2.
[[nodiscard]] Checked<plan::Plan> open_plan(const std::string& path,
                                            const catalogue::Catalogue& catalogue);

/// A plan, and the catalogue that it was read by.
struct OpenedPlan {
  catalogue::Catalogue catalogue;
  plan::Plan plan;
};

/// The catalogue in the folder `data`, or the one compiled in where it is empty; then the plan.
[[nodiscard]] Checked<OpenedPlan> open_plan(const std::string& path, const std::string& data);

/// The server of that name, case apart; exit 2 names those that the plan has.
[[nodiscard]] Checked<plan::Index> server_of(const plan::Plan& plan, const std::string& name);

}  // namespace pinhole::cli
