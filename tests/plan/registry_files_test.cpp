// SPDX-License-Identifier: Apache-2.0
#include "plan/registry_files.hpp"

#include "plan/plan_files.hpp"
#include "plan/plan_samples.hpp"
#include "registry/text.hpp"

namespace pinhole::plan {
namespace {

using registry::Edit;
using registry::Key;
using registry::Value;

constexpr std::string_view kServices = R"(HKLM\SYSTEM\CurrentControlSet\Services\)";

registry::Path path_of(const std::string& below) {
  return registry::parse_path(std::string(kServices) + below).value();
}

std::string text_of_file(const Plan& plan, std::string_view name,
                         std::span<const State> states = {}) {
  const auto files = plan_files(plan, states, catalogue::builtin());
  EXPECT_TRUE(files);
  for (const PlanFile& file : *files) {
    if (file.name == name) {
      return std::string(text_of(file.content));
    }
  }
  return {};
}

/// The file as UTF-8 with plain line ends.
std::string plain(const std::string& content) {
  std::string text = content.starts_with("\xff\xfe")
                         ? registry::utf8_of_utf16le(bytes_of(content)).value().substr(3)
                         : content;
  std::erase(text, '\r');
  return text;
}

TEST(RegistryFiles, SetEveryAssignedValueUnderItsKey) {
  EXPECT_EQ(plain(text_of_file(sample_plan(), "ex1.reg")),
            R"(Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem]
"TCP/IP Port"=dword:0000dac1

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeSA\Parameters]
"TCP/IP NSPI Port"=dword:0000dac4
"TCP/IP Port"=dword:0000dac2

)");
}

TEST(RegistryFiles, WriteATextWhereTheServiceReadsOne) {
  const std::string text = plain(text_of_file(sample_plan(), "cas1.reg"));
  EXPECT_THAT(text, testing::HasSubstr(R"("RpcTcpPort"="59533")"));
  EXPECT_THAT(text, testing::HasSubstr(R"("TCP/IP Port"=dword:0000e88c)"));
}

TEST(RegistryFiles, WriteTheEndpointOfCertificateServices) {
  const Plan plan = sample_plan();
  const auto edits = registry_edits(plan, server_index(plan.topology, "ca"), catalogue::builtin());
  ASSERT_EQ(edits.size(), 1U);
  EXPECT_EQ(edits[0].value, Value::of_multi_sz({"ncacn_ip_tcp,0,5010"}));
}

TEST(RegistryFiles, AreUtf16FromWindows2000OnAndRegedit4Before) {
  const Plan plan = sample_plan();
  EXPECT_TRUE(text_of_file(plan, "ex1.reg").starts_with("\xff\xfeW"));
  EXPECT_TRUE(text_of_file(plan, "old.reg").starts_with("REGEDIT4\r\n"));
  EXPECT_TRUE(text_of_file(plan, "old-undo.reg").starts_with("REGEDIT4\r\n"));
}

TEST(RegistryFiles, AreNotForAConfigFileNorForSamba) {
  const auto files = plan_files(sample_plan(), {}, catalogue::builtin());
  ASSERT_TRUE(files);
  std::vector<std::string> names;
  for (const PlanFile& file : *files) {
    names.push_back(file.name);
  }
  EXPECT_THAT(names, testing::ElementsAre("plan.json", "plan.md", "restarts.txt", "ex1.reg",
                                          "ex1-undo.reg", "cas1.reg", "cas1-undo.reg", "old.reg",
                                          "old-undo.reg", "ca.reg", "ca-undo.reg"));
}

TEST(RegistryFiles, UndoByThePortBeforeWhereNobodyReadTheRegistry) {
  EXPECT_EQ(plain(text_of_file(sample_plan(), "ex1-undo.reg")),
            R"(Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem]
"TCP/IP Port"=dword:00001388

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeSA\Parameters]
"TCP/IP NSPI Port"=dword:0000dac4
"TCP/IP Port"=-

)");
}

/// The state of cas1: the value of the Address Book has the wrong type, and RPC Client Access has
/// no ParametersSystem.
State state_of_cas1() {
  State state;
  state.name = "cas1";
  state.registry = Key{};
  registry::apply(*state.registry, {{Edit::Kind::set_value, path_of(R"(MSExchangeAB\Parameters)"),
                                     "RpcTcpPort", Value::of_dword(59533), 0},
                                    {Edit::Kind::set_value, path_of(R"(MSExchangeAB\Parameters)"),
                                     "Other", Value::of_sz("stays"), 0},
                                    {Edit::Kind::make_key, path_of("MSExchangeRPC"), {}, {}, 0}});
  return state;
}

TEST(RegistryFiles, UndoExactlyWhereTheRegistryIsKnown) {
  const Plan plan = sample_plan();
  const Index server = server_index(plan.topology, "cas1");
  const State state = state_of_cas1();
  Key tree = *state.registry;
  registry::apply(tree, registry_edits(plan, server, catalogue::builtin()));
  EXPECT_FALSE(tree == *state.registry);
  registry::apply(tree, registry_undo(plan, server, catalogue::builtin(), &state));
  EXPECT_TRUE(tree == *state.registry);
  const std::string text =
      plain(text_of_file(plan, "cas1-undo.reg", std::span<const State>(&state, 1)));
  EXPECT_THAT(text, testing::HasSubstr(R"("RpcTcpPort"=dword:0000e88d)"));
  EXPECT_THAT(
      text,
      testing::HasSubstr(
          R"([-HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeRPC\ParametersSystem])"));
}

TEST(RegistryFiles, UndoDeletesNoKeyThatAPartialStateDoesNotKnow) {
  const Plan plan = sample_plan();
  State state;
  state.name = "cas1";
  state.registry = Key{};
  registry::make(*state.registry, path_of("Other"));
  for (const Edit& edit :
       registry_undo(plan, server_index(plan.topology, "cas1"), catalogue::builtin(), &state)) {
    EXPECT_EQ(edit.kind, Edit::Kind::delete_value);
  }
}

TEST(RegistryFiles, UndoADeletedKeyOnce) {
  Plan plan = sample_plan();
  const Index server = server_index(plan.topology, "ex1");
  State state;
  state.name = "ex1";
  state.registry = Key{};
  registry::make(*state.registry, path_of("MSExchangeSA"));
  registry::make(*state.registry, path_of("MSExchangeIS"));
  const auto undo = registry_undo(plan, server, catalogue::builtin(), &state);
  EXPECT_EQ(undo.size(), 2U);
}

}  // namespace
}  // namespace pinhole::plan
