// SPDX-License-Identifier: Apache-2.0
#pragma once
// Hives that are only read; what they warn of is printed.

#include <filesystem>

#include "base/diagnostic.hpp"
#include "plan/state.hpp"
#include "store/store.hpp"

namespace pinhole::cli {

/// A hive, or a folder of hives. Warnings, of a hive that was not closed, are printed.
[[nodiscard]] Checked<store::HiveStore> open_to_read(const std::filesystem::path& path);

/// Makes them the state's registry.
[[nodiscard]] Checked<void> read_hives(plan::State& state, const std::filesystem::path& path);

}  // namespace pinhole::cli
