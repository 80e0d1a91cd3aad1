// SPDX-License-Identifier: Apache-2.0
#include "plan/state_read.hpp"

#include <fstream>
#include <iterator>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace pinhole::plan {
namespace {

constexpr std::string_view kNetstat = "  TCP  0.0.0.0:135  0.0.0.0:0  LISTENING  692\n";
constexpr std::string_view kReg =
    "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\MSExchangeIS\\"
    "ParametersSystem]\n\"TCP/IP Port\"=dword:0000dac4\n";
constexpr std::string_view kRpcdump =
    "ncacn_ip_tcp(Connection-oriented TCP/IP)\n"
    "[56001] [469d6ec0-0d87-11ce-b13f-00aa003bac6c]  :YES\n";
constexpr std::string_view kDump =
    R"({"schema":"pinhole.dump/1","targets":[{"target":"ex1","state":"ok","entries":[
{"interface":{"uuid":"469d6ec0-0d87-11ce-b13f-00aa003bac6c","version":"16.0"},"annotation":"SA",
"protocol_sequence":"ncacn_ip_tcp","address":"","endpoint":"56001","binding":"b"}]}]})";
constexpr std::string_view kSmbConf = "[global]\n  rpc server port = 50001\n";
constexpr std::string_view kAppConfig =
    "<configuration><appSettings>\n<add key=\"RpcTcpPort\" value=\"59533\"/>\n"
    "</appSettings></configuration>";

std::string utf16(std::string_view text) {
  std::string out = "\xff\xfe";
  for (const char c : text) {
    out += {c, '\0'};
  }
  return out;
}

