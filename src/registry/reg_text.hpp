// SPDX-License-Identifier: Apache-2.0
#pragma once
// .reg files, the text form of registry edits, in both dialects: `REGEDIT4` (code page 1252) and
// `Windows Registry Editor Version 5.00` (UTF-16LE with a byte order mark; UTF-8 is read too).
// There is no specification; what is read and written is what Windows' own editor exchanges.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "registry/key.hpp"

namespace pinhole::registry {

/// Longest .reg file that is read.
inline constexpr std::size_t kMaxRegFile = std::size_t{64} << 20U;

/// Reads a whole file; `name` stands in the places of its errors. On any error nothing is
/// returned but all errors (at most 20), each with line and column, columns in characters from 1.
/// Hexadecimal text values of REGEDIT4 are turned from the code page to UTF-16LE.
[[nodiscard]] Checked<std::vector<Edit>> read_reg(ByteView file, std::string_view name);

enum class RegForm : std::uint8_t {
  version5,       // UTF-16LE with byte order mark, CR LF
  version5_utf8,  // the same as UTF-8 without a mark, for a terminal
  regedit4,       // code page 1252, CR LF; a character outside it is an error
  for_hive,       // UTF-8, LF, text outside ASCII as hexadecimal: what hivexregedit reads
};

/// The file's bytes. Edits of one key that follow each other stand under one heading; a text that
/// would not survive a round trip (an odd length, a line break) is written as hexadecimal.
[[nodiscard]] Checked<Bytes> write_reg(const std::vector<Edit>& edits, RegForm form);

}  // namespace pinhole::registry
