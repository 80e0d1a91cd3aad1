// SPDX-License-Identifier: Apache-2.0
#pragma once
// Prints a policy for the firewall of Windows hosts, as netsh commands (Windows Server 2008 and
// later) and as PowerShell (2012 and later). Both make the same inbound rules, all of the name
// `Pinhole`, and take away what had that name before; no other rule and no profile is touched. One
// text serves every host: each rule names the local addresses that it is for.
//
// Default deny is the profiles' own (inbound: block); the PowerShell looks whether it is on. What
// is denied is logged where a profile says so. Outbound connections stay as they are.
//
// Sources: "Netsh AdvFirewall Firewall Commands" and "New-NetFirewallRule", Microsoft Learn.

#include <string>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

/// With CRLF, in ASCII.
struct WindowsTexts {
  std::string batch;
  std::string powershell;
  std::string undo;  // a batch file; takes away what either one made
};

/// Refused: what refusals_at_hosts (flat_rules.hpp) refuses.
[[nodiscard]] Checked<WindowsTexts> print_windows(const Policy& policy);

}  // namespace pinhole::firewall
