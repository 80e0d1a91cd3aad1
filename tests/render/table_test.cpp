// SPDX-License-Identifier: Apache-2.0
#include "render/table.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace pinhole::render {
namespace {

Table services() {
  Table table({{"service"}, {"port", Align::right}, {"state"}});
  table.add_row({"MSExchangeIS", "56001", {"running", Tone::good}});
  table.add_row({"MTA", "102", {"degraded", Tone::bad}});
  return table;
}

TEST(Table, AlignsColumnsAndEndsLinesWithoutSpaces) {
  EXPECT_EQ(services().text(Style{}),
            "service        port  state\n"
            "MSExchangeIS  56001  running\n"
            "MTA             102  degraded\n");
}

TEST(Table, HasNoEscapeSequenceWithoutColour) {
  EXPECT_EQ(services().text(Style{.colour = false}).find('\x1b'), std::string::npos);
}

TEST(Table, ColoursHeaderAndTonesWithoutMovingColumns) {
  EXPECT_EQ(services().text(Style{.colour = true}),
            "\x1b[1mservice\x1b[0m        \x1b[1mport\x1b[0m  \x1b[1mstate\x1b[0m\n"
            "MSExchangeIS  56001  \x1b[32mrunning\x1b[0m\n"
            "MTA             102  \x1b[31mdegraded\x1b[0m\n");
}

TEST(Table, LeavesNoSpacesAfterTheLastCellThatHasText) {
  Table table({{"a"}, {"b"}, {"c"}});
  table.add_row({"1", "", ""});
  table.add_row({"2"});
  table.add_row({"", "", "3"});
  EXPECT_EQ(table.text(Style{}), "a  b  c\n1\n2\n      3\n");
}

TEST(Table, MeasuresWideAndCombinedCharacters) {
  Table table({{"name"}, {"n"}});
  table.add_row({"\xe6\xbc\xa2\xe5\xad\x97", "1"});
  table.add_row({"Gen\xc3\xa8ve", "2"});
  EXPECT_EQ(table.text(Style{}), "name    n\n\xe6\xbc\xa2\xe5\xad\x97    1\nGen\xc3\xa8ve  2\n");
}

TEST(Table, EscapesHostileCellsBeforeItMeasuresThem) {
  Table table({{"annotation"}, {"n"}});
  table.add_row({"\x1b[2J\nx", "1"});
  EXPECT_EQ(table.text(Style{.colour = false}), "annotation    n\n\\x1b[2J\\x0ax  1\n");
}

TEST(Table, WithoutRowsIsItsHeader) {
  const Table table({{"a"}, {"b"}});
  EXPECT_EQ(table.rows(), 0U);
  EXPECT_EQ(table.text(Style{}), "a  b\n");
}

TEST(Table, RefusesARowLongerThanItsHeader) {
  Table table({{"a"}});
  EXPECT_THROW(table.add_row({"1", "2"}), std::logic_error);
}

TEST(Paint, EscapesTextAndColoursItOnlyWhenAsked) {
  EXPECT_EQ(paint("x\x07", Tone::bad, Style{}), "x\\x07");
  EXPECT_EQ(paint("x\x07", Tone::bad, Style{.colour = true}), "\x1b[31mx\\x07\x1b[0m");
  EXPECT_EQ(paint("x", Tone::plain, Style{.colour = true}), "x");
}

}  // namespace
}  // namespace pinhole::render
