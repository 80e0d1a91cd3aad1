// SPDX-License-Identifier: Apache-2.0
#pragma once
// The order in which a service tries the ports of its dynamic range: all of them once, upwards from
// a random one.

#include <cstdint>
#include <optional>

#include "base/port_set.hpp"

namespace pinhole::host {

class PortAllocator {
 public:
  PortAllocator(PortSet ports, std::uint32_t random);

  /// No value once every port was given.
  [[nodiscard]] std::optional<std::uint16_t> next();

 private:
  PortSet ports_;
  std::uint32_t count_;
  std::uint32_t start_;
  std::uint32_t given_ = 0;
};

}  // namespace pinhole::host
