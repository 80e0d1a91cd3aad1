// rooms: registry store
// SPDX-License-Identifier: Apache-2.0
// What the check lets through, hivex reads; the header's checksum is mended, so that mutations
// reach what is behind it.
#include <algorithm>

#include "registry/hive_check.hpp"
#include "store/hive.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pinhole::Bytes file = pinhole::to_bytes(pinhole::view_of(data, size));
  if (file.size() >= 512) {
    const std::uint32_t sum = pinhole::registry::hive_checksum(file);
    for (std::size_t i = 0; i < 4; ++i) {
      file[508 + i] = static_cast<std::byte>(sum >> (8 * i) & 0xFFU);
    }
  }
  static_cast<void>(pinhole::store::read_hive(file, "input"));
  return 0;
}
