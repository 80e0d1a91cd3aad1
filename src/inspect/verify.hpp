// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tries the flows of a plan from this machine, all at once: asks the mappers, connects, binds.
//
// Each mapper is asked once, on one connection; each endpoint is tried once for each interface,
// however many flows need it.

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "inspect/verify_checks.hpp"

namespace pinhole::inspect {

struct VerifyOptions {
  std::chrono::milliseconds timeout{5000};  // for each connect and each call
  std::size_t at_once = 256;                // connections
  /// Called after each mapper and endpoint, with how many are done and how many are known of.
  std::function<void(std::size_t, std::size_t)> progress = {};
};

/// Fills in the facts of each check.
void ask(std::vector<Check>& checks, const VerifyOptions& options);

}  // namespace pinhole::inspect
