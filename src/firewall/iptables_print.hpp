// SPDX-License-Identifier: Apache-2.0
#pragma once
// The policy as text for `iptables-restore --noflush` and `ip6tables-restore --noflush`
// (iptables-restore(8)): chains of its own, all named PINHOLE..., and one jump to them from
// FORWARD, and where they are needed PREROUTING and POSTROUTING. Each text is one transaction for
// each table and touches no chain of anybody else.
//
// As nft_print.hpp in meaning and in what is refused.

#include <cstdint>
#include <string>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

struct IptablesTexts {
  std::string v4;  // iptables-restore
  std::string v6;  // ip6tables-restore
};

/// iptables has no way to add a jump only where it is not there yet.
enum class Install : std::uint8_t {
  first,  // our chains are not there: the jumps are added
  again,  // they are: their rules are replaced, the jumps stay
};

[[nodiscard]] Checked<IptablesTexts> print_iptables(const Policy& policy, Install install);

/// Takes out what print_iptables of the same policy put in; fails where it is not there.
[[nodiscard]] Checked<IptablesTexts> print_iptables_undo(const Policy& policy);

}  // namespace pinhole::firewall
