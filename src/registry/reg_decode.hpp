// SPDX-License-Identifier: Apache-2.0
#pragma once
// The encodings of .reg files: which one a file has, told by its first bytes.

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"

namespace pinhole::registry {

inline constexpr std::string_view kVersion5Header = "Windows Registry Editor Version 5.00";
inline constexpr std::string_view kRegedit4Header = "REGEDIT4";

/// The file as UTF-8 without its byte order mark: UTF-16LE where that mark says so, code page 1252
/// after the header REGEDIT4, else UTF-8. What is not in its encoding is an error with its offset.
[[nodiscard]] Checked<std::string> decode_reg(ByteView file, std::string_view name);

}  // namespace pinhole::registry
