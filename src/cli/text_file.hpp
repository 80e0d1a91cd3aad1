// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that users name on the command line.

#include <string>

#include "base/diagnostic.hpp"

namespace pinhole::cli {

/// The whole file, `-` for standard input. Above 64 MiB, or unreadable: exit code 2.
[[nodiscard]] Checked<std::string> read_text(const std::string& path);

}  // namespace pinhole::cli
