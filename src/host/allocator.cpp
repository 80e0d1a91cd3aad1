// SPDX-License-Identifier: Apache-2.0
#include "host/allocator.hpp"

#include <utility>

namespace pinhole::host {

PortAllocator::PortAllocator(PortSet ports, std::uint32_t random)
    : ports_(std::move(ports)), count_(ports_.count()), start_(count_ == 0 ? 0 : random % count_) {}

std::optional<std::uint16_t> PortAllocator::next() {
  if (given_ == count_) {
    return std::nullopt;
  }
  std::uint32_t rank = (start_ + given_) % count_;
  ++given_;
  for (const PortRange range : ports_.ranges()) {
    const std::uint32_t size = static_cast<std::uint32_t>(range.last) - range.first + 1;
    if (rank < size) {
      return static_cast<std::uint16_t>(range.first + rank);
    }
    rank -= size;
  }
  return std::nullopt;
}

}  // namespace pinhole::host
