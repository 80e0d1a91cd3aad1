// SPDX-License-Identifier: Apache-2.0
#pragma once
// A server as a plan has it: what `serve --plan PLAN --server NAME` runs.

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "host/config.hpp"
#include "plan/plan.hpp"

namespace pinhole::host {

/// `config` with product and roles of the server, and with the registry and the .config files
/// below its state folder. A server without Exchange: exit 2.
[[nodiscard]] Checked<ServeConfig> planned_config(ServeConfig config, const plan::Plan& plan,
                                                  plan::Index server,
                                                  const catalogue::Catalogue& catalogue);

/// Writes the planned values into that registry and those files, which are made where they are
/// missing; other values there stay.
[[nodiscard]] Checked<void> apply_plan(const ServeConfig& config, const plan::Plan& plan,
                                       plan::Index server, const catalogue::Catalogue& catalogue);

}  // namespace pinhole::host
