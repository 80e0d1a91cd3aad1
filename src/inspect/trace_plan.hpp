// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plan's flows against what a capture shows. Pure.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "capture/report.hpp"
#include "catalogue/catalogue.hpp"
#include "inspect/trace.hpp"
#include "plan/plan.hpp"

namespace pinhole::inspect {

class PlanJudge {
 public:
  /// Both outlive the judge.
  PlanJudge(const plan::Plan& plan, const catalogue::Catalogue& catalogue);

  /// Fills in `planned`, `flows` and `remark`.
  void judge(TraceRow& row, const capture::Conversation& talk) const;
  /// What the plan says of a port; nothing where it does not know the server or the port.
  [[nodiscard]] std::optional<PortKind> kind_of(const capture::Endpoint& server) const;
  /// Every flow of the plan, and how often it was seen.
  [[nodiscard]] std::vector<TraceFlow> flows(const capture::Report& report,
                                             const std::vector<TraceRow>& rows) const;

 private:
  struct Reach {
    std::size_t flow = 0;
    std::vector<IpPrefix> from;
    std::vector<IpPrefix> to;
    PortSet ports;
    std::vector<Uuid> interfaces;  // empty: any
  };
  [[nodiscard]] std::string why_not(const TraceRow& row, const capture::Conversation& talk) const;

  const plan::Plan& plan_;
  std::vector<Reach> reaches_;                             // of TCP
  std::map<IpAddress, std::vector<plan::Index>> servers_;  // by each of their addresses
  std::map<plan::Index, PortSet> assigned_;
  std::map<plan::Index, PortRange> dynamic_;
};

}  // namespace pinhole::inspect
