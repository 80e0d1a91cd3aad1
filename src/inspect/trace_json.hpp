// SPDX-License-Identifier: Apache-2.0
#pragma once
// A trace as JSON, docs/schema/trace.schema.json.

#include <nlohmann/json_fwd.hpp>

#include "inspect/trace.hpp"

namespace pinhole::inspect {

/// `plan` where the trace was judged by one. `all`: also connections that spoke no DCE/RPC.
[[nodiscard]] nlohmann::ordered_json trace_json(const Trace& trace,
                                                const catalogue::Catalogue& catalogue,
                                                const plan::Plan* plan, bool all);

/// Whether a row is shown without being asked for: whatever speaks DCE/RPC or was to.
[[nodiscard]] bool is_shown(const TraceRow& row, bool all);

}  // namespace pinhole::inspect
