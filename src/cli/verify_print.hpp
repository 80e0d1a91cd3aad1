// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `pinhole verify` shows on a terminal.

#include <cstddef>
#include <string>

#include "inspect/verify_changes.hpp"
#include "inspect/verify_report.hpp"
#include "render/table.hpp"

namespace pinhole::cli {

/// The flows, the worst first, what is open beyond the plan, what to look at next, and the summary.
[[nodiscard]] std::string verify_table(const inspect::Report& report, render::Style style);

/// A line for each change, with the time, and what to look at next where a flow now fails; empty
/// where nothing changed.
[[nodiscard]] std::string verify_changes(const inspect::ReportChanges& changes,
                                         const std::string& time, render::Style style);

/// A line on standard error that says how far a long task is; silent where that is no terminal.
class ProgressLine {
 public:
  explicit ProgressLine(const char* what);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::size_t done, std::size_t total);

 private:
  const char* what_;
  bool terminal_;
  bool shown_ = false;
  std::size_t last_ = 0;
};

}  // namespace pinhole::cli
