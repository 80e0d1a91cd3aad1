// SPDX-License-Identifier: Apache-2.0
#pragma once
// The policy as the rules of the anchor "pinhole" of OpenBSD's pf (pf.conf(5), OpenBSD 5.1 or
// newer: rdr-to, nat-to and received-on), for `pfctl -a pinhole -f`. All decide at once (`quick`),
// so that the anchor stands before other rules.
//
// A packet that is forwarded meets pf twice. Who may come in says `pass in`; the decision falls
// where it leaves, by `received-on`, which what the device sends itself never matches: that the
// anchor leaves to other rules. Without state each rule has its answers' rules beside it. Refused:
// names that no interface of BSD has; translation without state; a zone that hides behind a device
// whose other interfaces are not named.

#include <string>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

[[nodiscard]] Checked<std::string> print_pf(const Policy& policy);

/// A shell script that takes all rules and tables of the anchor away.
[[nodiscard]] std::string print_pf_undo();

}  // namespace pinhole::firewall
