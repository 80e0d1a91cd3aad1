// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that users name on the command line.

#include <cstddef>
#include <string>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"

namespace pinhole::cli {

/// The whole file, `-` for standard input. Above 64 MiB, or unreadable: exit code 2.
[[nodiscard]] Checked<std::string> read_text(const std::string& path);

/// The bytes of a file of at most so many. It is the user's, so that a missing one is exit code 2.
[[nodiscard]] Checked<Bytes> read_input(const std::string& path, std::size_t most);

}  // namespace pinhole::cli
