// SPDX-License-Identifier: Apache-2.0
#pragma once
// From what a capture shows to the topology (docs/topology.md) of a plan that lets through that and
// no more: one zone of servers, one of clients, hosts by their addresses. Pure.

#include <string>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "inspect/trace.hpp"

namespace pinhole::inspect {

/// The file's text. `product` is what the servers run; nullptr: for each server the newest product
/// that has most of what was used there. What was used and no row of a topology can say stands in
/// it as comments. No use of any interface that a topology knows: exit 1.
[[nodiscard]] Checked<std::string> suggest_topology(const Trace& trace,
                                                    const catalogue::Catalogue& catalogue,
                                                    const catalogue::Product* product);

}  // namespace pinhole::inspect
