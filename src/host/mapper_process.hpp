// SPDX-License-Identifier: Apache-2.0
#pragma once
// The endpoint mapper's process.

#include "host/config.hpp"

namespace pinhole::host {

/// Listens on its two ports and on the local socket until SIGTERM. The exit code of the process.
[[nodiscard]] int run_mapper(const ChildTask& task);

}  // namespace pinhole::host
