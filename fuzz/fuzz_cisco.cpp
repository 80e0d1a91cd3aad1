// rooms: firewall
// SPDX-License-Identifier: Apache-2.0
// Any text is the configuration of an ASA and of an IOS device, or diagnostics with remedies.
#include "firewall/asa_read.hpp"
#include "firewall/ios_read.hpp"
#include "ruleset_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pinhole;
  fuzz::require_lines(fuzz::read_and_check(firewall::read_asa, data, size));
  fuzz::require_lines(fuzz::read_and_check(firewall::read_ios, data, size));
  return 0;
}
