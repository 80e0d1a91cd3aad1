// rooms: firewall
// SPDX-License-Identifier: Apache-2.0
// Any text is a rule set whose rules have their lines, or diagnostics with remedies.
#include "firewall/aws_read.hpp"
#include "ruleset_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pinhole;
  fuzz::require_lines(fuzz::read_and_check(firewall::read_aws, data, size));
  return 0;
}
