// SPDX-License-Identifier: Apache-2.0
#include "registry/reg_text.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "registry/text.hpp"

namespace pinhole::registry {
namespace {

const std::string kStart =
    "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\K]\r\n";

Checked<std::vector<Edit>> read(const std::string& text) {
  return read_reg(bytes_of(text), "f");
}

Value value_of(const std::string& data) {
  const auto edits = read(kStart + "\"v\"=" + data + "\r\n");
  if (!edits || edits->size() != 2) {
    ADD_FAILURE() << data << ": " << (edits ? "" : to_string(edits.error().front()));
    return {};
  }
  return edits->back().value;
}

std::string error_of(const std::string& text) {
  const auto edits = read(text);
  return edits ? "" : to_string(edits.error().front().place) + " " + edits.error().front().id;
}

Bytes bytes(std::initializer_list<unsigned> list) {
  Bytes result;
  for (const unsigned byte : list) {
    result.push_back(static_cast<std::byte>(byte));
  }
  return result;
}

TEST(RegText, ReadsEveryTypeOfValue) {
  EXPECT_EQ(value_of("dword:0000dac1"), Value::of_dword(56001));
  EXPECT_EQ(value_of("dword:1"), Value::of_dword(1));
  EXPECT_EQ(value_of(R"("a \"b\" \\c")"), Value::of_sz("a \"b\" \\c"));
  EXPECT_EQ(value_of("hex:01,fF"), (Value{Type::binary, bytes({1, 255})}));
  EXPECT_EQ(value_of("hex:"), (Value{Type::binary, {}}));
  EXPECT_EQ(value_of("hex(2):61,00,00,00"), Value::of_expand_sz("a"));
  EXPECT_EQ(value_of("hex(7):61,00,00,00,62,00,00,00,00,00"), Value::of_multi_sz({"a", "b"}));
  EXPECT_EQ(value_of("hex(b):01,00,00,00,00,00,00,80"), Value::of_qword(0x8000000000000001));
  EXPECT_EQ(value_of("hex(0):07"), (Value{Type::none, bytes({7})}));
  EXPECT_EQ(value_of("hex(2a):07"), (Value{static_cast<Type>(42), bytes({7})}));
}

TEST(RegText, ReadsContinuationCommentsAndLineBreaksInText) {
  EXPECT_EQ(value_of("hex:01,\\\r\n  02,\\\r\n  03 ; three").data, bytes({1, 2, 3}));
  EXPECT_EQ(value_of("dword:5 ; five"), Value::of_dword(5));
  EXPECT_EQ(value_of("\"one\r\ntwo\""), Value::of_sz("one\r\ntwo"));
}

TEST(RegText, ReadsDeletions) {
  const auto edits = read(kStart + "\"v\"=-\n@=-\n[-HKLM\\SOFTWARE\\Old]\n");
  ASSERT_TRUE(edits);
  ASSERT_EQ(edits->size(), 4U);
  EXPECT_EQ((*edits)[1].kind, Edit::Kind::delete_value);
  EXPECT_EQ((*edits)[2].name, "");
  EXPECT_EQ((*edits)[3].kind, Edit::Kind::delete_key);
  EXPECT_EQ(to_string((*edits)[3].path), "HKEY_LOCAL_MACHINE\\SOFTWARE\\Old");
}

TEST(RegText, ReadsAnsiTextOfTheOldDialect) {
  const auto edits = read(
      "REGEDIT4\n[HKEY_LOCAL_MACHINE\\K]\n\"\x80\"=\"\xE9\"\n"
      "\"e\"=hex(2):E9,00\n");
  ASSERT_TRUE(edits);
  EXPECT_EQ((*edits)[1].name, "\xE2\x82\xAC");
  EXPECT_EQ((*edits)[1].value, Value::of_sz("\xC3\xA9"));
  EXPECT_EQ((*edits)[2].value, Value::of_expand_sz("\xC3\xA9"));
}

TEST(RegText, NamesLineAndColumnOfEachMistake) {
  EXPECT_EQ(error_of(kStart + "\"v\"=dword:123456789\n"), "f:4:11 reg-dword-too-long");
  EXPECT_EQ(error_of(kStart + "\"v\"=dword:00001388(5000)\n"), "f:4:19 reg-dword");
  EXPECT_EQ(error_of(kStart + "\"v\"=dword:x\n"), "f:4:11 reg-dword");
  EXPECT_EQ(error_of(kStart + "\"\xC3\xA9\"=5\n"), "f:4:5 reg-data");
  EXPECT_EQ(error_of(kStart + "\"v\"=\"open\n"), "f:4:5 reg-quote");
  EXPECT_EQ(error_of(kStart + "\"v\"=\"a\\b\"\n"), "f:4:7 reg-escape");
  EXPECT_EQ(error_of(kStart + "\"v\"=hex:1,2,\n"), "f:4:13 reg-hex");
  EXPECT_EQ(error_of(kStart + "\"v\"=hex:100\n"), "f:4:9 reg-hex");
  EXPECT_EQ(error_of(kStart + "[HKEY_LOCAL_MACHINE\\K\n"), "f:4:1 reg-bracket");
  EXPECT_EQ(error_of(kStart + "[NOWHERE\\K]\n"), "f:4:2 reg-key");
  EXPECT_EQ(error_of(kStart + "junk\n"), "f:4:1 reg-syntax");
  EXPECT_EQ(error_of("REGEDIT4\n\"v\"=dword:1\n"), "f:2:1 reg-no-key");
  EXPECT_EQ(error_of("REGEDIT5\n"), "f:1:1 reg-header");
  EXPECT_EQ(error_of(""), "f:1:1 reg-header");
  EXPECT_EQ(error_of("\xFF\xFEW"), "f: offset 0x2 reg-encoding");
  EXPECT_EQ(error_of(kStart + "\xFF"), "f: offset 0x49 reg-encoding");
  EXPECT_EQ(error_of("REGEDIT4\n[-HKLM\\K]\n\"v\"=dword:1\n"), "f:3:1 reg-deleted-key");
}

TEST(RegText, ReportsAllMistakesAndNothingElse) {
  const auto edits = read(kStart + "\"a\"=1\n\"b\"=dword:1\n\"c\"=2\n");
  ASSERT_FALSE(edits);
  EXPECT_EQ(edits.error().size(), 2U);
}

TEST(RegText, WritesWhatItReadsBackInEveryForm) {
  Key key;
  key.values["dword"] = Value::of_dword(56001);
  key.values["text \"quoted\" \\"] = Value::of_sz("caf\xC3\xA9 \\ \"x\"");
  key.values[""] = Value::of_sz("default");
  key.values["lines"] = Value::of_sz("a\r\nb");
  key.values["list"] = Value::of_multi_sz({"a", "caf\xC3\xA9"});
  key.values["long"] = {Type::binary, Bytes(100, std::byte{0xAB})};
  key.values["odd"] = {Type::sz, bytes({0x61, 0, 0, 0})};
  key.values["empty"] = {Type::none, {}};
  key.values["big"] = Value::of_qword(1);
  key.values["short"] = {Type::dword, bytes({1, 2})};
  key.keys["Below"].keys["Deeper"];
  const Path path = parse_path("HKLM\\SOFTWARE\\K").value();
  for (const RegForm form :
       {RegForm::version5, RegForm::version5_utf8, RegForm::regedit4, RegForm::for_hive}) {
    const auto file = write_reg(edits_of(key, path), form);
    ASSERT_TRUE(file);
    const auto edits = read_reg(*file, "f");
    ASSERT_TRUE(edits) << to_string(edits.error().front());
    Key tree;
    apply(tree, *edits);
    ASSERT_NE(find(tree, path), nullptr);
    EXPECT_EQ(*find(tree, path), key) << static_cast<int>(form);
  }
}

TEST(RegText, RefusesTextOutsideTheCodePage) {
  const std::vector<Edit> edits = {{Edit::Kind::set_value, parse_path("HKLM\\K").value(), "v",
                                    Value::of_multi_sz({"\xE4\xB8\x96"}), 0}};
  EXPECT_FALSE(write_reg(edits, RegForm::regedit4));
}

TEST(RegText, EveryTruncationIsReadOrRefused) {
  const std::string text =
      kStart + "\"v\"=hex(7):61,00,\\\r\n  00,00\r\n\"w\"=\"x\"\r\n[-HKLM\\K]\r\n";
  const Bytes wide = utf16le_of("\xEF\xBB\xBF" + text);
  for (std::size_t size = 0; size <= wide.size(); ++size) {
    static_cast<void>(read_reg(ByteView(wide).first(size), "f"));
  }
  for (std::size_t size = 0; size <= text.size(); ++size) {
    static_cast<void>(read(text.substr(0, size)));
  }
  EXPECT_TRUE(read_reg(wide, "f"));
}

TEST(RegText, TheExampleHoldsTheThreePorts) {
  std::ifstream in(PINHOLE_SOURCE_DIR "/examples/exchange-2007-static.reg", std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  const auto edits = read_reg(bytes_of(file), "f");
  ASSERT_TRUE(edits);
  Key tree;
  apply(tree, *edits);
  const Path services = parse_path(R"(HKLM\SYSTEM\CurrentControlSet\Services)").value();
  const Key* attendant = find(tree, services.child("MSExchangeSA").child("Parameters"));
  const Key* store = find(tree, services.child("msexchangeis").child("parameterssystem"));
  ASSERT_TRUE(attendant != nullptr && store != nullptr);
  EXPECT_EQ(attendant->values.at("tcp/ip port").dword(), 56002U);
  EXPECT_EQ(attendant->values.at("TCP/IP NSPI Port").dword(), 56004U);
  EXPECT_EQ(store->values.at("TCP/IP Port").dword(), 56001U);
}

}  // namespace
}  // namespace pinhole::registry
