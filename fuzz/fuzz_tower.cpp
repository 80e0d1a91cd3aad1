// rooms: epm dcerpc
// SPDX-License-Identifier: Apache-2.0
// A tower that is read is written with the same octets, and its meaning can be shown.
#include <cstdlib>

#include "epm/map.hpp"
#include "epm/tower.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pinhole;
  const ByteView tower = view_of(data, size);
  const auto floors = epm::read_floors(tower);
  if (floors && epm::write_floors(*floors) != to_bytes(tower)) {
    std::abort();
  }
  const auto view = epm::read_tower(tower);
  if (!view) {
    return 0;
  }
  const auto written = epm::write_tower(epm::to_tower(*view));
  if (written) {
    const auto again = epm::read_tower(*written);
    if (!again || epm::to_tower(*again) != epm::to_tower(*view)) {
      std::abort();
    }
  }
  const auto entry = epm::make_entry({}, tower, "fuzz");
  if (!entry || (entry->ipv4_offset && *entry->ipv4_offset + 4U > size)) {
    std::abort();
  }
  return 0;
}
