// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a user did wrong, as the failure of a Checked<T>.

#include <string>

#include "base/diagnostic.hpp"

namespace pinhole::cli {

/// One error; `place` is what the user named: an argument, an option or a file. Empty: none.
[[nodiscard]] tl::unexpected<Diagnostics> refusal(std::string id, std::string place,
                                                  std::string message, std::string remedy,
                                                  Exit exit = Exit::usage);

/// `bad-argument`: an argument that means nothing here.
[[nodiscard]] tl::unexpected<Diagnostics> usage(std::string place, std::string message,
                                                std::string remedy);

}  // namespace pinhole::cli
