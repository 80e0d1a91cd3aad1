// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "render/escape.hpp"

namespace pinhole::cli {

Exit report(const Diagnostics& diagnostics) {
  Exit strongest = Exit::good;
  for (const Diagnostic& diagnostic : diagnostics) {
    fmt::print(stderr, "pinhole: {}{}\n",
               diagnostic.severity == Severity::error
                   ? ""
                   : fmt::format("{}: ", to_string(diagnostic.severity)),
               render::escape(to_string(diagnostic)));
    if (diagnostic.severity == Severity::error) {
      strongest = std::max(strongest, diagnostic.exit);
    }
  }
  return strongest;
}

}  // namespace pinhole::cli
