// SPDX-License-Identifier: Apache-2.0
#include "plan/change_record.hpp"

#include <sstream>

#include "plan/markdown.hpp"
#include "plan/plan_samples.hpp"

namespace pinhole::plan {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string record() {
  return change_record(sample_plan(), catalogue::builtin());
}

/// What stands under a heading, to the next of its level.
std::string section(const std::string& text, const std::string& heading) {
  const auto at = text.find("\n" + heading + "\n");
  EXPECT_NE(at, std::string::npos) << heading;
  if (at == std::string::npos) {
    return {};
  }
  const std::string mark = "\n" + heading.substr(0, heading.find(' ') + 1);
  const auto start = at + heading.size() + 1;
  return text.substr(start, text.find(mark, start) - start);
}

TEST(Markdown, EscapesWhatItWouldRead) {
  EXPECT_EQ(markdown("a*b_c`d[e](f)<g>|h&i~j#k\\"), R"(a\*b\_c\`d\[e\](f)\<g\>\|h\&i\~j\#k\\)");
  EXPECT_EQ(markdown("one\ntwo\x1b[0m\x7f"), R"(one\\x0atwo\\x1b\[0m\\x7f)");
  EXPECT_EQ(markdown("caf\xC3\xA9 \xF0\x9F\x93\x8C"), "caf\xC3\xA9 \xF0\x9F\x93\x8C");
  EXPECT_EQ(markdown("x\xE2\x80\xAEy\xC2\x85z\xE2\x80\xA8"), R"(x\\u{202e}y\\u{85}z\\u{2028})");
  EXPECT_EQ(markdown("\xff"), "\xEF\xBF\xBD");
}

TEST(Markdown, FencesCodeBeyondItsOwnMarks) {
  EXPECT_EQ(markdown_code("plain"), "`plain`");
  EXPECT_EQ(markdown_code("a`b``c"), "``` a`b``c ```");
  EXPECT_EQ(markdown_code("a|b"), R"(`a\|b`)");
  EXPECT_EQ(markdown_code(""), "");
}

TEST(Markdown, PadsTables) {
  EXPECT_EQ(markdown_table({"A", "Long"}, {{"xxxxx", "1"}, {"y"}}),
            "| A     | Long |\n"
            "| ----- | ---- |\n"
            "| xxxxx | 1    |\n"
            "| y     |      |\n");
}

TEST(ChangeRecord, SaysBeforeAfterAndWhyForEachServer) {
  const std::string ex1 = section(record(), "### ex1");
  EXPECT_THAT(ex1, HasSubstr("Exchange Server 2007"));
  EXPECT_THAT(ex1, HasSubstr("| MSExchangeIS | `is-tcp-port`  | 5000 (0x1388)"));
  EXPECT_THAT(ex1, HasSubstr("**56001 (0xdac1)**"));
  EXPECT_THAT(ex1, HasSubstr("fixed in the topology"));
  EXPECT_THAT(ex1, HasSubstr("not set, or not known"));
  EXPECT_THAT(ex1, HasSubstr("ParametersSystem"));
  EXPECT_THAT(ex1, HasSubstr("Import `ex1.reg`"));
  EXPECT_THAT(ex1, HasSubstr("`ex1-undo.reg`"));
}

TEST(ChangeRecord, SaysWhatToWriteIntoAConfigFile) {
  const std::string rtm = section(record(), "### rtm");
  EXPECT_THAT(rtm, HasSubstr(R"(<add key="RpcTcpPort" value="59533" />)"));
  EXPECT_THAT(rtm, HasSubstr("Microsoft.Exchange.AddressBook.Service.exe.config"));
  EXPECT_THAT(rtm, Not(HasSubstr("Import")));
}

TEST(ChangeRecord, NamesNoRegistryOfASambaServer) {
  const std::string samba = section(record(), "### samba");
  EXPECT_THAT(samba, HasSubstr("smb.conf"));
  EXPECT_THAT(samba, Not(HasSubstr("HKEY_LOCAL_MACHINE")));
}

TEST(ChangeRecord, ListsPortsByPairsOfZones) {
  const std::string ports = section(record(), "## Ports to open");
  EXPECT_THAT(ports, HasSubstr("### From clients to servers"));
  EXPECT_THAT(ports, HasSubstr("Through fw."));
  EXPECT_THAT(ports, HasSubstr("TCP 56001"));
  EXPECT_THAT(ports, HasSubstr("TCP 59532"));
  EXPECT_THAT(ports, HasSubstr("1 more flow stays inside one zone"));
  EXPECT_THAT(ports, Not(HasSubstr("UDP 135")));
}

TEST(ChangeRecord, SaysHowToRestartCheckAndGoBack) {
  const std::string text = record();
  const std::string restarts = section(text, "## Restarts, in this order");
  EXPECT_THAT(restarts, HasSubstr("1. ex1: restart MSExchangeSA, MSExchangeIS. Unavailable "
                                  "meanwhile: mail\n"));
  EXPECT_THAT(restarts, HasSubstr("2. old: restart the computer, for MSExchangeDS\n"));
  const std::string checks = section(text, "## How to check");
  EXPECT_THAT(checks, HasSubstr("`pinhole dump 10.2.0.5`"));
  EXPECT_THAT(checks, HasSubstr("netstat -ban"));
  EXPECT_THAT(checks, HasSubstr("rpcdump"));
  const std::string back = section(text, "## How to go back");
  EXPECT_THAT(back, HasSubstr("- ex1: import `ex1-undo.reg`"));
  EXPECT_THAT(back, HasSubstr("- rtm: put back the copy of"));
}

TEST(ChangeRecord, QuotesFindingsWithRuleAndSource) {
  const std::string findings = section(record(), "## Findings");
  EXPECT_THAT(findings, HasSubstr("| error    | `R1` | ex1"));
  EXPECT_THAT(findings, HasSubstr("KB 1"));
  EXPECT_THAT(findings, HasSubstr(R"((ex1.reg:3:5))"));
}

TEST(ChangeRecord, LetsNoTextOfStrangersChangeItsShape) {
  const std::string text = record();
  EXPECT_TRUE(text.starts_with("# Change record: A \\*site\\* \\| \\<b\\>with\\</b\\> marks\n"));
  EXPECT_THAT(text, HasSubstr(R"(bad \| \`x\`\\x0a\\x1b\[31m)"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  // Every row of a table has as many cells as its head.
  std::size_t bars = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      count += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    }
    if (line.starts_with("|")) {
      EXPECT_TRUE(bars == 0 || count == bars) << line;
      bars = count;
    } else {
      bars = 0;
    }
  }
}

TEST(ChangeRecord, OfNothingSaysSo) {
  Plan plan = sample_plan();
  plan.assignments.clear();
  plan.flows.clear();
  plan.restarts.clear();
  plan.findings.clear();
  const std::string text = change_record(plan, catalogue::builtin());
  EXPECT_THAT(text, HasSubstr("Nothing: no service here takes a static port."));
  EXPECT_THAT(text, HasSubstr("None: every flow stays inside its zone."));
  EXPECT_EQ(restart_list(plan), "Nothing restarts.\n");
}

TEST(RestartList, IsPlainText) {
  EXPECT_EQ(restart_list(sample_plan()),
            "1. ex1: restart MSExchangeSA, MSExchangeIS (unavailable: mail)\n"
            "2. old: restart the computer, for MSExchangeDS\n");
}

}  // namespace
}  // namespace pinhole::plan
