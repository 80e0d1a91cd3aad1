// rooms: firewall
// SPDX-License-Identifier: Apache-2.0
// Any text is a rule set that holds together as far as it goes, or diagnostics with remedies.
#include "firewall/nft_json_read.hpp"
#include "ruleset_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pinhole;
  (void)fuzz::read_and_check(firewall::read_nft_json, data, size);
  return 0;
}
