// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a file of a server's state is, told by what it holds: a command may then take any of them,
// and say what it got instead of what it was promised.

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"

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

}  // namespace pinhole::plan
