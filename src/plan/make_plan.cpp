// SPDX-License-Identifier: Apache-2.0
#include "plan/make_plan.hpp"

#include <iterator>
#include <utility>

#include "plan/flows.hpp"
#include "plan/plan_findings.hpp"
#include "plan/restarts.hpp"
#include "plan/rules.hpp"
#include "plan/solver.hpp"

namespace pinhole::plan {
namespace {

void append(Findings& to, Findings more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

Plan make_plan(Topology topology, const catalogue::Catalogue& catalogue,
               std::span<const State> states) {
  Plan plan;
  plan.topology = std::move(topology);
  Solution solution = solve(plan.topology, catalogue, states);
  plan.assignments = std::move(solution.assignments);
  plan.restarts = restarts_for(plan.topology, catalogue, plan.assignments);
  Flows flows = make_flows(plan.topology, catalogue);
  plan.flows = std::move(flows.flows);
  plan.findings = check_plan(plan, states, catalogue);
  append(plan.findings, std::move(solution.findings));
  append(plan.findings, std::move(flows.findings));
  append(plan.findings, plan_findings(plan, states, catalogue));
  sort_findings(plan.findings);
  return plan;
}

}  // namespace pinhole::plan
