// SPDX-License-Identifier: Apache-2.0
#include "ndr/cursor.hpp"

namespace pinhole::ndr {

static_assert(sizeof(ContextHandle) == 20, "a context handle is 20 octets on the wire too");

}  // namespace pinhole::ndr
