// SPDX-License-Identifier: Apache-2.0
#pragma once
// Two reports of one plan, one after the other: what became of each flow.

#include <cstdint>
#include <string>
#include <vector>

#include "inspect/verify_report.hpp"

namespace pinhole::inspect {

struct RowChange {
  ReportRow row;  // as it is now
  Judgement before;
};

/// A port that no flow names.
struct ExcessChange {
  std::string name;  // of the server
  IpAddress address;
  std::uint16_t port = 0;
  bool open = false;  // now

  friend bool operator==(const ExcessChange&, const ExcessChange&) = default;
};

struct ReportChanges {
  std::vector<RowChange> rows;       // another verdict, or another reason for it
  std::vector<ExcessChange> excess;  // by address, then port
};

/// Rows are the same by flow and address; one that was not there before is no change.
[[nodiscard]] ReportChanges changes_between(const Report& before, const Report& after);

}  // namespace pinhole::inspect
