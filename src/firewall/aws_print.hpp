// SPDX-License-Identifier: Apache-2.0
#pragma once
// Prints a policy as AWS security groups in Terraform's JSON: one group for each set of hosts that
// the same rules are for, its inbound rules, and its attachment to the network interfaces that have
// the hosts' addresses. Groups that an interface has already stay, and what they let in stays open:
// security groups only ever allow. Outbound connections stay as they are.
//
// AWS itself drops packets with a foreign source. A group knows no source ports, and is attached to
// interfaces, so destinations are hosts. What is denied VPC flow logs show.
//
// Sources: "Security group rules", "Amazon VPC quotas" (AWS), the documents of Terraform's provider
// hashicorp/aws for the resources named here.

#include <string>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

struct AwsTexts {
  std::string apply;
  std::string undo;  // a configuration without resources
};

/// Refused: what refusals_at_hosts (flat_rules.hpp) refuses, source ports, a network as
/// destination.
[[nodiscard]] Checked<AwsTexts> print_aws(const Policy& policy);

}  // namespace pinhole::firewall
