// SPDX-License-Identifier: Apache-2.0
#pragma once
// The names and addresses of the two ends of a flow.

#include <string>
#include <vector>

#include "base/address.hpp"
#include "plan/finding.hpp"
#include "plan/flow.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

using Prefixes = std::vector<IpPrefix>;

[[nodiscard]] const std::string& name_of(const Topology& topology, const Party& party);

/// One address, as a prefix of its whole length.
[[nodiscard]] IpPrefix host(const IpAddress& address);

/// All of a zone; of the one that holds what no other does, all addresses: what else that takes in
/// cannot arrive there.
[[nodiscard]] Prefixes networks_of(const Zone& zone);

/// One end of a flow, as it stands in `zone`: the networks of clients, the hosts of a server or a
/// load balancer. A server that is a device has addresses in several zones: those in `zone`, or
/// all where it has none there.
[[nodiscard]] Prefixes addresses_of(const Topology& topology, Party party, Index zone);

[[nodiscard]] bool has_family(const Prefixes& prefixes, IpAddress::Family family);

/// Finding `no-common-family` for each two parties that flows join and no family of addresses
/// does, once, with the place of the first flow.
[[nodiscard]] Findings check_families(const Topology& topology, const std::vector<Flow>& flows);

}  // namespace pinhole::plan
