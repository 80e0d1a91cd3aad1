// SPDX-License-Identifier: Apache-2.0
#pragma once
// The MTA's RFC 1006 port: the osi room's responder as a protocol of a listener.

#include "transport/protocol.hpp"

namespace pinhole::host {

/// Accepts the transport connection and refuses the session: no session user is attached.
[[nodiscard]] transport::ProtocolFactory speak_rfc1006();

}  // namespace pinhole::host
