// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which known name somebody may have meant.

#include <span>
#include <string_view>

namespace pinhole::plan {

/// The candidate that differs least from `name` (letters added, lost, changed or in other case),
/// where it differs by no more than a third of the name; else empty. The first of equals.
[[nodiscard]] std::string_view nearest_name(std::string_view name,
                                            std::span<const std::string_view> candidates);

}  // namespace pinhole::plan
