// SPDX-License-Identifier: Apache-2.0
#pragma once
// The processes below the supervisor: the endpoint mapper, and one for each service. Each is this
// program executed anew; it reads a document from standard input and reports its state as lines of
// JSON on descriptor 3.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/diagnostic.hpp"

namespace pinhole::host {

inline constexpr int kReportDescriptor = 3;
/// The subcommand that a child is started with; not in the help.
inline constexpr const char* kChildCommand = "serve-process";

/// Runs the process that standard input describes, until SIGTERM; its exit code.
[[nodiscard]] Exit run_child();

[[nodiscard]] Exit run_mapper(const nlohmann::json& document);
[[nodiscard]] Exit run_service(const nlohmann::json& document);

/// One line on the report descriptor.
void report_state(const nlohmann::json& state);
/// The report of a process that cannot start, and its exit code.
[[nodiscard]] Exit report_failure(const Diagnostics& diagnostics);

}  // namespace pinhole::host
