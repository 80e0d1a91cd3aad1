// SPDX-License-Identifier: Apache-2.0
#pragma once
// A trace for eyes.

#include <string>

#include "catalogue/catalogue.hpp"
#include "inspect/trace.hpp"
#include "render/table.hpp"

namespace pinhole::cli {

/// The rows, what mappers named and nobody used, with a plan its flows that nobody used, and a
/// summary.
[[nodiscard]] std::string trace_table(const inspect::Trace& trace,
                                      const catalogue::Catalogue& catalogue, const plan::Plan* plan,
                                      bool all, render::Style style);

}  // namespace pinhole::cli
