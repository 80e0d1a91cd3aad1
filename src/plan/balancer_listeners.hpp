// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a load balancer in front of an array listens on, before any product's words for it.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"

namespace pinhole::plan {

/// Port → the servers that answer there.
using Listeners = std::map<std::uint16_t, std::set<Index>>;

/// The TCP ports on which flows reach the load balancer, the planned static ports among them.
[[nodiscard]] Listeners listeners_of(const Plan& plan, Index balancer,
                                     const catalogue::Catalogue& catalogue);

/// A name for a section or a table: letters, digits, `.`, `-` and `_`; `_` for all else.
[[nodiscard]] std::string section_name(std::string_view text);

}  // namespace pinhole::plan
