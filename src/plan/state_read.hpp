// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the files that administrators bring to a server's present state. A hive comes through room
// store, as a View.

#include <span>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "plan/state.hpp"
#include "plan/state_kind.hpp"
#include "registry/view.hpp"

namespace pinhole::plan {

/// Reads the file into its part of the state; `name` stands in places. On failure the state is
/// unchanged. `expected` unknown: whatever the file is. A .reg file is imported into the registry
/// that is there; endpoints of several listings add up; a second file of any other kind is
/// `state-twice`. A hive is refused (`state-hive`): set_registry takes it. Of a dump of several
/// targets the one is taken that bears the state's name or one of the addresses.
[[nodiscard]] Checked<void> read_state(State& state, StateKind expected, ByteView file,
                                       std::string_view name,
                                       std::span<const IpAddress> addresses = {});

/// Each server that the file shows: for a dump one state for each target that answered, named as
/// the target; for all else one state without a name.
[[nodiscard]] Checked<std::vector<State>> read_states(ByteView file, std::string_view name);

/// The mounted hives become the state's registry, the current control set as CurrentControlSet.
void set_registry(State& state, const registry::View& view, std::string_view name);

}  // namespace pinhole::plan
