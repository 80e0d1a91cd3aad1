// rooms: snapshot
// SPDX-License-Identifier: Apache-2.0
// A dump in JSON from anywhere: what is read has the shape that was promised.
#include <cstdlib>

#include "base/bytes.hpp"
#include "snapshot/dump_json.hpp"

using namespace pinhole;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(view_of(data, size));
  const auto targets = snapshot::read_dump_json(text, "input");
  if (!targets && targets.error().empty()) {
    std::abort();
  }
  if (targets) {
    for (const auto& target : *targets) {
      for (const auto& entry : target.entries) {
        if (entry.line < target.line || entry.line > size) {
          std::abort();
        }
      }
    }
  }
  return 0;
}
