// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON as every subcommand prints it.

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace pinhole::render {

/// The document with members in their order, indented by two spaces, and a newline at its end.
/// Bytes that are not UTF-8 become U+FFFD; code points that are not printable (render/utf8.hpp)
/// are written as `\uNNNN`, so the text is safe on a terminal and parses to the same document.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& document);

/// The same on one line, without a space, for newline-delimited streams; newline at its end.
[[nodiscard]] std::string json_line(const nlohmann::ordered_json& document);

}  // namespace pinhole::render
