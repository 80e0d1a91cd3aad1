// SPDX-License-Identifier: Apache-2.0
#pragma once
// Registry hive files (REGF) before anybody trusts them. Nothing here reads values: every header,
// bin, cell and reference is walked and judged, so that a library may read the file afterwards.
// There is no specification by its vendor; the layout is the one that public analyses agree on.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"

namespace pinhole::registry {

/// Longest hive that is read.
inline constexpr std::size_t kMaxHiveFile = std::size_t{512} << 20U;

/// Longest data of one value in a cell of its own; above it, hives from 1.4 on use segments.
inline constexpr std::size_t kMaxPlainData = 16344;

struct HiveFacts {
  bool dirty = false;  // the two sequence numbers differ: a write did not end, or a log is pending
  std::uint32_t minor_version = 0;  // of 1.N
  std::size_t keys = 0;
  std::size_t values = 0;
};

/// Refused, with the offset of what is wrong: a file that is cut, a wrong signature, version or
/// checksum; bins that do not follow each other; cells that overlap or leave their bin; references
/// that leave the file, meet no allocated cell of the right kind, or meet one twice (so no loops
/// and no more keys than bytes); wrong counts; names that are no Unicode or hold a backslash or a
/// NUL; keys nested deeper than kMaxDepth. `name` stands in the places of errors.
[[nodiscard]] Checked<HiveFacts> check_hive(ByteView file, std::string_view name);

/// A hive of 8 KiB with a root key, no values, and a security cell that gives Administrators and
/// SYSTEM full control and Everyone read access. `filetime`: 100 ns since 1601.
[[nodiscard]] Bytes empty_hive(std::uint64_t filetime);

/// The header's checksum, as it should be: over the first 508 bytes; there must be as many.
[[nodiscard]] std::uint32_t hive_checksum(ByteView file);

}  // namespace pinhole::registry
