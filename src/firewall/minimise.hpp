// SPDX-License-Identifier: Apache-2.0
#pragma once
// The same policy in fewer rules.

#include "firewall/model.hpp"

namespace pinhole::firewall {

/// A policy that lets through the same packets and translates them alike. Each rule is of one
/// family; its prefixes and port ranges are the fewest that hold the same; rules that differ in
/// one respect only are one; no rule is covered by another one of the same zones, protocol and
/// logging. What was joined or covered keeps its reasons, each once. The order is that of the
/// first rule that went in.
[[nodiscard]] Policy minimise(const Policy& policy);

}  // namespace pinhole::firewall
