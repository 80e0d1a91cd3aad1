// SPDX-License-Identifier: Apache-2.0
#pragma once
// What runs over TPKT (RFC 1006): X.400's transport and session, T.120 data conferencing (T.123,
// T.125, T.124), and H.323's call signalling (H.225.0 over Q.931).

#include "probe/talk.hpp"

namespace pinhole::probe {

/// A class 0 transport connection (X.224), then a session (X.225).
[[nodiscard]] TalkPointer make_x400(const Context& context);
/// A transport connection, then an MCS connect that only asks which conferences there are.
[[nodiscard]] TalkPointer make_t120(const Context& context);
/// A status enquiry: it rings at nobody.
[[nodiscard]] TalkPointer make_h323(const Context& context);

}  // namespace pinhole::probe
