// SPDX-License-Identifier: Apache-2.0
#include "render/json.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pinhole::render {
namespace {

using nlohmann::ordered_json;

TEST(JsonText, KeepsOrderIndentsByTwoAndEndsWithANewline) {
  const ordered_json document{{"zulu", 1}, {"alpha", {true, nullptr}}};
  EXPECT_EQ(json_text(document),
            "{\n  \"zulu\": 1,\n  \"alpha\": [\n    true,\n    null\n  ]\n}\n");
}

TEST(JsonText, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(json_text(ordered_json("a\xff"
                                   "b")),
            "\"a\xef\xbf\xbd"
            "b\"\n");
}

TEST(JsonText, EscapesWhatATerminalWouldObeyAndKeepsTheValue) {
  const ordered_json document("\x1b[31m\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x81\x81\xc3\xa8\n");
  const std::string text = json_text(document);
  EXPECT_EQ(text, "\"\\u001b[31m\\u007f\\u009b\\u202e\\udb40\\udc41\xc3\xa8\\n\"\n");
  EXPECT_EQ(ordered_json::parse(text), document);
}

TEST(JsonLine, IsOneLine) {
  EXPECT_EQ(json_line(ordered_json{{"a", {1, 2}}}), "{\"a\":[1,2]}\n");
}

}  // namespace
}  // namespace pinhole::render
