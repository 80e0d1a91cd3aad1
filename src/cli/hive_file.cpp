// SPDX-License-Identifier: Apache-2.0
#include "cli/hive_file.hpp"

#include "cli/command.hpp"
#include "plan/state_read.hpp"

namespace pinhole::cli {

Checked<store::HiveStore> open_to_read(const std::filesystem::path& path) {
  auto opened = store::HiveStore::open(path, {});
  if (opened) {
    report(opened->warnings());
  }
  return opened;
}

Checked<void> read_hives(plan::State& state, const std::filesystem::path& path) {
  const auto opened = open_to_read(path);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  plan::set_registry(state, opened->view(), path.string());
  return {};
}

}  // namespace pinhole::cli
