// SPDX-License-Identifier: Apache-2.0
#pragma once
// An endpoint map as `pinhole dump` and `pinhole map` show it.

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "inspect/dump.hpp"
#include "render/table.hpp"

namespace pinhole::cli {

/// One target's entries as a table with known names, or its error as a line.
[[nodiscard]] std::string dump_table(const inspect::TargetDump& dump,
                                     const catalogue::Catalogue& catalogue, render::Style style);

/// The document of docs/schema/dump.schema.json.
[[nodiscard]] nlohmann::ordered_json dump_json(const std::vector<inspect::TargetDump>& dumps,
                                               const catalogue::Catalogue& catalogue);

/// What ended a conversation with a mapper, as a diagnostic with exit code 3.
[[nodiscard]] Diagnostic diagnostic_of(const inspect::DumpTarget& target,
                                       const transport::ClientError& error);

}  // namespace pinhole::cli
