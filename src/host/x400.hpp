// SPDX-License-Identifier: Apache-2.0
#pragma once
// X.400's lower layers (RFC 1006) behind a listener of the transport room.

#include "transport/protocol.hpp"

namespace pinhole::host {

/// Accepts the transport connection and refuses the session (osi/responder.hpp).
[[nodiscard]] transport::ProtocolFactory speak_rfc1006();

}  // namespace pinhole::host
