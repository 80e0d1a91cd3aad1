// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify_changes.hpp"

#include <map>
#include <string_view>
#include <utility>

namespace pinhole::inspect {
namespace {

/// Address and port → the server's name.
using Open = std::map<std::pair<IpAddress, std::uint16_t>, std::string>;

Open open_of(const Report& report) {
  Open open;
  if (report.excess) {
    for (const ExcessOpen& each : report.excess->open) {
      const ExcessTarget& target = report.excess->targets[each.target];
      open.emplace(std::pair(target.address, each.port), target.name);
    }
  }
  return open;
}

}  // namespace

ReportChanges changes_between(const Report& before, const Report& after) {
  ReportChanges changes;
  std::map<std::pair<std::string_view, std::string_view>, const Judgement*> earlier;
  for (const ReportRow& row : before.rows) {
    earlier.emplace(std::pair<std::string_view, std::string_view>(row.flow, row.address),
                    &row.judgement);
  }
  for (const ReportRow& row : after.rows) {
    const auto at = earlier.find({row.flow, row.address});
    if (at != earlier.end() && (at->second->verdict != row.judgement.verdict ||
                                at->second->reason != row.judgement.reason)) {
      changes.rows.push_back({row, *at->second});
    }
  }
  const Open was = open_of(before);
  Open all = open_of(after);
  const Open is = all;
  all.insert(was.begin(), was.end());
  for (const auto& [where, name] : all) {
    if (was.contains(where) != is.contains(where)) {
      changes.excess.push_back({name, where.first, where.second, is.contains(where)});
    }
  }
  return changes;
}

}  // namespace pinhole::inspect
