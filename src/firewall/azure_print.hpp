// SPDX-License-Identifier: Apache-2.0
#pragma once
// Prints a policy as an Azure network security group: a template for Azure Resource Manager that
// holds one group, `pinhole`, with all of its inbound rules. Deploying it again replaces the rules
// of that group; no other resource is touched. The group takes effect on the subnets and network
// interfaces that it is associated with; one text serves them all, as each rule names the
// destinations that it is for.
//
// The last rule denies what Azure's own default rules would let in (AllowVnetInBound and
// AllowAzureLoadBalancerInBound); before it, hosts of one zone reach each other: that no device
// between zones sees, and the policy does not say. Outbound connections stay as they are.
//
// Sources: "Network security groups", "Microsoft.Network networkSecurityGroups", "Azure
// subscription limits" (Microsoft Learn).

#include <string>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

struct AzureTexts {
  std::string apply;
  std::string undo;  // the group without rules: Azure's defaults
};

/// Refused: what refusals_at_hosts (flat_rules.hpp) refuses, ICMPv6, more rules than a group holds.
[[nodiscard]] Checked<AzureTexts> print_azure(const Policy& policy);

}  // namespace pinhole::firewall
