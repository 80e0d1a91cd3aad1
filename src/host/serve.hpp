// SPDX-License-Identifier: Apache-2.0
#pragma once
// `pinhole serve` from its state folder to its end.

#include <cstdint>
#include <functional>

#include "base/diagnostic.hpp"
#include "host/config.hpp"

namespace pinhole::host {

enum class Presence : std::uint8_t { background, foreground };

/// Makes the state folder, takes its lock, runs `prepare` where there is one, creates a missing
/// hive, and supervises. In the
/// background the call returns when every service has reported, and the log goes to DIR/serve.log;
/// in the foreground it returns at the end. Another server on the folder: exit 3.
[[nodiscard]] Checked<Exit> serve(const ServeConfig& config, Presence presence,
                                  const std::function<Checked<void>()>& prepare = {});

/// The work of a child process, as its descriptors say. Its exit code.
[[nodiscard]] int run_child();

/// All addresses: 0.0.0.0, and :: where this machine has IPv6.
[[nodiscard]] std::vector<IpAddress> all_addresses();

}  // namespace pinhole::host
