// SPDX-License-Identifier: Apache-2.0
#pragma once
// UTF-8 as a terminal sees it: code points, what of them is safe to show, and how wide they are.
// Unicode 15 ranges, coarse: enough to align and to defuse, not to set type.

#include <cstddef>
#include <optional>
#include <string_view>

namespace pinhole::render {

/// One step through a text: a code point of `size` bytes, or one byte that is not UTF-8
/// (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
struct Step {
  std::optional<char32_t> code_point;
  std::size_t size = 1;
};

/// The first step of a text that is not empty.
[[nodiscard]] Step first_step(std::string_view text);

/// False for controls (C0, DEL, C1), line and paragraph separators, bidirectional and other
/// invisible format characters, private use and noncharacters.
[[nodiscard]] bool is_printable(char32_t code_point);

/// Columns of a terminal: 0 for combining marks, 2 for East Asian wide forms and emoji, else 1.
[[nodiscard]] std::size_t width(char32_t code_point);

/// The sum over a text; a byte that is not UTF-8 counts 1.
[[nodiscard]] std::size_t width(std::string_view text);

}  // namespace pinhole::render
