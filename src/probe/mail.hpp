// SPDX-License-Identifier: Apache-2.0
#pragma once
// SMTP (RFC 5321, RFC 3207), POP3 (RFC 1939, 2449, 2595), IMAP4 (RFC 3501) and NNTP (RFC 3977,
// 4642, 2980): greeting, what the server can do, and STARTTLS where it is offered.

#include "probe/talk.hpp"

namespace pinhole::probe {

[[nodiscard]] TalkPointer make_smtp(const Context& context);
[[nodiscard]] TalkPointer make_pop3(const Context& context);
[[nodiscard]] TalkPointer make_imap4(const Context& context);
[[nodiscard]] TalkPointer make_nntp(const Context& context);

}  // namespace pinhole::probe
