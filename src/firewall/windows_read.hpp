// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads the Windows firewall's own texts, in English, one after the other in one file too:
//
// - `netsh advfirewall firewall show rule name=all verbose`. Without `verbose` a rule's program,
//   service and interface are not shown, so it is not known whether it holds.
// - `netsh advfirewall show allprofiles` (or currentprofile): what the profiles do by themselves.
//   Profiles that are not shown are not in use; where none is shown all block what comes in.
// - batch files of `netsh advfirewall firewall add rule ...`. `delete rule name=...` takes out what
//   the file added before; any other command that may change the firewall is an unknown action.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// One of the first lines is such a text's.
[[nodiscard]] bool is_windows(std::string_view text);

/// Refused: a text without a rule, a profile or a command; a rule without its direction or action.
[[nodiscard]] Checked<Ruleset> read_windows(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
