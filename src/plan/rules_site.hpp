// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rules that no server breaks alone.

#include "plan/finding.hpp"
#include "plan/plan.hpp"
#include "plan/rule_book.hpp"

namespace pinhole::plan {

/// Where ports must be alike, or set everywhere: arrays, partners, public folders, IOREPL.
void judge_sameness(const RuleBook& book, const Plan& plan, Findings& findings);

/// What stands between those who must reach each other: filters between servers of one
/// organisation, a mapper that stays closed, translation and inspection of RPC.
void judge_ways(const RuleBook& book, const Plan& plan, Findings& findings);

}  // namespace pinhole::plan
