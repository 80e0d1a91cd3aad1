// SPDX-License-Identifier: Apache-2.0
#include "snapshot/text.hpp"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace pinhole::snapshot {
namespace {

TEST(Utf8Text, IsWhatTheMarkOrTheOctetsSay) {
  EXPECT_EQ(utf8_text("a\xc3\x96", "t").value(), "a\xc3\x96");
  EXPECT_EQ(utf8_text("\xef\xbb\xbf\xc3\x96", "t").value(), "\xc3\x96");
  EXPECT_EQ(utf8_text(std::string_view("\xff\xfe\xd6\0", 4), "t").value(), "\xc3\x96");
  EXPECT_EQ(utf8_text("a\xd6", "t").value(), "a\xc3\x96");
  EXPECT_EQ(utf8_text("", "t").value(), "");
}

TEST(Utf8Text, SaysWhereTheMarkIsBelied) {
  EXPECT_EQ(utf8_text("\xef\xbb\xbf"
                      "a\xd6",
                      "t")
                .error()
                .front()
                .place,
            (Place{"t", 0, 0, 4}));
  EXPECT_EQ(utf8_text(std::string_view("\xff\xfe\x61\0\0", 5), "t").error().front().place,
            (Place{"t", 0, 0, 4}));
}

TEST(LinesOfAText, EndWithLfOrCrLf) {
  std::vector<std::pair<std::uint32_t, std::string_view>> lines;
  for (Lines each("a\r\n\nb\rc\n\r\nd"); each.next();) {
    lines.emplace_back(each.number(), each.line());
  }
  EXPECT_EQ(lines, (std::vector<std::pair<std::uint32_t, std::string_view>>{
                       {1, "a"}, {2, ""}, {3, "b\rc"}, {4, ""}, {5, "d"}}));
  EXPECT_FALSE(Lines("").next());
}

TEST(Excerpt, CutsBetweenCharacters) {
  EXPECT_EQ(excerpt("ab"), "\"ab\"");
  EXPECT_EQ(excerpt(std::string(59, 'a') + "\xc3\x96" + "b"),
            "\"" + std::string(59, 'a') + "...\"");
}

}  // namespace
}  // namespace pinhole::snapshot
