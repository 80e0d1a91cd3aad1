// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text of strangers made safe to show. Whatever came from a peer, a file or a registry passes here
// before it reaches a terminal or a log line.

#include <string>
#include <string_view>

namespace pinhole::render {

/// `text` as one printable line of valid UTF-8. ASCII controls and bytes that are not UTF-8 become
/// `\xNN`, other code points that are not printable (render/utf8.hpp) `\u{N}`. A backslash stays as
/// it is, registry keys being full of them: the result is for eyes and is not read back.
[[nodiscard]] std::string escape(std::string_view text);

}  // namespace pinhole::render
