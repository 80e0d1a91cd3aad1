// SPDX-License-Identifier: Apache-2.0
#include "snapshot/dump_json.hpp"

#include <ostream>

#include <gtest/gtest.h>

#include "snapshot/cases.hpp"
#include "snapshot/sample.hpp"

namespace pinhole::snapshot {

std::ostream& operator<<(std::ostream& out, const DumpedTarget& each) {
  return out << each.line << ": " << each.target << ", " << each.entries.size() << " entries";
}

namespace {

constexpr Uuid kNspi = "f5cc5a18-4264-101a-8c59-08002b2f8426"_uuid;

std::string entry(std::string_view members) {
  return R"({"schema":"pinhole.dump/1","targets":[{"target":"a","state":"ok","entries":[
{)" + std::string(members) +
         "}]}]}";
}

constexpr const char* kInterface = R"("interface":{"uuid":"f5cc5a18-4264-101a-8c59-08002b2f8426"})";
constexpr const char* kRest =
    R"(,"annotation":"","protocol_sequence":"ncacn_np","address":"","endpoint":"\\pipe\\x","binding":"b")";

TEST(ReadDumpJson, ReadsADumpOfALiveServer) {
  const auto targets = read_dump_json(sample("exchange-2010.dump.json"), "dump.json");
  ASSERT_TRUE(targets) << to_string(targets.error().front());
  ASSERT_EQ(targets->size(), 2U);
  EXPECT_EQ(targets->front(), (DumpedTarget{"127.0.0.1:1", "Connection refused", {}, 4}));
  const DumpedTarget& server = targets->at(1);
  EXPECT_EQ(server.target, "127.0.0.1");
  EXPECT_EQ(server.error, std::nullopt);
  EXPECT_EQ(server.entries.size(), 9U);
  EXPECT_EQ(server.entries.front(), (DumpedEntry{kNspi,
                                                 InterfaceVersion{56, 0},
                                                 {},
                                                 "MS Exchange NSP Interface",
                                                 "ncacn_ip_tcp",
                                                 "127.0.0.1",
                                                 "15972",
                                                 "ncacn_ip_tcp:127.0.0.1[15972]",
                                                 true,
                                                 14}));
}

TEST(ReadDumpJson, IsTheSameInTheEncodingsOfWindows) {
  const std::string text = sample("exchange-2010.dump.json");
  const auto targets = read_dump_json(text, "dump.json");
  EXPECT_EQ(read_dump_json(as_utf16(text), "dump.json").value(), targets.value());
  EXPECT_EQ(read_dump_json(as_utf8_crlf(text), "dump.json").value(), targets.value());
}

TEST(ReadDumpJson, TakesEntriesWithoutVersionObjectAndAnswer) {
  const auto targets = read_dump_json(entry(std::string(kInterface) + kRest), "d");
  ASSERT_TRUE(targets) << to_string(targets.error().front());
  EXPECT_EQ(targets->front().entries.front(),
            (DumpedEntry{kNspi, {}, {}, "", "ncacn_np", "", "\\pipe\\x", "b", {}, 2}));
}

TEST(ReadDumpJson, KeepsTheObject) {
  const auto targets =
      read_dump_json(entry(std::string(kInterface) + kRest +
                           R"(,"object":"1544f5e0-613c-11d1-93df-00c04fd7bd09","ping":false)"),
                     "d");
  ASSERT_TRUE(targets) << to_string(targets.error().front());
  EXPECT_EQ(targets->front().entries.front().object, "1544f5e0-613c-11d1-93df-00c04fd7bd09"_uuid);
  EXPECT_EQ(targets->front().entries.front().alive, false);
}

TEST(ReadDumpJson, PassesUnknownMembersOver) {
  const auto targets = read_dump_json(
      R"({"later":[{"interface":{"uuid":"x"}},[[]],null,1,-1,1.5],"targets":[
        {"state":"ok","more":{"entries":[{}]},"entries":[],"target":"a"}],"schema":"pinhole.dump/1"})",
      "d");
  ASSERT_TRUE(targets) << to_string(targets.error().front());
  EXPECT_EQ(*targets, (std::vector<DumpedTarget>{{"a", {}, {}, 2}}));
}

