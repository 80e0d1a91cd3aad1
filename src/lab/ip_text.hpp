// SPDX-License-Identifier: Apache-2.0
#pragma once
// A layout as commands of ip(8), for `ip -batch`.

#include <string>

#include "lab/layout.hpp"

namespace pinhole::lab {

/// The namespaces themselves; run anywhere.
[[nodiscard]] std::string space_commands(const Layout& layout);
/// Bridges and pairs of veth; run in the wires.
[[nodiscard]] std::string wire_commands(const Layout& layout);
/// Addresses and routes; run in the node's namespace, after the wires are there.
[[nodiscard]] std::string node_commands(const Node& node);

}  // namespace pinhole::lab
