// SPDX-License-Identifier: Apache-2.0
#pragma once
// The routes between the namespaces of a lab.

#include "lab/addresses.hpp"
#include "lab/layout.hpp"

namespace pinhole::lab {

/// Gives every node its routes: to what is in its own zones on the link, to each other zone by the
/// first device of the path that the plan takes. Of a family that a node has no address of on the
/// link, none.
void add_routes(const plan::Topology& topology, const Addresses& addresses, Layout& layout);

}  // namespace pinhole::lab
