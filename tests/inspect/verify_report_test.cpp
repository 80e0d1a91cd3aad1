// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pinhole::inspect {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kHostile = "<script>\"'&\x1b[31m\xff]]></script>";

ReportRow row(const char* flow, Verdict verdict, const std::string& text) {
  ReportRow row;
  row.flow = flow;
  row.from = "outlook";
  row.from_zone = "clients";
  row.to = text;
  row.to_zone = "servers";
  row.through = {"fw"};
  row.address = "10.2.0.5";
  row.transport = "tcp";
  row.ports = "5001";
  row.service = "MSExchangeIS";
  row.protocol = "MS-RPC";
  row.interfaces = {"emsmdb"};
  row.needed = "required";
  row.place = {"a site.toml", 12, 1, {}};
  row.judgement.verdict = verdict;
  row.judgement.reason = text;
  row.judgement.advice = text;
  return row;
}

Report report(const std::string& text) {
  Report report;
  report.title = text;
  report.plan = "plan";
  report.from = "clients";
  report.time = "2026-01-02T03:04:05Z";
  report.version = "1";
  report.rows = {row("outlook>a", Verdict::exact, text), row("outlook>b", Verdict::blocked, text),
                 row("outlook>c", Verdict::not_verifiable, text)};
  return report;
}

Report with_excess(Report report) {
  report.excess = ExcessResult{};
  report.excess->targets = {{*parse_address("10.2.0.5"), "ex-1", {}}};
  report.excess->ports = PortSet({1, 1023});
  report.excess->rate = 200;
  report.excess->tried = 1022;
  report.excess->open = {{0, 445}};
  return report;
}

TEST(Report, IsGoodWhereNothingFailed) {
  Report one = report("x");
  EXPECT_FALSE(is_good(one));
  one.rows.erase(one.rows.begin() + 1);
  EXPECT_TRUE(is_good(one));
  EXPECT_FALSE(is_good(with_excess(one)));
}

TEST(Report, CountsInItsSummary) {
  EXPECT_EQ(summary_of(with_excess(report("x"))),
            "1 of 3 flows are exact, 1 blocked, 1 not verifiable from here; 1 of 1022 other ports "
            "tried are open");
}

TEST(Page, EscapesEveryTextOfOthers) {
  const std::string page = verify_page(with_excess(report(kHostile)));
  EXPECT_THAT(page, Not(HasSubstr("<script>\"")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, Not(HasSubstr("\xff")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;&quot;'&amp;\\x1b[31m\\xff]]&gt;"));
}

TEST(Page, LoadsNothing) {
  const std::string page = verify_page(report("x"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_THAT(page, Not(HasSubstr(" src=")));
}

TEST(Page, LeadsFromEachFailureToItsRow) {
  const std::string page = verify_page(report("x"));
  EXPECT_THAT(page, HasSubstr("href=\"#f1\""));
  EXPECT_THAT(page, HasSubstr("id=\"f1\""));
  EXPECT_THAT(page, HasSubstr("Next: x"));
}

TEST(Drawing, ManyFlowsBecomeOneLineForEachVerdict) {
  Report many = report("x");
  for (int i = 0; i < 300; ++i) {
    many.rows.push_back(row("outlook>more", Verdict::exact, "x"));
  }
  const std::string drawing = verify_drawing(many);
  EXPECT_THAT(drawing, HasSubstr("301 exact"));
  EXPECT_LT(drawing.size(), 10000U);
}

TEST(Junit, CountsFailuresAndWhatWasNotTried) {
  const std::string xml = verify_junit(with_excess(report(kHostile)));
  EXPECT_THAT(xml, HasSubstr("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""));
  EXPECT_THAT(xml, HasSubstr("name=\"ex-1:tcp-445\""));
  EXPECT_THAT(xml, Not(HasSubstr("<script>")));
}

TEST(Sarif, PointsAtTheNeedInTheTopology) {
  const auto sarif = verify_sarif(with_excess(report("x")));
  const auto& results = sarif["runs"][0]["results"];
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0]["ruleId"], "blocked");
  EXPECT_EQ(results[0]["level"], "error");
  const auto& physical = results[0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(physical["artifactLocation"]["uri"], "a%20site.toml");
  EXPECT_EQ(physical["region"]["startLine"], 12);
  EXPECT_EQ(results[1]["level"], "note");
  EXPECT_EQ(results[2]["ruleId"], "excess");
}

}  // namespace
}  // namespace pinhole::inspect
