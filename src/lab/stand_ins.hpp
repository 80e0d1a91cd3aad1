// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a lab has in place of services that speak no RPC: a process in the server's namespace that
// accepts on their TCP ports and says nothing. So a flow of the plan to them can be tried.

#include "base/diagnostic.hpp"
#include "base/port_set.hpp"
#include "lab/layout.hpp"
#include "plan/plan.hpp"

namespace pinhole::lab {

/// The fixed TCP ports on which flows reach this server and that no RPC is spoken on.
[[nodiscard]] PortSet stand_in_ports(const plan::Plan& plan, plan::Index server);

/// Starts the stand-ins of a node; ports that somebody has there are theirs. They run until the
/// processes of the namespace are ended.
[[nodiscard]] Checked<void> start_stand_ins(const Node& node, const PortSet& ports, int lock);

}  // namespace pinhole::lab
