// SPDX-License-Identifier: Apache-2.0
#pragma once
// What carries a plan out, beside the .reg files: scripts, playbooks and lines of configuration,
// each with what takes it back. All are written from the same edits as the .reg files, and text
// that came from outside is quoted as each language reads it.

#include <span>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"

namespace pinhole::plan {

struct ApplyFile {
  std::string name;  // relative to the plan folder, `/` between its parts
  std::string content;

  friend bool operator==(const ApplyFile&, const ApplyFile&) = default;
};

/// By server, then by way, then the clients' files. `states` as they were given to make_plan: with
/// them the way back is exact, as that of the .reg files is; without, it writes the ports before
/// and deletes values that had none. Equal arguments give equal bytes.
[[nodiscard]] std::vector<ApplyFile> apply_files(const Plan& plan, std::span<const State> states,
                                                 const catalogue::Catalogue& catalogue);
[[nodiscard]] std::vector<ApplyFile> apply_files(const Plan& plan,
                                                 const catalogue::Catalogue& catalogue);

}  // namespace pinhole::plan
