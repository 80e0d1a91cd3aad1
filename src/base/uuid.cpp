// SPDX-License-Identifier: Apache-2.0
#include "base/uuid.hpp"

#include <ostream>

#include <fmt/format.h>

namespace pinhole {

std::string to_string(const Uuid& uuid) {
  const auto& tail = uuid.clock_and_node;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}",
                     uuid.time_low, uuid.time_mid, uuid.time_hi_and_version, tail[0], tail[1],
                     tail[2], tail[3], tail[4], tail[5], tail[6], tail[7]);
}

std::ostream& operator<<(std::ostream& out, const Uuid& uuid) {
  return out << to_string(uuid);
}

}  // namespace pinhole
