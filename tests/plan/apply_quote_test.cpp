// SPDX-License-Identifier: Apache-2.0
#include "plan/apply_quote.hpp"

#include <ostream>

#include <gtest/gtest.h>

namespace pinhole::plan {
namespace {

struct Case {
  std::string_view text;
  std::string_view powershell;
  std::string_view cmd;  // empty: it cannot be said
  std::string_view yaml;

  friend std::ostream& operator<<(std::ostream& out, const Case& each) { return out << each.yaml; }
};

class Quote : public testing::TestWithParam<Case> {};

TEST_P(Quote, KeepsTheTextInEachLanguage) {
  const Case& each = GetParam();
  EXPECT_EQ(powershell_text(each.text), each.powershell);
  EXPECT_EQ(cmd_text(each.text).value_or(""), each.cmd);
  EXPECT_EQ(yaml_text(each.text), each.yaml);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Quote,
    testing::Values(Case{"", "''", R"("")", "''"},
                    Case{"TCP/IP Port", "'TCP/IP Port'", R"("TCP/IP Port")", "'TCP/IP Port'"},
                    Case{"it's", "'it''s'", R"("it's")", "'it''s'"},
                    Case{"$(x) `n $y", "'$(x) `n $y'", R"("$(x) `n $y")", "'$(x) `n $y'"},
                    Case{"100%", "'100%'", R"("100%%")", "'100%'"},
                    Case{"a^&|<>!b", "'a^&|<>!b'", R"("a^&|<>!b")", "'a^&|<>!b'"},
                    Case{R"(c:\x\)", R"('c:\x\')", R"("c:\x\\")", R"('c:\x\')"},
                    Case{R"(\\)", R"('\\')", R"("\\\\")", R"('\\')"},
                    Case{R"(a"b)", R"('a"b')", "", R"('a"b')"},
                    Case{"a\r\nb", "('' + 'a' + [char]0x000d + [char]0x000a + 'b')", "",
                         R"("a\u000d\u000ab")"},
                    // Windows PowerShell takes typographic quotes for quotes.
                    Case{"a\xe2\x80\x98\xe2\x80\x99", "('' + 'a' + [char]0x2018 + [char]0x2019)",
                         "", R"("a\u2018\u2019")"},
                    Case{"\xf0\x9f\x98\x80'\\", R"(('' + [char]0xd83d + [char]0xde00 + '''\'))", "",
                         R"("\U0001f600'\\")"},
                    Case{"\xff", "('' + [char]0xfffd)", "", R"("\ufffd")"},
                    Case{"{{ x }}", "'{{ x }}'", R"("{{ x }}")", "!unsafe '{{ x }}'"},
                    Case{"{%\n", "('' + '{%' + [char]0x000a)", "", R"(!unsafe "{%\u000a")"},
                    Case{"{D99E}", "'{D99E}'", R"("{D99E}")", "'{D99E}'"}));

TEST(QuoteComment, IsOneLineOfPrintableAscii) {
  EXPECT_EQ(comment_text("a\nb\x1b[31m\xc3\xa9"), "a?b?[31m??");
}

TEST(QuoteXml, EscapesMarkupAndControls) {
  EXPECT_EQ(xml_text("a<b>&\"c\"\x01"), "a&lt;b&gt;&amp;&quot;c&quot;?");
}

}  // namespace
}  // namespace pinhole::plan
