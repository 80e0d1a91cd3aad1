// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <unistd.h>

namespace pinhole::cli {

bool is_terminal(std::FILE* stream) {
  return ::isatty(::fileno(stream)) == 1;
}

render::Style style_of(std::FILE* stream) {
  return {.colour = is_terminal(stream)};
}

}  // namespace pinhole::cli
