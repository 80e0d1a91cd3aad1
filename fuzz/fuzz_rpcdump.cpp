// rooms: snapshot
// SPDX-License-Identifier: Apache-2.0
// An rpcdump listing from anywhere: what is read must read back the same once it is written.
#include <cstdlib>

#include "base/bytes.hpp"
#include "snapshot/rpcdump.hpp"

using namespace pinhole;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto entries = snapshot::read_rpcdump(text_of(view_of(data, size)), "input");
  if (entries && snapshot::read_rpcdump(snapshot::write_rpcdump(*entries), "again") != entries) {
    std::abort();
  }
  return 0;
}
