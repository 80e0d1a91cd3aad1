// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the printers for firewalls at the hosts themselves share (a host's own firewall, a security
// group): they know addresses and no interfaces, keep state, and let pass what one of a flat list
// of rules opens. Readers share none of it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"
#include "firewall/printing.hpp"

namespace pinhole::firewall {

/// A rule of the policy in one family, cut down to addresses that its zones hold.
struct FlatRule {
  Family family = Family::v4;
  std::vector<IpPrefix> sources;       // never empty; sorted, without overlap
  std::vector<IpPrefix> destinations;  // likewise
  Protocol protocol = Protocol::tcp;
  PortSet source_ports;                          // empty: any
  PortSet ports;                                 // empty: any
  const std::vector<Reason>* reasons = nullptr;  // of the policy, which outlives this
};

/// All that the policy opens, by the pair of zones. What can match nothing is left out.
[[nodiscard]] std::vector<FlatRule> flat_rules_of(const Policy& policy);

/// What contradicts itself, and what no firewall at a host can say: interfaces, translation, no
/// state, the log of one rule. `backend` names who refuses, `device` is what it prints for:
/// `the Windows firewall`.
[[nodiscard]] Diagnostics refusals_at_hosts(const Policy& policy, std::string_view backend,
                                            std::string_view device);

/// A refusal of what `backend` prints for.
[[nodiscard]] Diagnostic refusal_by(std::string_view backend, std::string_view id,
                                    std::string message, std::string_view remedy);

/// The texts joined by `between`, as few lists as there can be where none is longer than `longest`
/// octets or holds more than `most` texts.
[[nodiscard]] std::vector<std::string> lists_of(const std::vector<std::string>& texts,
                                                std::string_view between, std::size_t longest,
                                                std::size_t most);

/// `80`, `5000-5010`; one text for each range.
[[nodiscard]] std::vector<std::string> texts_of(const PortSet& ports);

}  // namespace pinhole::firewall
