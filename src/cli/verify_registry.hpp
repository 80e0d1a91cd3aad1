// SPDX-License-Identifier: Apache-2.0
#pragma once
// `--registry [SERVER=]PATH` of `pinhole verify`: what the servers of a plan have in their
// registries.

#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "inspect/verify_checks.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"

namespace pinhole::cli {

/// Each a hive, a folder of hives or a .reg file. The name may be left out where the checks are of
/// one server only; an unknown name, a second path for one server or an unreadable file: exit 2.
[[nodiscard]] Checked<std::map<plan::Index, plan::State>> read_registries(
    const std::vector<std::string>& arguments, const plan::Plan& plan,
    const std::vector<inspect::Check>& checks);

}  // namespace pinhole::cli
