// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plan and findings for eyes.

#include <string>

#include "plan/plan.hpp"
#include "render/table.hpp"

namespace pinhole::cli {

/// What each server's services get, the restarts, the findings, and a line that sums up.
[[nodiscard]] std::string plan_table(const plan::Plan& plan, render::Style style);

/// Severity, rule, where and what; then remedy and source, once for all findings that share them.
[[nodiscard]] std::string findings_text(const plan::Findings& findings, render::Style style);

[[nodiscard]] bool has_errors(const plan::Findings& findings);

/// `2 errors, 1 warning, 3 notes`
[[nodiscard]] std::string findings_count(const plan::Findings& findings);

}  // namespace pinhole::cli