std::string file(const std::string& path) {
  std::ifstream in(PINHOLE_SOURCE_DIR "/" + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct KindCase {
  const char* name;
  std::string text;
  StateKind kind;
};

std::ostream& operator<<(std::ostream& out, const KindCase& each) {
  return out << each.name;
}

class Recognise : public testing::TestWithParam<KindCase> {};

TEST_P(Recognise, TellsByContent) {
  EXPECT_EQ(recognise(bytes_of(GetParam().text)), GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Recognise,
    testing::Values(
        KindCase{"Hive", "regf\1\2", StateKind::hive},
        KindCase{"Regedit4", std::string(kReg), StateKind::reg},
        KindCase{"Version5", utf16("Windows Registry Editor Version 5.00\r\n"), StateKind::reg},
        KindCase{"Dump", std::string(kDump), StateKind::dump},
        KindCase{"DumpInUtf16", utf16(kDump), StateKind::dump},
        KindCase{"DumpBehindABlankLine", "\xef\xbb\xbf\r\n" + std::string(kDump), StateKind::dump},
        KindCase{"AnotherJson", R"({"schema":"pinhole.map/1"})", StateKind::unknown},
        KindCase{"Rpcdump", std::string(kRpcdump), StateKind::rpcdump},
        KindCase{"RpcdumpOfAPage", file("tests/snapshot/data/exchange-2007.rpcdump.txt"),
                 StateKind::rpcdump},
        KindCase{"BindingString", "ncacn_ip_tcp:10.0.0.5[59532]", StateKind::unknown},
        KindCase{"Netstat", std::string(kNetstat), StateKind::netstat},
        KindCase{"NetstatWithHeaders", file("tests/snapshot/data/exchange-2007.netstat-ban.txt"),
                 StateKind::netstat},
        KindCase{"NetstatInUtf16", utf16(file("tests/snapshot/data/outlook-client.netstat-na.txt")),
                 StateKind::netstat},
        KindCase{"SmbConf", std::string(kSmbConf), StateKind::smb_conf},
        KindCase{"SmbConfInAnotherCase", "# mine\n[ Global ]\n", StateKind::smb_conf},
        KindCase{"SmbConfWithoutASection", "server role = standalone", StateKind::smb_conf},
        KindCase{"AppConfig", std::string(kAppConfig), StateKind::app_config},
        KindCase{"AppConfigInUtf16", utf16(kAppConfig), StateKind::app_config},
        KindCase{"AnotherXml", "<html></html>", StateKind::unknown},
        KindCase{"Topology", file("examples/exchange-2010-array.toml"), StateKind::unknown},
        KindCase{"TopologyOfSamba", file("examples/domain-controllers-samba.toml"),
                 StateKind::unknown},
        KindCase{"Toml", "workgroup = \"CORP\"", StateKind::unknown},
        KindCase{"Empty", "", StateKind::unknown}, KindCase{"Text", "Hello", StateKind::unknown}),
    [](const auto& each) { return each.param.name; });

State state_of(std::string_view text) {
  State state;
  const auto done = read_state(state, StateKind::unknown, bytes_of(text), "f");
  EXPECT_TRUE(done) << to_string(done.error().front());
  return state;
}

TEST(ReadState, TakesListenersFromNetstat) {
  const State state = state_of(
      "  TCP    0.0.0.0:56004    0.0.0.0:0          LISTENING       2864\n"
      " [Store.exe]\n"
      "  TCP    10.2.0.5:56004   10.1.0.77:49181    ESTABLISHED     2864\n"
      " [store.exe]\n"
      "  UDP    [::1]:500        *:*                                412\n");
  EXPECT_EQ(state.held, (std::vector<HeldPort>{
                            {56004, false, IpAddress::v4(0), "store.exe", {"f", 1, 0, {}}},
                            {500, true, parse_address("::1").value(), "", {"f", 5, 0, {}}}}));
  EXPECT_FALSE(state.registry || state.endpoints || state.app_settings || state.smb_conf);
}

TEST(ReadState, TakesEndpointsFromADumpAndAListing) {
  const State dumped = state_of(kDump);
  const SeenEndpoint expected{"469d6ec0-0d87-11ce-b13f-00aa003bac6c"_uuid,
                              16,
                              0,
                              "ncacn_ip_tcp",
                              "56001",
                              "SA",
                              {"f", 2, 0, {}}};
  EXPECT_EQ(dumped.endpoints, std::vector{expected});
  const State listed = state_of(kRpcdump);
  ASSERT_EQ(listed.endpoints->size(), 1U);
  EXPECT_EQ(listed.endpoints->front().major, std::nullopt);
  EXPECT_EQ(listed.endpoints->front().place.line, 2U);
}

TEST(ReadState, LeavesOutWhatAListingWithoutVersionsShowsAgain) {
  for (const bool dump_first : {true, false}) {
    State state = state_of(dump_first ? kDump : kRpcdump);
    ASSERT_TRUE(
        read_state(state, StateKind::unknown, bytes_of(dump_first ? kRpcdump : kDump), "g"));
    ASSERT_EQ(state.endpoints->size(), 1U);
    EXPECT_EQ(state.endpoints->front().major, 16);
  }
}

TEST(ReadState, TakesTheSettingsOfTheAddressBook) {
  EXPECT_EQ(state_of(kAppConfig).app_settings,
            (std::vector<NamedText>{{"RpcTcpPort", "59533", {"f", 2, 0, {}}}}));
}

TEST(ReadState, TakesGlobalOfSmbConfAsTheManualWritesItsNames) {
  const State state = state_of(
      "[global]\nRPCserverPORT = 1\nRpc Server Port : NetLogon = 2\nrpc server "
      "dynamicportrange=3-4\n"
      "Workgroup = X\n[share]\nrpc server port = 5\n");
  EXPECT_EQ(state.smb_conf,
            (std::vector<NamedText>{{"rpc server port", "1", {"f", 2, 0, {}}},
                                    {"rpc server port:netlogon", "2", {"f", 3, 0, {}}},
                                    {"rpc server dynamic port range", "3-4", {"f", 4, 0, {}}},
                                    {"workgroup", "X", {"f", 5, 0, {}}}}));
}

std::optional<std::uint32_t> dword(const State& state, std::string_view path,
                                   std::string_view value) {
  const auto* key = registry::find(*state.registry, registry::parse_path(path).value());
  const auto* found = key == nullptr ? nullptr : key->find_value(value);
  return found == nullptr ? std::nullopt : found->dword();
}

TEST(ReadState, ImportsARegFile) {
  constexpr std::string_view kKey =
      "HKLM\\SYSTEM\\CurrentControlSet\\Services\\MSExchangeIS\\ParametersSystem";
  State state = state_of(kReg);
  EXPECT_EQ(state.registry_name, "f");
  EXPECT_EQ(dword(state, kKey, "TCP/IP Port"), 56004U);
  const std::string more =
      "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\MSExchangeIS\\"
      "ParametersSystem]\n\"TCP/IP Port\"=-\n\"Other\"=dword:00000001\n";
  ASSERT_TRUE(read_state(state, StateKind::reg, bytes_of(more), "g"));
  EXPECT_EQ(dword(state, kKey, "TCP/IP Port"), std::nullopt);
  EXPECT_EQ(dword(state, kKey, "Other"), 1U);
  EXPECT_EQ(state.registry_name, "f, g");
}

TEST(ReadState, NamesTheCurrentControlSetOfAnExport) {
  const std::string sets =
      "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001]\n\"n\"=dword:00000001\n"
      "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002]\n\"n\"=dword:00000002\n";
  const std::string select = "[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n\"Current\"=dword:00000002\n";
  constexpr std::string_view kCurrent = "HKLM\\SYSTEM\\CurrentControlSet";
  EXPECT_EQ(dword(state_of(sets + select), kCurrent, "n"), 2U);
  EXPECT_EQ(dword(state_of(sets), kCurrent, "n"), std::nullopt);
  EXPECT_EQ(dword(state_of(sets.substr(0, sets.find("[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002"))),
                  kCurrent, "n"),
            1U);
}

TEST(SetRegistry, TakesTheMountedHivesAsFilesNameThem) {
  registry::Key system = registry::new_tree(registry::HiveKind::system);
  registry::make(system, {{"ControlSet001", "Services", "NTDS"}}).values["p"] =
      registry::Value::of_dword(5);
  registry::View view;
  view.mount(registry::HiveKind::system, std::move(system));
  State state;
  set_registry(state, view, "SYSTEM");
  EXPECT_EQ(dword(state, "HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS", "p"), 5U);
  EXPECT_EQ(state.registry_name, "SYSTEM");
}

std::string refusal(StateKind expected, std::string_view text, State state = {}) {
  const auto done = read_state(state, expected, bytes_of(text), "x");
  if (done) {
    return "read";
  }
  EXPECT_EQ(done.error().front().exit, Exit::usage);
  return to_string(done.error().front());
}

TEST(ReadState, SaysWhatAFileOfTheWrongKindIs) {
  constexpr std::string_view kRemedy = "; name another file, or name this one for what it is";
  EXPECT_EQ(refusal(StateKind::netstat, kReg),
            "x: is a .reg file, where a netstat listing was expected" + std::string(kRemedy));
  EXPECT_EQ(refusal(StateKind::reg, kNetstat),
            "x: is a netstat listing, where a registry hive or a .reg file was expected" +
                std::string(kRemedy));
  EXPECT_EQ(refusal(StateKind::smb_conf, file("examples/exchange-2010-array.toml")),
            "x: is a file of no kind that is known, where an smb.conf was expected" +
                std::string(kRemedy));
  EXPECT_EQ(refusal(StateKind::dump, "regf"),
            "x: is a registry hive, where a dump in JSON was expected" + std::string(kRemedy));
}

TEST(ReadState, LetsTheReaderSpeakOfWhatNobodyKnows) {
  EXPECT_EQ(refusal(StateKind::netstat, "Hello").substr(0, 29), "x: no socket in the listing; ");
  EXPECT_EQ(refusal(StateKind::app_config, "<a>").substr(0, 26), "x:1: <a> is never closed; ");
  EXPECT_EQ(refusal(StateKind::smb_conf, "# nothing set\n"), "read");
  EXPECT_EQ(refusal(StateKind::unknown, "Hello").substr(0, 31), "x: is of no kind that is known;");
}

TEST(ReadState, RefusesAHiveWhichComesAsAView) {
  EXPECT_EQ(refusal(StateKind::reg, "regf").substr(0, 24), "x: is a registry hive wh");
}

TEST(ReadState, RefusesTheSecondOfAKind) {
  for (const std::string_view text : {kNetstat, kSmbConf, kAppConfig}) {
    const std::string message = refusal(StateKind::unknown, text, state_of(text));
    EXPECT_NE(message.find(", the second one; "), std::string::npos) << message;
  }
}

TEST(ReadState, IsUnchangedAfterAFailure) {
  State state = state_of(kSmbConf);
  EXPECT_FALSE(read_state(state, StateKind::netstat, bytes_of(" TCP x"), "x"));
  EXPECT_FALSE(read_state(state, StateKind::reg, bytes_of("REGEDIT4\n[what]\n"), "x"));
  EXPECT_FALSE(state.held || state.registry);
  EXPECT_EQ(state.registry_name, "");
}

std::string target(std::string_view name, std::string_view port) {
  return R"({"target":")" + std::string(name) +
         R"(","state":"ok","entries":[{"interface":{"uuid":)" +
         R"("469d6ec0-0d87-11ce-b13f-00aa003bac6c"},"annotation":"","protocol_sequence":)" +
         R"("ncacn_ip_tcp","address":"","endpoint":")" + std::string(port) + R"(","binding":""}]})";
}

std::string dump_of_four() {
  return R"({"schema":"pinhole.dump/1","targets":[)" + target("10.2.0.5:135", "1") + "," +
         target("EX1.corp.example", "2") + "," + target("[2001:db8::6]:135", "3") +
         R"(,{"target":"ex2","state":"error","error":"timed out","entries":[]}]})";
}

struct TargetCase {
  const char* name;
  std::string server;
  std::vector<IpAddress> addresses;
  std::string outcome;  // endpoint, or the error's id
};

std::ostream& operator<<(std::ostream& out, const TargetCase& each) {
  return out << each.name;
}

class DumpOfManyTargets : public testing::TestWithParam<TargetCase> {};

TEST_P(DumpOfManyTargets, GivesTheOneOfTheServer) {
  State state;
  state.name = GetParam().server;
  const std::string text = dump_of_four();
  const auto done =
      read_state(state, StateKind::dump, bytes_of(text), "dump.json", GetParam().addresses);
  EXPECT_EQ(done ? state.endpoints->front().endpoint : done.error().front().id, GetParam().outcome);
}

INSTANTIATE_TEST_SUITE_P(
    Servers, DumpOfManyTargets,
    testing::Values(TargetCase{"ByAddress", "x", {parse_address("10.2.0.5").value()}, "1"},
                    TargetCase{"ByName", "ex1", {}, "2"},
                    TargetCase{"ByIpv6", "x", {parse_address("2001:db8::6").value()}, "3"},
                    TargetCase{"ThatDidNotAnswer", "EX2", {}, "state-no-answer"},
                    TargetCase{"NotThere", "ex", {}, "state-target"},
                    TargetCase{"WithoutAName", "", {}, "state-target"}),
    [](const auto& each) { return each.param.name; });

TEST(ReadStates, MakesOneOfEachTargetThatAnswered) {
  const std::string text = dump_of_four();
  const auto states = read_states(bytes_of(text), "dump.json");
  ASSERT_TRUE(states);
  ASSERT_EQ(states->size(), 3U);
  EXPECT_EQ(states->at(0).name, "10.2.0.5");
  EXPECT_EQ(states->at(1).name, "EX1.corp.example");
  EXPECT_EQ(states->at(2).endpoints->front().endpoint, "3");
}

TEST(ReadStates, FailsWhereNoTargetAnswered) {
  const auto states = read_states(bytes_of(R"({"schema":"pinhole.dump/1","targets":[
{"target":"a","state":"error","error":"timed out","entries":[]}]})"),
                                  "dump.json");
  ASSERT_FALSE(states);
  EXPECT_EQ(
      to_string(states.error().front()),
      "dump.json:2: a did not answer when the dump was made: timed out; make a new dump of it");
}

TEST(ReadStates, MakesOneStateOfAnyOtherFile) {
  const auto states = read_states(bytes_of(kReg), "x.reg");
  ASSERT_TRUE(states);
  ASSERT_EQ(states->size(), 1U);
  EXPECT_EQ(states->front().name, "");
  EXPECT_TRUE(states->front().registry);
}

}  // namespace
}  // namespace pinhole::plan
