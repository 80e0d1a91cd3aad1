// SPDX-License-Identifier: Apache-2.0
#include "host/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/config.hpp"
#include "host/report.hpp"
#include "host/settings_samples.hpp"

namespace pinhole::host {
namespace {

using catalogue::Restart;
using registry::Value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> ids(const std::vector<const catalogue::Setting*>& settings) {
  std::vector<std::string> found;
  for (const catalogue::Setting* each : settings) {
    found.emplace_back(each->id);
  }
  return found;
}

TEST(SettingsOf, AServiceAreItsPortsAndTheRange) {
  EXPECT_THAT(
      ids(settings_of(catalogue::builtin(), service("exchange-2007", "MSExchangeIS"))),
      ElementsAre("is-tcp-port", "is-http-port", "rpc-internet-available", "rpc-internet-ports",
                  "rpc-internet-use", "tcpip-max-user-port", "tcpip-reserved-ports"));
}

TEST(ReadSettings, TakesTheRegistryAndTheConfigFiles) {
  const catalogue::Setting& dword = setting("rca-tcp-port");
  const catalogue::Setting& file = setting("ab-rpctcpport-config");
  const catalogue::Setting& absent = setting("ab-rpctcpport");
  registry::View view;
  view.mount(registry::HiveKind::embedded, registry::new_tree(registry::HiveKind::embedded));
  ASSERT_TRUE(view.apply({{registry::Edit::Kind::set_value, *registry::parse_path(dword.key),
                           std::string(dword.value), Value::of_dword(59532), 1}},
                         "test"));
  const auto configs = [&](std::string_view name) {
    return name == file.key
               ? std::optional<std::string>(
                     "<appSettings><add key='RpcTcpPort' value='59533'/></appSettings>")
               : std::nullopt;
  };
  const std::vector<const catalogue::Setting*> settings{&dword, &file, &absent};
  EXPECT_EQ(read_settings(settings, view, configs),
            (Readings{{"rca-tcp-port", Value::of_dword(59532)},
                      {"ab-rpctcpport-config", Value::of_sz("59533")},
                      {"ab-rpctcpport", std::nullopt}}));
  const auto none = [](std::string_view) { return std::optional<std::string>(); };
  EXPECT_EQ(read_settings({&file}, view, none), (Readings{{"ab-rpctcpport-config", std::nullopt}}));
}

TEST(Readings, ComeBackFromTheirJson) {
  const Readings readings{{"a", std::nullopt},
                          {"b", Value::of_dword(56001)},
                          {"c", Value::of_multi_sz({"1-2", "3"})},
                          {"d", Value{registry::Type::none, {}}}};
  EXPECT_EQ(readings_of(to_json_value(readings)), readings);
}

TEST(ChildTask, ComesBackFromItsJson) {
  ChildTask task;
  task.config.product = "exchange-2007";
  task.config.registry = "/a \"b\"/hive";
  task.config.config_dir = "/config";
  task.config.state = "/state";
  task.config.roles = {"mailbox"};
  task.config.listen = {*parse_address("127.0.0.1"), *parse_address("::1")};
  task.config.epm_port = 1135;
  task.config.epm_http_port = 1593;
  task.config.threads = 3;
  task.config.user = "nobody";
  task.config.mapper_uids = {7, 4294967294};
  task.config.limits = {{"map-entries", 10}};
  task.service = "MSExchangeIS";
  task.at_boot = {{"tcpip-max-user-port", Value::of_dword(60000)}};
  const ChildTask back = child_task_of(to_json(task));
  EXPECT_EQ(to_json(back), to_json(task));
  EXPECT_EQ(back.config.registry, task.config.registry);
  EXPECT_EQ(back.config.listen, task.config.listen);
  EXPECT_EQ(back.config.mapper_uids, task.config.mapper_uids);
  EXPECT_EQ(back.service, task.service);
  EXPECT_EQ(back.at_boot, task.at_boot);
}

TEST(StateFolder, IsAsLongAsASocketsPathAllows) {
  const std::string suffix = "/ncalrpc/EPMAPPER";
  const std::string longest(107 - suffix.size(), 'x');
  EXPECT_EQ(state_folder(longest).value(), longest);
  const auto too_long = state_folder(longest + "x");
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().front().exit, Exit::usage);
  EXPECT_THAT(too_long.error().front().message, HasSubstr("too long"));
}

TEST(ChangedSettings, AreThoseWhoseValueIsAnother) {
  const std::vector<const catalogue::Setting*> settings{&setting("is-tcp-port"),
                                                        &setting("is-http-port")};
  const Readings none{{"is-tcp-port", std::nullopt}, {"is-http-port", std::nullopt}};
  const Readings one{{"is-tcp-port", Value::of_dword(56001)}, {"is-http-port", std::nullopt}};
  const Readings other{{"is-tcp-port", Value::of_dword(56002)}, {"is-http-port", std::nullopt}};
  const Readings retyped{{"is-tcp-port", Value::of_qword(56001)}, {"is-http-port", std::nullopt}};
  EXPECT_THAT(ids(changed_settings(settings, none, none)), IsEmpty());
  EXPECT_THAT(ids(changed_settings(settings, none, {})), IsEmpty());
  EXPECT_THAT(ids(changed_settings(settings, none, one)), ElementsAre("is-tcp-port"));
  EXPECT_THAT(ids(changed_settings(settings, one, none)), ElementsAre("is-tcp-port"));
  EXPECT_THAT(ids(changed_settings(settings, one, other)), ElementsAre("is-tcp-port"));
  EXPECT_THAT(ids(changed_settings(settings, one, retyped)), ElementsAre("is-tcp-port"));
}

TEST(AwaitedRestart, IsTheWidestOfAll) {
  EXPECT_EQ(awaited_restart({}), std::nullopt);
  EXPECT_EQ(awaited_restart({&setting("is-tcp-port")}), Restart::service);
  EXPECT_EQ(awaited_restart({&setting("is-tcp-port-5.5")}), Restart::computer);
  EXPECT_EQ(awaited_restart({&setting("is-tcp-port"), &setting("tcpip-max-user-port")}),
            Restart::computer);
  EXPECT_EQ(awaited_restart({&setting("tcpip-max-user-port"), &setting("is-tcp-port")}),
            Restart::computer);
}

}  // namespace
}  // namespace pinhole::host
