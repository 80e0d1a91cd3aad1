// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a person watches: colour and progress are for a terminal, never for a pipe or a file.

#include <cstdio>

#include "render/table.hpp"

namespace pinhole::cli {

[[nodiscard]] bool is_terminal(std::FILE* stream);

/// Colour where the stream is a terminal.
[[nodiscard]] render::Style style_of(std::FILE* stream);

}  // namespace pinhole::cli
