// SPDX-License-Identifier: Apache-2.0
#pragma once
// HTTP (RFC 9112) and what Exchange has behind it, and RVP, its instant messaging, which is HTTP
// with methods and headers of its own (draft-calsyn-rvp-01, draft-osborne-rvp-00).

#include "probe/talk.hpp"

namespace pinhole::probe {

/// The front page, then Outlook Web Access, the RPC proxy and Autodiscover, a connection for each;
/// only the answers' headers are read.
[[nodiscard]] TalkPointer make_http(const Context& context);
/// A PROPFIND; each RVP answer names the version of its notifications.
[[nodiscard]] TalkPointer make_rvp(const Context& context);

}  // namespace pinhole::probe
