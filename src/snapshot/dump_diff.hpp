// SPDX-License-Identifier: Apache-2.0
#pragma once
// The endpoint map over time: two dumps of the same mappers, entry by entry.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapshot/dump_json.hpp"

namespace pinhole::snapshot {

enum class DumpChange : std::uint8_t {
  added,
  gone,
  moved,      // the same interface and object, over the same protocol, at another endpoint
  silent,     // its endpoint answered and no longer does
  answers,    // its endpoint did not answer and does now
  asked,      // a target that the earlier dump does not have
  not_asked,  // a target that the later dump does not have
  failed,     // a target whose mapper answered and no longer does
  back,       // a target whose mapper did not answer and does now
};

/// `added`, `no longer answers`, ...
[[nodiscard]] std::string_view to_string(DumpChange change);

struct DumpDifference {
  DumpChange change = DumpChange::added;
  std::string target;
  std::optional<DumpedEntry> before;  // none for what was added, and for a target itself
  std::optional<DumpedEntry> after;   // none for what is gone, and for a target itself
  std::string error;                  // of a target that failed, or did before

  friend bool operator==(const DumpDifference&, const DumpDifference&) = default;
};

/// What `after` has otherwise than `before`, in the order of the later dump's targets. Targets are
/// the same by name. The entries of a target are compared where both dumps have all of them, in any
/// order; several equal ones count each. What is only annotated anew is no difference.
[[nodiscard]] std::vector<DumpDifference> compare_dumps(const std::vector<DumpedTarget>& before,
                                                        const std::vector<DumpedTarget>& after);

}  // namespace pinhole::snapshot
