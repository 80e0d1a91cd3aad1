// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `pinhole probe` found, as a table and as the document of docs/schema/probe.schema.json.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "inspect/probe.hpp"
#include "render/table.hpp"

namespace pinhole::cli {

/// `facts`: below the table, what each service that speaks said of itself.
[[nodiscard]] std::string probe_table(const std::vector<inspect::ProbeResult>& results, bool facts,
                                      render::Style style);
[[nodiscard]] nlohmann::ordered_json probe_json(const std::vector<inspect::ProbeResult>& results);
/// `3 speak, 30 closed, 2 open or filtered`
[[nodiscard]] std::string probe_summary(const std::vector<inspect::ProbeResult>& results);

/// Every probe there is, for `--list`.
[[nodiscard]] std::string probe_list(render::Style style);
[[nodiscard]] nlohmann::ordered_json probe_list_json();

}  // namespace pinhole::cli
