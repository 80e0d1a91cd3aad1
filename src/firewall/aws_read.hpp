// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads AWS security groups as JSON: a Terraform configuration (*.tf.json), or what `aws ec2
// describe-security-groups` and `aws ec2 describe-network-interfaces` print, joined into one object
// or array of both.
//
// A rule is for the addresses of the interfaces that its group is attached to; where the text does
// not say which, it may be any. A group as the source of a rule is its interfaces' addresses.
// Expressions, prefix lists, modules and blocks that are made by count, for_each or dynamic are
// unknown. What no group lets in is denied. Egress rules are kept in a chain that no packet meets.
//
// Sources: "Security group rules", describe-security-groups, describe-network-interfaces (AWS CLI),
// "JSON Configuration Syntax" (Terraform), the provider hashicorp/aws.

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

[[nodiscard]] bool is_aws(std::string_view text);

/// Refused: no JSON (see json_lines.hpp for its bounds), no security group or rule of one.
[[nodiscard]] Checked<Ruleset> read_aws(std::string_view text, const std::string& name);

}  // namespace pinhole::firewall
