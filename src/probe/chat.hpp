// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text that is not mail: IRC and IRCX, Exchange's link state port, and what nobody wrote down.

#include "probe/talk.hpp"

namespace pinhole::probe {

/// `MODE ISIRCX` before any registration (draft-pfenning-irc-extensions-04 5.1): an IRCX server
/// answers 800, another one that we are not registered (RFC 1459 6.1).
[[nodiscard]] TalkPointer make_irc(const Context& context);

/// The routing engine greets with its node information; nothing is sent.
[[nodiscard]] TalkPointer make_link_state(const Context& context);

/// Listens and says nothing: no public source has the bytes of this protocol, and so nothing that
/// is heard proves that the server speaks it.
[[nodiscard]] TalkPointer make_unwritten(const Context& context);

}  // namespace pinhole::probe
