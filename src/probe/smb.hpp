// SPDX-License-Identifier: Apache-2.0
#pragma once
// SMB over TCP ([MS-SMB2] 2.1, [MS-CIFS]): a multi-protocol negotiate, which servers of every age
// answer.

#include "probe/talk.hpp"

namespace pinhole::probe {

[[nodiscard]] TalkPointer make_smb(const Context& context);

}  // namespace pinhole::probe
