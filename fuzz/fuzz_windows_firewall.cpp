// rooms: firewall
// SPDX-License-Identifier: Apache-2.0
// Any text is a rule set whose rules have their lines, or diagnostics with remedies: what netsh
// shows, batch files, and PowerShell's JSON.
#include "firewall/windows_json_read.hpp"
#include "firewall/windows_read.hpp"
#include "ruleset_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pinhole;
  fuzz::require_lines(fuzz::read_and_check(firewall::read_windows, data, size));
  fuzz::require_lines(fuzz::read_and_check(firewall::read_windows_json, data, size));
  return 0;
}
