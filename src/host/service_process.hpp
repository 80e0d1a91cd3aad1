// SPDX-License-Identifier: Apache-2.0
#pragma once
// The process of one Windows service.

#include "host/config.hpp"

namespace pinhole::host {

/// Reads its settings, binds, registers, and serves until SIGTERM. A static port that it does not
/// get leaves it up without that endpoint. The exit code of the process.
[[nodiscard]] int run_service(const ChildTask& task);

/// The values of `settings` in the registry and the .config files of `config`.
[[nodiscard]] Checked<Readings> read_settings_now(
    const ServeConfig& config, const std::vector<const catalogue::Setting*>& settings);

}  // namespace pinhole::host
