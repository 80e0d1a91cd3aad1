// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON as the table that a Row reads, so that plan.json is checked as a topology file is.

#include <optional>
#include <string_view>

#include "plan/toml_row.hpp"

namespace pinhole::plan {

/// Nothing where the text is no JSON object, is nested too deeply, or holds a null or a number
/// that is too large for any field; that is noted, with the offset or the JSON pointer.
[[nodiscard]] std::optional<toml::table> table_of_json(std::string_view text, std::string_view name,
                                                       Mistakes& mistakes);

}  // namespace pinhole::plan
