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
#include "snapshot/rpcdump.hpp"

namespace pinhole::cli {

/// One target's entries as a table with known names, or its error as a line.
[[nodiscard]] std::string dump_table(const inspect::TargetDump& dump,
                                     const catalogue::Catalogue& catalogue, render::Style style);

/// The document of docs/schema/dump.schema.json.
[[nodiscard]] nlohmann::ordered_json dump_json(const std::vector<inspect::TargetDump>& dumps,
                                               const catalogue::Catalogue& catalogue);

/// The entries as the classic listing shows them, and back; an endpoint that was not tried, or
/// that cannot be, counts as one that does not answer.
[[nodiscard]] std::vector<snapshot::RpcdumpEntry> rpcdump_entries(const inspect::TargetDump& dump);
[[nodiscard]] inspect::DumpEntry entry_of(const snapshot::RpcdumpEntry& row);

/// What ended a conversation with a mapper, as a diagnostic with exit code 3.
[[nodiscard]] Diagnostic diagnostic_of(const inspect::DumpTarget& target,
                                       const transport::ClientError& error);

}  // namespace pinhole::cli