TEST(ReadDumpJson, DoesNotCarryOneEntrysMembersIntoTheNext) {
  const std::string whole = std::string(kInterface) + kRest + R"(,"ping":true)";
  const auto targets = read_dump_json(entry(whole + "},{" + kInterface + kRest), "d");
  ASSERT_TRUE(targets) << to_string(targets.error().front());
  EXPECT_EQ(targets->front().entries.at(1).alive, std::nullopt);
  EXPECT_FALSE(read_dump_json(entry(whole + "},{" + kInterface), "d"));
  EXPECT_FALSE(read_dump_json(entry(whole + "},{\"a\":1" + kRest), "d"));
}

class ReadDumpJsonRefuses : public testing::TestWithParam<Fault> {};

TEST_P(ReadDumpJsonRefuses, WithLine) {
  EXPECT_EQ(place_of(GetParam(), read_dump_json(GetParam().text, "d")).line, GetParam().at);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ReadDumpJsonRefuses,
    testing::Values(
        Fault{"Empty", "", "dump-json", 1}, Fault{"Text", "\nncacn_ip_tcp", "dump-json", 2},
        Fault{"CutShort", "{\n\"schema\":\"pinhole.dump/1\",\n", "dump-json", 3},
        Fault{"MoreBehind", "{}\n{}", "dump-json", 2},
        Fault{"NotUtf8", "\xef\xbb\xbf{\"\xff\":1}", "text-encoding", 0},
        Fault{"Nested", std::string(100000, '['), "dump-json", 1},
        Fault{"List", "[]", "dump-schema", 1}, Fault{"Number", "1", "dump-schema", 1},
        Fault{"AnotherSchema", R"({"schema":"pinhole.map/1","targets":[]})", "dump-schema", 1},
        Fault{"NoTargets", R"({"schema":"pinhole.dump/1"})", "dump-field", 1},
        Fault{"TargetsNoList", R"({"schema":"pinhole.dump/1","targets":{}})", "dump-field", 1},
        Fault{"TargetNoObject", R"({"schema":"pinhole.dump/1","targets":[1]})", "dump-field", 1},
        Fault{"EntryNoObject",
              "{\"schema\":\"pinhole.dump/1\",\"targets\":[\n"
              "{\"target\":\"a\",\"state\":\"ok\",\"entries\":[[]]}]}",
              "dump-field", 2},
        Fault{"TargetWithoutEntries",
              "{\"schema\":\"pinhole.dump/1\",\"targets\":[\n{\"target\":\"a\",\"state\":\"ok\"}]}",
              "dump-field", 2},
        Fault{
            "ErrorWithoutReason",
            R"({"schema":"pinhole.dump/1","targets":[{"target":"a","state":"error","entries":[]}]})",
            "dump-field", 1},
        Fault{"NoInterface", entry(std::string("\"a\":1") + kRest), "dump-field", 2},
        Fault{"NoUuid", entry(std::string(R"("interface":{"uuid":"x"})") + kRest), "dump-field", 2},
        Fault{"Version",
              entry(R"("interface":{"uuid":"f5cc5a18-4264-101a-8c59-08002b2f8426","version":"1"})" +
                    std::string(kRest)),
              "dump-field", 2},
        Fault{"Object", entry(std::string(kInterface) + kRest + R"(,"object":"x")"), "dump-field",
              2},
        Fault{"NoBinding", entry(kInterface), "dump-field", 2}),
    [](const auto& each) { return each.param.name; });

TEST(ReadDumpJson, BoundsNesting) {
  const auto nested = [](std::size_t depth) {
    return R"({"schema":"pinhole.dump/1","targets":[],"later":)" + std::string(depth, '[') +
           std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(read_dump_json(nested(31), "d"));
  const auto targets = read_dump_json(nested(32), "d");
  ASSERT_FALSE(targets);
  EXPECT_EQ(targets.error().front().message, "nested deeper than 32");
}

TEST(ReadDumpJson, SaysAtWhichByteTheJsonEnds) {
  const auto targets = read_dump_json("{\n  \"a\": tru }", "d");
  ASSERT_FALSE(targets);
  EXPECT_EQ(targets.error().front().place, (Place{"d", 2, 0, 12}));
}

}  // namespace
}  // namespace pinhole::snapshot
