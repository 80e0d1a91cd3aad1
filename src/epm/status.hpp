// SPDX-License-Identifier: Apache-2.0
#pragma once
// Status codes of the endpoint mapper's operations (the DCE error table of ept_s_*; [MS-RPCE]
// 2.2.1.2 names 0x16c9a0cd and 0x16c9a0d6).

#include <cstdint>
#include <iosfwd>
#include <string_view>

namespace pinhole::epm {

enum class EptStatus : std::uint32_t {
  ok = 0,
  cant_perform_op = 0x16c9a0cd,
  no_memory = 0x16c9a0ce,
  database_invalid = 0x16c9a0cf,
  cant_create = 0x16c9a0d0,
  cant_access = 0x16c9a0d1,
  database_already_open = 0x16c9a0d2,
  invalid_entry = 0x16c9a0d3,
  update_failed = 0x16c9a0d4,
  invalid_context = 0x16c9a0d5,
  not_registered = 0x16c9a0d6,
  server_unavailable = 0x16c9a0d7,
};

/// `ept_s_not_registered`; `?` for a number that is none of these.
[[nodiscard]] std::string_view to_string(EptStatus status);
std::ostream& operator<<(std::ostream& out, EptStatus status);

}  // namespace pinhole::epm
