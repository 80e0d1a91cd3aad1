// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rules of data/port_rules.toml, judged: over what is known of one server, over a whole plan,
// and over what differs between the two. Each finding carries the rule's id and source; findings
// are sorted, errors first, then by server, rule and subject.

#include <span>
#include <string_view>

#include "catalogue/catalogue.hpp"
#include "plan/finding.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"

namespace pinhole::plan {

/// What is wrong on one server. `products` are those that it may run; none: any of the catalogue.
/// Of several products those judge a setting that read it, the strictest wins, and the finding
/// names it. A single product is also asked whether it reads what is set.
[[nodiscard]] Findings check_state(const State& state,
                                   std::span<const catalogue::Product* const> products,
                                   const catalogue::Catalogue& catalogue);

/// What is wrong with a plan: its ports on each server, and what the site as a whole needs. A
/// state whose name is that of a server tells which ports others hold there now.
[[nodiscard]] Findings check_plan(const Plan& plan, std::span<const State> states,
                                  const catalogue::Catalogue& catalogue);

/// Where a state differs from what the plan has for `server`; empty for a server that the plan
/// does not know. Parts that the state does not have are not compared.
[[nodiscard]] Findings drift(const Plan& plan, std::string_view server, const State& state,
                             const catalogue::Catalogue& catalogue);

/// Errors first, then by server, rule, subject and message; equal ones once.
void sort_findings(Findings& findings);

}  // namespace pinhole::plan
