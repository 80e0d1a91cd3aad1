// SPDX-License-Identifier: Apache-2.0
#pragma once
// Markdown (CommonMark with tables) of text that is not ours to trust.

#include <string>
#include <string_view>
#include <vector>

namespace pinhole::plan {

/// The text as itself on one line: what Markdown or HTML would read is escaped, line breaks and
/// other controls become `\xNN`, marks that change the direction of text `\u{N}`, and what is not
/// UTF-8 U+FFFD.
[[nodiscard]] std::string markdown(std::string_view text);

/// The same as a code span, also inside a table.
[[nodiscard]] std::string markdown_code(std::string_view text);

/// A table; the cells are Markdown already. Columns are padded, so that the source reads well too.
[[nodiscard]] std::string markdown_table(const std::vector<std::string>& titles,
                                         const std::vector<std::vector<std::string>>& rows);

}  // namespace pinhole::plan
