// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinhole::inspect {
namespace {

ReportRow row(const char* flow, const char* address, Verdict verdict, const char* reason) {
  ReportRow row;
  row.flow = flow;
  row.address = address;
  row.judgement.verdict = verdict;
  row.judgement.reason = reason;
  return row;
}

Report report(std::vector<ReportRow> rows) {
  Report report;
  report.rows = std::move(rows);
  return report;
}

Report with_open(const std::vector<const char*>& addresses, std::vector<ExcessOpen> open) {
  Report report;
  report.excess = ExcessResult{};
  for (const char* address : addresses) {
    report.excess->targets.push_back({*parse_address(address), address, {}});
  }
  report.excess->open = std::move(open);
  return report;
}

TEST(ReportChanges, AreOtherVerdictsAndOtherReasons) {
  const Report before = report({row("a", "1", Verdict::exact, "answers"),
                                row("b", "1", Verdict::blocked, "no answer"),
                                row("c", "1", Verdict::exact, "answers")});
  const Report after =
      report({row("c", "1", Verdict::exact, "answers"), row("b", "1", Verdict::blocked, "refused"),
              row("a", "1", Verdict::moved, "is on 7")});
  const ReportChanges changes = changes_between(before, after);
  ASSERT_EQ(changes.rows.size(), 2U);
  EXPECT_EQ(changes.rows[0].row.flow, "b");
  EXPECT_EQ(changes.rows[0].before.reason, "no answer");
  EXPECT_EQ(changes.rows[1].row.judgement.verdict, Verdict::moved);
  EXPECT_EQ(changes.rows[1].before.verdict, Verdict::exact);
  EXPECT_TRUE(changes_between(after, after).rows.empty());
}

TEST(ReportChanges, RowsAreTheSameByFlowAndAddress) {
  const Report before =
      report({row("a", "1", Verdict::exact, ""), row("a", "2", Verdict::blocked, "")});
  EXPECT_TRUE(changes_between(before, report({row("a", "2", Verdict::blocked, ""),
                                              row("a", "1", Verdict::exact, ""),
                                              row("a", "3", Verdict::moved, "")}))
                  .rows.empty());
}

TEST(ReportChanges, PortsThatOpenAndCloseAreToldByAddress) {
  const Report before = with_open({"10.0.0.1", "10.0.0.2"}, {{0, 445}, {1, 80}});
  const Report after = with_open({"10.0.0.2", "10.0.0.1"}, {{0, 80}, {1, 3389}});
  EXPECT_THAT(
      changes_between(before, after).excess,
      testing::ElementsAre(ExcessChange{"10.0.0.1", *parse_address("10.0.0.1"), 445, false},
                           ExcessChange{"10.0.0.1", *parse_address("10.0.0.1"), 3389, true}));
  EXPECT_TRUE(changes_between(after, after).excess.empty());
}

}  // namespace
}  // namespace pinhole::inspect
