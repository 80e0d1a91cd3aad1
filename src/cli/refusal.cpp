// SPDX-License-Identifier: Apache-2.0
#include "cli/refusal.hpp"

#include <utility>

namespace pinhole::cli {

tl::unexpected<Diagnostics> refusal(std::string id, std::string place, std::string message,
                                    std::string remedy, Exit exit) {
  return failure({std::move(id),
                  Severity::error,
                  {std::move(place), 0, 0, {}},
                  std::move(message),
                  std::move(remedy),
                  exit});
}

tl::unexpected<Diagnostics> usage(std::string place, std::string message, std::string remedy) {
  return refusal("bad-argument", std::move(place), std::move(message), std::move(remedy));
}

}  // namespace pinhole::cli
