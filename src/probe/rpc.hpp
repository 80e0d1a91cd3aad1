// SPDX-License-Identifier: Apache-2.0
#pragma once
// MS-RPC (C706, [MS-RPCE]): binds the interface that the port is there for, then asks the
// management interface what else the process has.

#include "probe/talk.hpp"

namespace pinhole::probe {

/// Speaks only where the server takes a bind of `context.interface`; without one, any RPC server.
/// `http`: behind the banner of [MS-RPCH] 2.1.1, as an RPC proxy reaches it.
[[nodiscard]] TalkPointer make_rpc(const Context& context, bool http);

}  // namespace pinhole::probe
