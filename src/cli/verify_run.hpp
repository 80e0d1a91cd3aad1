// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run of `pinhole verify`, as `lab verify` runs it as well.

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"
#include "inspect/verify_checks.hpp"
#include "inspect/verify_report.hpp"
#include "plan/plan.hpp"

namespace pinhole::cli {

struct VerifyRequest {
  std::string plan;  // a folder, or its plan.json
  std::string from;
  std::string as;
  std::vector<std::string> registries;  // [SERVER=]PATH
  std::string excess;                   // ports, `all`, or empty: other ports are not tried
  std::uint32_t rate = 200;             // of the excess, in a second
  unsigned timeout = 5;                 // seconds, of each connect and each call
  std::string html;                     // file of the page; empty: none
  std::string data;
};

/// What is read once, however often it is tried.
struct VerifySubject {
  catalogue::Catalogue catalogue;
  PortSet excess;  // empty: other ports are not tried
  plan::Plan plan;
  inspect::VerifyScope scope;
};

/// Refused as exit 2: a zone, a party or ports that are none, and a plan that cannot be read.
[[nodiscard]] Checked<VerifySubject> verify_subject(const VerifyRequest& request);

/// Tries everything once, from the network namespace that this process is in. What the registries
/// hold is read anew: it changes while one watches.
[[nodiscard]] Checked<inspect::Report> try_all(const VerifyRequest& request,
                                               const VerifySubject& subject);

/// Nothing where no page is wanted.
[[nodiscard]] Checked<void> write_page(const VerifyRequest& request, const inspect::Report& report);

/// 0, 1, or 3 where this machine itself could not try something.
[[nodiscard]] Exit exit_of(const inspect::Report& report);

}  // namespace pinhole::cli
