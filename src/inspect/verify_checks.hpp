// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a plan to what is to be tried from one zone: pure.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "dcerpc/syntax.hpp"
#include "inspect/verdict.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"

namespace pinhole::inspect {

/// From where: a zone, one party, or both.
struct VerifyScope {
  std::optional<plan::Index> zone;
  std::optional<plan::Party> party;
};

/// The scope of `--from` and `--as`, names without regard to case. Neither, a name that the plan
/// does not have, or a party that does not stand in the zone: exit 2.
[[nodiscard]] Checked<VerifyScope> scope_of(const plan::Topology& topology, std::string_view from,
                                            std::string_view as);

struct CheckInterface {
  std::string id;  // of the catalogue
  dcerpc::SyntaxId syntax;
  bool version_known = true;  // false: whatever version the mapper has
};

/// One flow to one address of its target.
struct Check {
  plan::Index flow = 0;              // of the plan's flows
  std::optional<IpAddress> address;  // nothing: there is none to try
  bool http = false;                 // ncacn_http: a banner comes first
  std::vector<CheckInterface> interfaces;
  FlowFacts facts;  // what is known before anybody asks
};

/// The flows that start in the scope, and as not verifiable those that end at its clients. A server
/// is asked at each of its addresses of a family that the client has; behind a translation at the
/// outside one.
[[nodiscard]] std::vector<Check> checks_of(const plan::Plan& plan, const VerifyScope& scope,
                                           const catalogue::Catalogue& catalogue);

/// Adds to the facts what the registries of servers hold for the settings of their flows.
void add_registries(std::vector<Check>& checks, const plan::Plan& plan,
                    const std::map<plan::Index, plan::State>& states,
                    const catalogue::Catalogue& catalogue);

}  // namespace pinhole::inspect
