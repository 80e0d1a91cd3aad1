// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text that is not ours to trust, as one word or one line of the language that a file is in.

#include <optional>
#include <string>
#include <string_view>

namespace pinhole::plan {

/// For a comment of any of the languages: one line of printable ASCII, all else `?`.
[[nodiscard]] std::string comment_text(std::string_view text);

/// A PowerShell expression for this text (UTF-8), in ASCII: single quotes, doubled inside; any
/// other character as [char]0xNNNN. It needs no further parentheses.
[[nodiscard]] std::string powershell_text(std::string_view text);

/// `"text"` for a command of cmd.exe that splits its line as the C runtime does, with `%` doubled.
/// Nothing for what no quoting there keeps: quotes, controls, and characters outside ASCII, which
/// depend on the console's code page.
[[nodiscard]] std::optional<std::string> cmd_text(std::string_view text);

/// A YAML scalar that is this text: 'single' where it is printable ASCII, else "double" with
/// escapes. Where Ansible would take it for a template it is marked !unsafe.
[[nodiscard]] std::string yaml_text(std::string_view text);

/// For an XML attribute in double quotes, or for element text.
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace pinhole::plan
