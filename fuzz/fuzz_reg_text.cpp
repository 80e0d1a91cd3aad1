// rooms: registry
// SPDX-License-Identifier: Apache-2.0
// A .reg file that is read is written and read back as the same edits.
#include <cstdlib>

#include "registry/reg_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace registry = pinhole::registry;
  const auto edits = registry::read_reg(pinhole::view_of(data, size), "input");
  if (!edits) {
    return 0;
  }
  const auto file = registry::write_reg(*edits, registry::RegForm::version5);
  const auto again = file ? registry::read_reg(*file, "output") : edits;
  registry::Key tree;
  registry::Key same;
  registry::apply(tree, *edits);
  if (!again) {
    std::abort();
  }
  registry::apply(same, *again);
  if (!(tree == same)) {
    std::abort();
  }
  return 0;
}
