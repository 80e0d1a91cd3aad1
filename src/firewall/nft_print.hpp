// SPDX-License-Identifier: Apache-2.0
#pragma once
// The policy as nftables text (nft(8), 1.0): one table of its own, `inet pinhole`, that replaces
// itself in one transaction and touches no other.
//
// The forward chain drops by default. In order: addresses that do not belong to their zone are
// dropped, answers pass by connection tracking, then one chain for each pair of zones says who may
// open a connection, each rule with a counter and its flow as comment. Translations stand in the
// nat chains. A device without state has notrack and explicit rules for the answers instead.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

inline constexpr std::string_view kNftTable = "pinhole";

/// What `nft -f` loads. Refused: interface names that Linux cannot have, ports of ICMP, a
/// translation between families or on a device without state, zones that are not there.
[[nodiscard]] Checked<std::string> print_nft(const Policy& policy);

/// Removes the table whether it is there or not.
[[nodiscard]] std::string print_nft_undo();

}  // namespace pinhole::firewall
