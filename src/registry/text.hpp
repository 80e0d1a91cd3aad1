// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text encodings of the registry: UTF-16LE in hives and in .reg files of version 5.00, the
// Windows code page 1252 in REGEDIT4 files, UTF-8 inside. Names compare without case.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace pinhole::registry {

/// No value for an odd number of bytes or an unpaired surrogate.
[[nodiscard]] std::optional<std::string> utf8_of_utf16le(ByteView bytes);

/// The byte offset of the first thing in `bytes` that is not UTF-16LE; none if all of it is.
[[nodiscard]] std::optional<std::size_t> first_bad_utf16le(ByteView bytes);

/// What is not UTF-8 becomes U+FFFD. No terminator, no byte order mark.
[[nodiscard]] Bytes utf16le_of(std::string_view utf8);

/// Total: the five undefined bytes of the code page become the C1 controls of the same number, as
/// Windows maps them.
[[nodiscard]] std::string utf8_of_cp1252(ByteView bytes);

/// No value if a character is not in the code page.
[[nodiscard]] std::optional<Bytes> cp1252_of(std::string_view utf8);

/// The byte offset of the first thing that is not UTF-8 (RFC 3629); none if all of it is.
[[nodiscard]] std::optional<std::size_t> first_bad_utf8(std::string_view text);

/// How many UTF-16 code units the text takes: names are limited in these.
[[nodiscard]] std::size_t utf16_length(std::string_view utf8);

/// Appends one code point (below 0x110000) to a UTF-8 text.
void append_utf8(std::string& text, char32_t code_point);

/// Negative, 0 or positive, as names compare: simple upper case of Latin, Greek and Cyrillic
/// letters, the alphabets of names in practice; other letters compare as they are.
[[nodiscard]] int compare_names(std::string_view a, std::string_view b);

[[nodiscard]] inline bool same_name(std::string_view a, std::string_view b) {
  return compare_names(a, b) == 0;
}

/// The order of names in maps.
struct NameLess {
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard names it
  bool operator()(std::string_view a, std::string_view b) const { return compare_names(a, b) < 0; }
};

}  // namespace pinhole::registry
