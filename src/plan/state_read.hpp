// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the files that administrators bring to a server's present state. A file is known by what it
// holds, so that a command may take any of them; a hive comes through room store as a View.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "plan/state.hpp"
#include "registry/view.hpp"

namespace pinhole::plan {

enum class StateKind : std::uint8_t {
  unknown,
  hive,  // REGF
  reg,
  dump,  // JSON of pinhole dump
  rpcdump,
  netstat,
  smb_conf,
  app_config,
};

/// By the beginning of its bytes (64 KiB), in any encoding that Windows writes.
[[nodiscard]] StateKind recognise(ByteView file);

/// With its article: `a registry hive`, `a netstat listing`.
[[nodiscard]] std::string_view to_string(StateKind kind);

/// Nothing where the file is of the kind that was asked for, or of none that is known (its reader
/// knows better why); else `state-kind`, which says what it is and what was expected (exit 2). A
/// hive and a .reg file stand for each other.
[[nodiscard]] Checked<void> expect_kind(StateKind expected, ByteView file, std::string_view name);

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
