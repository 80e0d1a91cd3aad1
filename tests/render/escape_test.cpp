// SPDX-License-Identifier: Apache-2.0
#include "render/escape.hpp"

#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "render/utf8.hpp"

namespace pinhole::render {
namespace {

struct Case {
  std::string name;
  std::string input;
  std::string expected;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.name;
}

class Escape : public testing::TestWithParam<Case> {};

TEST_P(Escape, Yields) {
  EXPECT_EQ(escape(GetParam().input), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Escape,
    testing::Values(Case{"Plain", "Exchange Server STORE", "Exchange Server STORE"},
                    Case{"Backslash", R"(HKLM\SYSTEM)", R"(HKLM\SYSTEM)"},
                    Case{"NulInside", std::string("a\0b", 3), R"(a\x00b)"},
                    Case{"NewlineAndTab", "a\r\n\tb", R"(a\x0d\x0a\x09b)"},
                    Case{"TerminalTitle", "\x1b]0;owned\x07", R"(\x1b]0;owned\x07)"},
                    Case{"Delete", "a\x7f", R"(a\x7f)"},
                    Case{"C1ControlSequenceIntroducer",
                         "\xc2\x9b"
                         "31m",
                         R"(\u{9b}31m)"},
                    Case{"RawC1Byte",
                         "\x9b"
                         "31m",
                         R"(\x9b31m)"},
                    Case{"Accents", "Gen\xc3\xa8ve", "Gen\xc3\xa8ve"},
                    Case{"NoBreakSpace",
                         "a\xc2\xa0"
                         "b",
                         "a\xc2\xa0"
                         "b"},
                    Case{"Overlong", "\xc0\xaf", R"(\xc0\xaf)"},
                    Case{"OverlongThree", "\xe0\x80\xaf", R"(\xe0\x80\xaf)"},
                    Case{"Surrogate", "\xed\xa0\x80", R"(\xed\xa0\x80)"},
                    Case{"AboveUnicode", "\xf4\x90\x80\x80", R"(\xf4\x90\x80\x80)"},
                    Case{"CutShort", "a\xe2\x82", R"(a\xe2\x82)"},
                    Case{"BrokenThenGood", "\xe2\x82z", R"(\xe2\x82z)"},
                    Case{"RightToLeftOverride",
                         "a\xe2\x80\xae"
                         "b",
                         R"(a\u{202e}b)"},
                    Case{"Isolate", "\xe2\x81\xa6x\xe2\x81\xa9", R"(\u{2066}x\u{2069})"},
                    Case{"ZeroWidthSpace",
                         "a\xe2\x80\x8b"
                         "b",
                         R"(a\u{200b}b)"},
                    Case{"LineSeparator", "\xe2\x80\xa8", R"(\u{2028})"},
                    Case{"ByteOrderMark", "\xef\xbb\xbfx", R"(\u{feff}x)"},
                    Case{"Tag", "\xf3\xa0\x81\x81", R"(\u{e0041})"},
                    Case{"Noncharacter", "\xef\xbf\xbf", R"(\u{ffff})"},
                    Case{"Wide", "\xe6\xbc\xa2", "\xe6\xbc\xa2"}),
    [](const auto& param) { return param.param.name; });

std::string utf8(char32_t c) {
  const auto octet = [](char32_t value) { return static_cast<char>(value); };
  if (c < 0x80) {
    return {octet(c)};
  }
  if (c < 0x800) {
    return {octet(0xc0 | c >> 6), octet(0x80 | (c & 0x3f))};
  }
  if (c < 0x10000) {
    return {octet(0xe0 | c >> 12), octet(0x80 | (c >> 6 & 0x3f)), octet(0x80 | (c & 0x3f))};
  }
  return {octet(0xf0 | c >> 18), octet(0x80 | (c >> 12 & 0x3f)), octet(0x80 | (c >> 6 & 0x3f)),
          octet(0x80 | (c & 0x3f))};
}

TEST(EscapeOfAll, EveryCodePointIsShownAsItIsOrAsAsciiAlone) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    const std::string raw = utf8(c);
    const std::string shown = escape(raw);
    if (shown == raw) {
      ASSERT_TRUE(is_printable(c)) << static_cast<std::uint32_t>(c);
      ASSERT_FALSE(c >= 0xd800 && c <= 0xdfff);
      continue;
    }
    for (const char character : shown) {
      ASSERT_TRUE(character >= ' ' && character <= '~') << static_cast<std::uint32_t>(c);
    }
  }
}

TEST(EscapeOfAll, ItsOwnOutputNeedsNoEscape) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string once =
          escape(std::string{static_cast<char>(first), static_cast<char>(second)});
      ASSERT_EQ(escape(once), once);
    }
  }
}

TEST(Width, CountsColumnsAndNotBytes) {
  EXPECT_EQ(width(std::string_view("abc")), 3U);
  EXPECT_EQ(width(std::string_view("Gen\xc3\xa8ve")), 6U);
  EXPECT_EQ(width(std::string_view("e\xcc\x80")), 1U);
  EXPECT_EQ(width(std::string_view("\xe6\xbc\xa2\xe5\xad\x97")), 4U);
  EXPECT_EQ(width(std::string_view("\xff")), 1U);
}

}  // namespace
}  // namespace pinhole::render
