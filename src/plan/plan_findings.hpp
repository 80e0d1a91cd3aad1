// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is worth knowing of a plan as a whole and breaks no rule of data/port_rules.toml.

#include <span>

#include "catalogue/catalogue.hpp"
#include "plan/finding.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"

namespace pinhole::plan {

/// Notes, by these ids:
/// - `state-unknown`: servers whose registry, smb.conf or .config nobody has shown, so that the
///   undo deletes what it cannot know; once, with their names.
/// - `pin-outside-wanted`: a pinned port that is not in the wanted range, at the pin.
/// - `no-global-catalog`: MAPI clients of Exchange 2000 and 2003, which refers them to a global
///   catalog, and no need of theirs reaches one, though the site has one.
/// - `dynamic-range-open`: a service that others reach through a device and whose port nothing
///   fixes, so that its server's whole dynamic range is open to them.
[[nodiscard]] Findings plan_findings(const Plan& plan, std::span<const State> states,
                                     const catalogue::Catalogue& catalogue);

}  // namespace pinhole::plan
