// SPDX-License-Identifier: Apache-2.0
#include "base/wire.hpp"

#include <ostream>

#include <fmt/format.h>

namespace pinhole {

std::string_view to_string(WireErrc code) {
  switch (code) {
    case WireErrc::truncated:
      return "truncated";
    case WireErrc::bad_version:
      return "bad version";
    case WireErrc::bad_type:
      return "bad type";
    case WireErrc::bad_value:
      return "bad value";
    case WireErrc::too_large:
      return "too large";
  }
  return "?";
}

std::string to_string(const WireError& error) {
  return fmt::format("{} at offset {} ({})", to_string(error.code), error.offset, error.field);
}

std::ostream& operator<<(std::ostream& out, const WireError& error) {
  return out << to_string(error);
}

}  // namespace pinhole
