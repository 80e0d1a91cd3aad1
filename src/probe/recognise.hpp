// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a server seems to be that does not speak what was expected of it.

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace pinhole::probe {

/// `SSH`, `HTTP`, `TLS`: told from the first bytes; empty where nothing tells.
[[nodiscard]] std::string_view recognise(ByteView first);

/// `SSH: SSH-2.0-OpenSSH_9.2`, or the first line, or the first octets as hexadecimal; raw: escape
/// it.
[[nodiscard]] std::string describe_stranger(ByteView first);

}  // namespace pinhole::probe
