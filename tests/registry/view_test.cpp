// SPDX-License-Identifier: Apache-2.0
#include "registry/view.hpp"

#include <gtest/gtest.h>

namespace pinhole::registry {
namespace {

Path path(std::string_view text) {
  return parse_path(text).value();
}

Edit set(std::string_view key, std::string name, std::uint32_t number) {
  return {Edit::Kind::set_value, path(key), std::move(name), Value::of_dword(number), 7};
}

TEST(Names, CompareWithoutCaseAndKeepIt) {
  EXPECT_TRUE(same_name("TCP/IP Port", "tcp/ip PORT"));
  EXPECT_TRUE(same_name("\xC3\xA9t\xC3\xA9", "\xC3\x89T\xC3\x89"));
  EXPECT_FALSE(same_name("a", "ab"));
  Key root;
  apply(root, {{Edit::Kind::make_key, {{"Case"}}, {}, {}, 0},
               {Edit::Kind::make_key, {{"CASE"}}, {}, {}, 0}});
  ASSERT_EQ(root.keys.size(), 1U);
  EXPECT_EQ(root.keys.begin()->first, "Case");
}

TEST(Paths, KnowTheFiveRoots) {
  EXPECT_EQ(to_string(path("hklm\\SYSTEM")), "HKEY_LOCAL_MACHINE\\SYSTEM");
  for (const char* text : {"", "SYSTEM", "HKLM\\", "HKLM\\\\x", "\\HKLM"}) {
    EXPECT_FALSE(parse_path(text)) << text;
  }
}

TEST(View, ResolvesTheCurrentControlSetThroughSelect) {
  View view;
  view.mount(HiveKind::embedded, new_tree(HiveKind::embedded));
  ASSERT_TRUE(view.apply(
      {
          set(R"(HKLM\SYSTEM\Select)", "Current", 3),
      },
      "f"));
  ASSERT_TRUE(view.apply({set(R"(HKLM\SYSTEM\CurrentControlSet\Services\X)", "Port", 5)}, "f"));
  EXPECT_EQ(view.get(R"(HKLM\SYSTEM\ControlSet003\services\x)", "port"), Value::of_dword(5));
  EXPECT_EQ(view.get(R"(HKLM\SYSTEM\CurrentControlSet\Services\X)", "Port"), Value::of_dword(5));
  const Key portable = view.portable_tree();
  EXPECT_NE(find(portable, path(R"(HKLM\SYSTEM\CurrentControlSet\Services\X)")), nullptr);
  EXPECT_EQ(find(portable, path(R"(HKLM\SYSTEM\ControlSet003)")), nullptr);
}

TEST(View, RefusesWhatIsNotMountedAndChangesNothing) {
  View view;
  view.mount(HiveKind::system, new_tree(HiveKind::system));
  const Key before = view.tree();
  const auto result =
      view.apply({set(R"(HKLM\SYSTEM\New)", "a", 1), set(R"(HKLM\SOFTWARE\New)", "a", 1)}, "f.reg");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().front().id, "registry-not-mounted");
  EXPECT_EQ(to_string(result.error().front().place), "f.reg:7");
  EXPECT_EQ(view.tree(), before);
  EXPECT_FALSE(view.apply({set(R"(HKCU\Software\X)", "a", 1)}, "f"));
  EXPECT_FALSE(view.apply({{Edit::Kind::delete_key, path(R"(HKLM\SYSTEM)"), {}, {}, 0}}, "f"));
}

TEST(View, TellsAHiveByWhatItHolds) {
  for (const HiveKind kind : {HiveKind::system, HiveKind::software, HiveKind::embedded}) {
    EXPECT_EQ(kind_of(new_tree(kind)), kind);
  }
}

TEST(Diff, MakesTheSecondTreeOfTheFirst) {
  Key before = new_tree(HiveKind::embedded);
  Key after = before;
  after.keys["SYSTEM"].keys.erase("Select");
  after.keys["SOFTWARE"].values["v"] = Value::of_sz("x");
  after.keys["New"].keys["Deep"].values[""] = Value::of_qword(1);
  before.keys["SOFTWARE"].values["gone"] = Value::of_dword(1);
  const auto edits = diff(before, after);
  EXPECT_NE(before, after);
  apply(before, edits);
  EXPECT_EQ(before, after);
  EXPECT_TRUE(diff(before, after).empty());
}

TEST(Values, ReadWhatAUserTypes) {
  EXPECT_EQ(parse_value(Type::dword, "56001"), Value::of_dword(56001));
  EXPECT_EQ(parse_value(Type::dword, "0xdac1"), Value::of_dword(56001));
  EXPECT_EQ(parse_value(Type::multi_sz, "a\\0b"), Value::of_multi_sz({"a", "b"}));
  for (const char* text : {"", "4294967296", "-1", "dac1", "1 ", "0x"}) {
    EXPECT_FALSE(parse_value(Type::dword, text)) << text;
  }
  EXPECT_FALSE(parse_value(Type::binary, "abc"));
  EXPECT_EQ(Value::of_dword(56001).dword(), 56001U);
  EXPECT_EQ(parse_value(Type::dword_big_endian, "258")->dword(), 258U);
  EXPECT_EQ(Value::of_multi_sz({"a", "b"}).multi_sz(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parse_type("reg_sz"), Type::sz);
  EXPECT_EQ(parse_type("QWORD"), Type::qword);
  EXPECT_FALSE(parse_type("REG_"));
}

}  // namespace
}  // namespace pinhole::registry
