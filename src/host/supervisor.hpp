// SPDX-License-Identifier: Apache-2.0
#pragma once
// The supervisor: starts the endpoint mapper, then the services one after the other, starts again
// with a growing delay what ends on its own, and answers on the control socket.
//
// Single-threaded: it forks.

#include <functional>
#include <string>

#include "base/diagnostic.hpp"
#include "host/config.hpp"

namespace pinhole::host {

/// Told once: when every service has reported, with no text, or why nothing could start.
using OnReady = std::function<void(const std::string& failure, Exit exit)>;

/// Runs until SIGTERM or SIGINT; then every process has ended and every entry is gone. Logs to
/// standard error.
[[nodiscard]] Exit supervise(const ServeConfig& config, const OnReady& on_ready);

/// The services that this configuration runs; exit 2 for an unknown product or role.
[[nodiscard]] Checked<std::vector<const catalogue::Service*>> services_to_run(
    const catalogue::Catalogue& catalogue, const ServeConfig& config);

}  // namespace pinhole::host
