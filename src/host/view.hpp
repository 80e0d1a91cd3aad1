// SPDX-License-Identifier: Apache-2.0
#pragma once
// The supervisor's answer to `list` and `status`.

#include <memory>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/managed.hpp"

namespace pinhole::host {

/// Every service with its state, its listeners, and what of its settings the registry holds
/// otherwise by now; that is read here.
[[nodiscard]] nlohmann::json show(const ServeConfig& config,
                                  const std::vector<std::unique_ptr<Managed>>& services);

}  // namespace pinhole::host
