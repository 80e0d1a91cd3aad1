// SPDX-License-Identifier: Apache-2.0
#pragma once
// The fixed parts of the page that `pinhole verify --html` writes.

#include <string_view>

#include "inspect/verdict.hpp"

namespace pinhole::inspect {

/// One character that stands for a verdict beside its colour.
[[nodiscard]] std::string_view sign_of(Verdict verdict);

/// CSS: light and dark, narrow and wide, paper.
[[nodiscard]] std::string_view page_style();
/// JavaScript: the filter. Without it the page shows everything.
[[nodiscard]] std::string_view page_script();

}  // namespace pinhole::inspect
