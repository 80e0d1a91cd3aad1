// SPDX-License-Identifier: Apache-2.0
#pragma once
// What targets demand; what does not hold ends the process, which is a find.

#include <cstdlib>

#include "base/diagnostic.hpp"

namespace pinhole::fuzz {

inline void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

/// A refusal names at least one mistake, and for each what is wrong and what to do.
inline void require_remedies(const Diagnostics& mistakes) {
  require(!mistakes.empty());
  for (const Diagnostic& mistake : mistakes) {
    require(!mistake.message.empty() && !mistake.remedy.empty());
  }
}

}  // namespace pinhole::fuzz
