// SPDX-License-Identifier: Apache-2.0
#include "plan/apply.hpp"

#include <algorithm>
#include <array>

#include "plan/apply_change.hpp"
#include "plan/apply_ways.hpp"
#include "plan/plan_samples.hpp"
#include "plan/registry_files.hpp"
#include "registry/text.hpp"
#include "snapshot/app_config.hpp"
#include "snapshot/smb_conf.hpp"

namespace pinhole::plan {
namespace {

using registry::Edit;
using registry::Key;
using registry::Value;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kServices = R"(HKLM\SYSTEM\CurrentControlSet\Services\)";

registry::Path path_of(const std::string& below) {
  return registry::parse_path(std::string(kServices) + below).value();
}

/// The file without carriage returns.
std::string file_of(const Plan& plan, std::string_view name, std::span<const State> states = {}) {
  for (const ApplyFile& file : apply_files(plan, states, catalogue::builtin())) {
    if (file.name == name) {
      std::string text = file.content;
      std::erase(text, '\r');
      return text;
    }
  }
  ADD_FAILURE() << "no file " << name;
  return {};
}

std::string script_of(const Plan& plan, std::string_view server, Direction direction,
                      const State* state = nullptr) {
  return powershell_script(
      change_of(plan, server_index(plan.topology, server), state, catalogue::builtin(), direction));
}

State state_of(std::string name) {
  State state;
  state.name = std::move(name);
  state.registry = Key{};
  return state;
}

void set(State& state, const std::string& key, std::string name, Value value) {
  registry::apply(*state.registry,
                  {{Edit::Kind::set_value, path_of(key), std::move(name), std::move(value), 0}});
}

TEST(Apply, HasAFileForEachWayThatTheServersSystemTakes) {
  std::vector<std::string> names;
  for (const ApplyFile& file : apply_files(sample_plan(), catalogue::builtin())) {
    names.push_back(file.name);
  }
  EXPECT_THAT(
      names,
      testing::ElementsAre(
          "ex1.ps1", "ex1-undo.ps1", "ex1.cmd", "ex1-undo.cmd", "cas1.ps1", "cas1-undo.ps1",
          "cas1.cmd", "cas1-undo.cmd", "ansible/cas1.yml", "ansible/cas1-undo.yml", "rtm.ps1",
          "rtm-undo.ps1", "rtm-appsettings.config", "rtm-undo-appsettings.config",
          "ansible/rtm.yml", "ansible/rtm-undo.yml", "ca.ps1", "ca-undo.ps1", "ca.cmd",
          "ca-undo.cmd", "samba-smb.conf", "samba-undo-smb.conf", "qos/samba.nft",
          "qos/samba-undo.nft", "ansible/samba.yml", "ansible/samba-undo.yml", "ansible/all.yml",
          "group-policy/Registry.xml", "group-policy/Registry-undo.xml", "outlook.reg",
          "outlook-undo.reg", "lb-haproxy.cfg", "lb-keepalived.conf", "lb-keepalived.nft",
          "lb-keepalived-undo.nft", "qos/devices/fw.nft", "qos/devices/fw-undo.nft"));
}

TEST(Apply, IsTheSameForTheSamePlan) {
  EXPECT_EQ(apply_files(sample_plan(), catalogue::builtin()),
            apply_files(sample_plan(), catalogue::builtin()));
}

TEST(PowerShell, SetsTheValuesOfTheRegFile) {
  EXPECT_THAT(file_of(sample_plan(), "ex1.ps1"), HasSubstr(
                                                     R"(
Set-PlannedValue -Path 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem' -Name 'TCP/IP Port' -Type DWord -Value 56001
Set-PlannedValue -Path 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeSA\Parameters' -Name 'TCP/IP NSPI Port' -Type DWord -Value 56004
Set-PlannedValue -Path 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeSA\Parameters' -Name 'TCP/IP Port' -Type DWord -Value 56002
if ($Restart) {
    Restart-PlannedService -Name 'MSExchangeSA', 'MSExchangeIS'
}
)"));
}

TEST(PowerShell, TakesBackThePortsBefore) {
  EXPECT_THAT(file_of(sample_plan(), "ex1-undo.ps1"), HasSubstr(
                                                          R"(
Set-PlannedValue -Path 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem' -Name 'TCP/IP Port' -Type DWord -Value 5000
Set-PlannedValue -Path 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeSA\Parameters' -Name 'TCP/IP NSPI Port' -Type DWord -Value 56004
Remove-PlannedValue -Path 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeSA\Parameters' -Name 'TCP/IP Port'
)"));
}

TEST(PowerShell, WritesTextsAndListsWhereTheServiceReadsThem) {
  EXPECT_THAT(file_of(sample_plan(), "cas1.ps1"),
              HasSubstr("-Name 'RpcTcpPort' -Type String -Value '59533'\n"));
  EXPECT_THAT(file_of(sample_plan(), "ca.ps1"),
              HasSubstr("-Type MultiString -Value ([string[]]@('ncacn_ip_tcp,0,5010'))\n"));
}

TEST(PowerShell, HasTheFunctionsThatItUsesAndNoOther) {
  const std::string text = file_of(sample_plan(), "cas1.ps1");
  EXPECT_THAT(text, HasSubstr("function Set-PlannedValue"));
  EXPECT_THAT(text, Not(HasSubstr("function Remove-PlannedValue")));
  EXPECT_THAT(text, Not(HasSubstr("function Restart-PlannedService")));
  EXPECT_THAT(text, HasSubstr("nothing has to restart"));
  EXPECT_THAT(file_of(sample_plan(), "cas1-undo.ps1"), HasSubstr("function Remove-PlannedValue"));
}

TEST(PowerShell, RestartsTheComputerWhereThePlanSaysSo) {
  Plan plan = sample_plan();
  plan.restarts = {
      {server_index(plan.topology, "cas1"), catalogue::Restart::computer, {"MSExchangeRPC"}, ""}};
  const std::string text = file_of(plan, "cas1.ps1");
  EXPECT_THAT(text, HasSubstr("if ($Restart) {\n    Restart-Computer -Force\n}\n"));
  EXPECT_THAT(text, Not(HasSubstr("Restart-PlannedService")));
}

TEST(PowerShell, TakesBackTypesAndKeysWhereTheRegistryIsKnown) {
  State state = state_of("cas1");
  set(state, R"(MSExchangeAB\Parameters)", "RpcTcpPort", Value::of_dword(0xfffffffe));
  registry::make(*state.registry, path_of("MSExchangeRPC"));
  const std::string text =
      file_of(sample_plan(), "cas1-undo.ps1", std::span<const State>(&state, 1));
  EXPECT_THAT(text, HasSubstr("-Name 'RpcTcpPort' -Type DWord -Value 0xfffffffe\n"));
  EXPECT_THAT(text, HasSubstr("Remove-PlannedKey -Path 'Registry::HKEY_LOCAL_MACHINE\\SYSTEM\\"
                              "CurrentControlSet\\Services\\MSExchangeRPC\\ParametersSystem'\n"));
}

TEST(PowerShell, KeepsStrangeTextAsTextOnTheWayBack) {
  State state = state_of("cas1");
  set(state, R"(MSExchangeAB\Parameters)", "RpcTcpPort",
      Value::of_sz("it's $(x) \xe2\x80\x99 `\n"));
  EXPECT_THAT(file_of(sample_plan(), "cas1-undo.ps1", std::span<const State>(&state, 1)),
              HasSubstr("-Value ('' + 'it''s $(x) ' + [char]0x2019 + ' `' + [char]0x000a)\n"));
}

TEST(PowerShell, FailsOverAValueThatNoCmdletWrites) {
  State state = state_of("cas1");
  set(state, R"(MSExchangeAB\Parameters)", "RpcTcpPort",
      Value{registry::Type::dword, Bytes(3, std::byte{1})});
  const std::string text =
      file_of(sample_plan(), "cas1-undo.ps1", std::span<const State>(&state, 1));
  EXPECT_THAT(text, HasSubstr("RpcTcpPort: not a value that a script can write"));
  EXPECT_TRUE(text.ends_with("exit 1\n"));
}

TEST(PowerShell, EditsTheConfigFileOfExchange2010AsFirstReleased) {
  EXPECT_THAT(file_of(sample_plan(), "rtm.ps1"),
              HasSubstr("Set-PlannedAppSetting -File 'Microsoft.Exchange.AddressBook.Service.exe."
                        "config' -Name 'RpcTcpPort' -Value '59533'\n"));
  EXPECT_THAT(file_of(sample_plan(), "rtm-undo.ps1"),
              HasSubstr("-Name 'RpcTcpPort' -Value $null\n"));
  EXPECT_THAT(file_of(sample_plan(), "rtm.ps1"), HasSubstr("Copy-Item"));
  const std::string xml = file_of(sample_plan(), "rtm-appsettings.config");
  EXPECT_EQ(snapshot::find_app_setting(xml, "RpcTcpPort"), "59533");
  EXPECT_EQ(snapshot::find_app_setting(file_of(sample_plan(), "rtm-undo-appsettings.config"),
                                       "RpcTcpPort"),
            std::nullopt);
}

TEST(PowerShell, KeepsANameInsideItsComment) {
  Plan plan = sample_plan();
  plan.topology.servers[server_index(plan.topology, "cas1")].name = "a\nRemove-Item 'x'";
  EXPECT_THAT(script_of(plan, "a\nRemove-Item 'x'", Direction::there),
              HasSubstr("# Sets the planned ports of a?Remove-Item 'x'."));
}

TEST(Batch, SetsAndTakesBackTheSameValues) {
  EXPECT_THAT(
      file_of(sample_plan(), "ex1.cmd"),
      HasSubstr(
          R"(reg add "HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem" /v "TCP/IP Port" /t REG_DWORD /d "56001" /f || set "failed=1")"));
  EXPECT_THAT(file_of(sample_plan(), "ca.cmd"),
              HasSubstr(R"(/v "Endpoints" /t REG_MULTI_SZ /d "ncacn_ip_tcp,0,5010" /f)"));
  EXPECT_THAT(
      file_of(sample_plan(), "ex1-undo.cmd"),
      HasSubstr(
          R"(reg query "HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeSA\Parameters" /v "TCP/IP Port" >nul 2>&1 && (reg delete "HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeSA\Parameters" /v "TCP/IP Port" /f || set "failed=1"))"));
}

TEST(Batch, RestartsInThePlansOrderAndOnlyWhenAsked) {
  const std::string text = file_of(sample_plan(), "ex1.cmd");
  EXPECT_TRUE(text.ends_with(
      R"(if /i not "%~1"=="/restart" exit /b 0
rem net asks before it stops services that depend on one; start those again.
net stop "MSExchangeIS"
net stop "MSExchangeSA"
net start "MSExchangeSA"
net start "MSExchangeIS"
)"));
}

TEST(Batch, DoublesPercentSigns) {
  State state = state_of("cas1");
  set(state, R"(MSExchangeAB\Parameters)", "RpcTcpPort", Value::of_sz(R"(%PATH% ^& c:\)"));
  EXPECT_THAT(file_of(sample_plan(), "cas1-undo.cmd", std::span<const State>(&state, 1)),
              HasSubstr(R"(/d "%%PATH%% ^& c:\\" /f)"));
}

TEST(Batch, RefusesTextThatNoQuotingKeeps) {
  State state = state_of("cas1");
  set(state, R"(MSExchangeAB\Parameters)", "RpcTcpPort", Value::of_sz(R"("&calc&")"));
  const std::string text =
      file_of(sample_plan(), "cas1-undo.cmd", std::span<const State>(&state, 1));
  EXPECT_THAT(text, Not(HasSubstr("calc")));
  EXPECT_THAT(text, HasSubstr("echo \"RpcTcpPort\": not a value that reg.exe writes; import the "
                              ".reg file\nset \"failed=1\"\n"));
}

TEST(Ansible, SetsTheValuesOfAWindowsServer) {
  EXPECT_THAT(file_of(sample_plan(), "ansible/cas1.yml"), HasSubstr(R"(  hosts: 'cas1'
  gather_facts: false
  tasks:
    - name: 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeAB\Parameters, RpcTcpPort'
      ansible.windows.win_regedit:
        path: 'HKLM:\SYSTEM\CurrentControlSet\Services\MSExchangeAB\Parameters'
        name: 'RpcTcpPort'
        type: string
        data: '59533'
)"));
}

TEST(Ansible, RestartsOnlyWhenAsked) {
  Plan plan = sample_plan();
  plan.restarts.push_back(
      {server_index(plan.topology, "cas1"), catalogue::Restart::service, {"MSExchangeRPC"}, ""});
  EXPECT_THAT(file_of(plan, "ansible/cas1.yml"), HasSubstr(R"(      ansible.windows.win_service:
        name: 'MSExchangeRPC'
        state: restarted
        force_dependent_services: true
      when: pinhole_restart | default(false) | bool
)"));
}

TEST(Ansible, TakesNoTextForATemplate) {
  State state = state_of("cas1");
  set(state, R"(MSExchangeAB\Parameters)", "RpcTcpPort", Value::of_sz("{{ lookup('pipe') }}"));
  EXPECT_THAT(file_of(sample_plan(), "ansible/cas1-undo.yml", std::span<const State>(&state, 1)),
              HasSubstr("data: !unsafe '{{ lookup(''pipe'') }}'\n"));
}

TEST(Ansible, WritesNothingForAServerWhoseNameMeansAllServers) {
  for (const std::string name : {"all", "ALL", "ungrouped"}) {
    Plan plan = sample_plan();
    plan.topology.servers[server_index(plan.topology, "cas1")].name = name;
    const auto files = apply_files(plan, catalogue::builtin());
    EXPECT_TRUE(std::ranges::none_of(files, [&](const ApplyFile& file) {
      return file.name == "ansible/" + name + "-undo.yml" ||
             file.content.find(name + ".yml") != std::string::npos;
    })) << name;
  }
}

TEST(Ansible, PutsTheServersInTheOrderOfTheirRestarts) {
  Plan plan = sample_plan();
  plan.restarts = {
      {server_index(plan.topology, "samba"), catalogue::Restart::service, {"NTDS"}, ""},
      {server_index(plan.topology, "rtm"), catalogue::Restart::service, {"MSExchangeAB"}, ""}};
  const std::string text = file_of(plan, "ansible/all.yml");
  EXPECT_LT(text.find("'samba.yml'"), text.find("'rtm.yml'"));
  EXPECT_LT(text.find("'rtm.yml'"), text.find("'cas1.yml'"));
}

TEST(Samba, TakesItsPortsFromLinesOfGlobal) {
  const auto lines =
      snapshot::read_smb_conf(file_of(sample_plan(), "samba-smb.conf"), "samba-smb.conf");
  ASSERT_TRUE(lines);
  EXPECT_EQ(snapshot::smb_ports(*lines).rpc_server_port, 5020);
  EXPECT_THAT(file_of(sample_plan(), "samba-undo-smb.conf"),
              HasSubstr("# without a line for: rpc server port\n"));
  EXPECT_THAT(file_of(sample_plan(), "ansible/samba.yml"),
              HasSubstr(R"(        regexp: '(?i)^\s*rpc\s*server\s*port\s*=')"));
  EXPECT_THAT(file_of(sample_plan(), "ansible/samba-undo.yml"), HasSubstr("state: absent"));
}

TEST(Sysctl, ReservesStaticPortsThatTheKernelWouldGiveAway) {
  Plan plan = sample_plan();
  plan.assignments.back().port = 49200;
  plan.assignments.insert(
      plan.assignments.end() - 1,
      {plan.assignments.back().server, "Netlogon", "netlogon-tcp-port", 49201, {}, Choice::chosen});
  EXPECT_THAT(file_of(plan, "samba-sysctl.conf"),
              HasSubstr("\nnet.ipv4.ip_local_reserved_ports = 49200-49201\n"));
  EXPECT_THAT(file_of(plan, "samba-undo-sysctl.conf"),
              HasSubstr("\nnet.ipv4.ip_local_reserved_ports = \n"));
  EXPECT_THAT(file_of(plan, "ansible/samba.yml"), HasSubstr("value: '49200-49201'"));
}

TEST(Dfsr, IsSetByItsCommand) {
  Plan plan = sample_plan();
  const Index ca = server_index(plan.topology, "ca");
  plan.topology.servers[ca].roles.emplace_back("dfsr");
  plan.topology.servers[ca].system = OperatingSystem::windows_2008_r2;
  const auto after = std::ranges::upper_bound(plan.assignments, ca, {}, &Assignment::server);
  plan.assignments.insert(after, {ca, "DFSR", "dfsr-tcp-port", 5013, {}, Choice::chosen});
  const std::string script = file_of(plan, "ca-dfsr.ps1");
  EXPECT_THAT(script, HasSubstr("Set-DfsrServiceConfiguration -ComputerName $env:COMPUTERNAME "
                                "-RPCPort $Port"));
  EXPECT_THAT(script, HasSubstr("[int]$Port = 5013,"));
  EXPECT_THAT(file_of(plan, "ca-undo-dfsr.ps1"), HasSubstr("[int]$Port = 0,"));
  EXPECT_THAT(file_of(plan, "ca-dfsr.cmd"), HasSubstr("dfsrdiag StaticRPC /port:5013 ||"));
  EXPECT_THAT(file_of(plan, "ca-undo-dfsr.cmd"), HasSubstr("dfsrdiag StaticRPC /port:0 ||"));
  EXPECT_THAT(file_of(plan, "ansible/ca.yml"), HasSubstr("../ca-dfsr.ps1"));
}

/// A plan whose server cas1 is a proxy in front of two others.
Plan plan_with_proxy() {
  Plan plan = sample_plan();
  const Index proxy = server_index(plan.topology, "cas1");
  const Index behind = server_index(plan.topology, "ex1");
  plan.topology.servers[behind].name = "ex1.example.com";
  for (const auto port : std::to_array<std::uint16_t>({6004, 6001, 6002})) {
    FlowPorts ports;
    ports.fixed = PortSet({port, port});
    Flow flow = sample_flow("proxy>" + std::to_string(port), ports);
    flow.from = {Party::Kind::server, proxy};
    flow.to = {Party::Kind::server, behind};
    flow.catalogue_flow = "F32";
    plan.flows.push_back(flow);
  }
  FlowPorts directory;
  directory.fixed = PortSet({6004, 6004});
  Flow flow = sample_flow("proxy>gc", directory);
  flow.from = {Party::Kind::server, proxy};
  flow.to = {Party::Kind::server, server_index(plan.topology, "ca")};
  flow.catalogue_flow = "F33";
  plan.flows.push_back(flow);
  return plan;
}

constexpr std::string_view kValid =
    "ex1:6001-6002;ex1:6004;ex1.example.com:6001-6002;ex1.example.com:6004;ca:6004";

TEST(RpcProxy, MayReachWhatTheFlowsSayByBothNames) {
  const Plan plan = plan_with_proxy();
  EXPECT_EQ(valid_ports(plan, server_index(plan.topology, "cas1"), catalogue::builtin()), kValid);
  EXPECT_EQ(valid_ports(plan, server_index(plan.topology, "rtm"), catalogue::builtin()), "");
  EXPECT_THAT(file_of(plan, "cas1.ps1"),
              HasSubstr("RpcProxy' -Name 'ValidPorts' -Type String -Value '" + std::string(kValid) +
                        "'\n"));
  EXPECT_THAT(file_of(plan, "cas1.ps1"), HasSubstr("Restart-PlannedService -Name 'W3SVC'"));
}

TEST(RpcProxy, StaysAsItIsWhereNobodyKnowsWhatItWas) {
  const std::string text = file_of(plan_with_proxy(), "cas1-undo.ps1");
  EXPECT_THAT(text, Not(HasSubstr("-Name 'ValidPorts'")));
  EXPECT_THAT(text, HasSubstr("Write-Warning 'what ValidPorts was is not known"));
}

TEST(RpcProxy, GoesBackToWhatTheRegistryHeld) {
  State state = state_of("cas1");
  registry::apply(*state.registry,
                  {{Edit::Kind::set_value,
                    registry::parse_path(R"(HKLM\SOFTWARE\Microsoft\Rpc\RpcProxy)").value(),
                    "ValidPorts", Value::of_sz("old:100-5000"), 0}});
  EXPECT_THAT(file_of(plan_with_proxy(), "cas1-undo.ps1", std::span<const State>(&state, 1)),
              HasSubstr("-Name 'ValidPorts' -Type String -Value 'old:100-5000'\n"));
}

Key tree_of(const Plan& plan, std::string_view name, Key tree) {
  const auto files = apply_files(plan, catalogue::builtin());
  const auto file = std::ranges::find(files, name, &ApplyFile::name);
  EXPECT_NE(file, files.end()) << name;
  const auto edits = registry::read_reg(bytes_of(file->content), name);
  EXPECT_TRUE(edits);
  registry::apply(tree, *edits);
  return tree;
}

TEST(Client, IsToldItsPortAndItsBindingOrder) {
  const Plan plan = sample_plan();
  const Key tree = tree_of(plan, "outlook.reg", Key{});
  for (const std::string office : {"11.0", "12.0", "14.0"}) {
    const Key* rpc = registry::find(
        tree,
        registry::parse_path(R"(HKCU\Software\Microsoft\Office\)" + office + R"(\Outlook\RPC)")
            .value());
    ASSERT_NE(rpc, nullptr) << office;
    EXPECT_EQ(*rpc->find_value("FixedUDPPort"), Value::of_dword(5004));
  }
  const auto provider =
      registry::parse_path(R"(HKLM\SOFTWARE\Microsoft\Exchange\Exchange Provider)").value();
  EXPECT_EQ(*registry::find(tree, provider)->find_value("Rpc_Binding_Order"),
            Value::of_sz("ncalrpc,ncacn_ip_tcp"));
  const Key back = tree_of(plan, "outlook-undo.reg", tree);
  EXPECT_EQ(*registry::find(back, provider)->find_value("Rpc_Binding_Order"),
            Value::of_sz("ncalrpc,ncacn_ip_tcp,ncacn_spx,ncacn_np,netbios"));
  const Key* rpc = registry::find(
      back, registry::parse_path(R"(HKCU\Software\Microsoft\Office\11.0\Outlook\RPC)").value());
  EXPECT_TRUE(rpc == nullptr || rpc->find_value("FixedUDPPort") == nullptr);
}

TEST(Balancer, KeepsAClientOnOneServerForAllPorts) {
  const std::string text = file_of(sample_plan(), "lb-haproxy.cfg");
  EXPECT_THAT(text, HasSubstr("\nlisten lb-59532\n    bind 10.2.0.9:59532\n    balance source\n"
                              "    hash-type consistent\n    stick on src table lb-sources\n"
                              "    server cas1 10.2.0.6:59532 id 1 check\n"));
}

TEST(Balancer, IsOneServiceOfLinuxVirtualServerForAllPortsOfTheSameServers) {
  EXPECT_THAT(file_of(sample_plan(), "lb-keepalived.nft"),
              HasSubstr("    type filter hook prerouting priority mangle; policy accept;\n"
                        "    ip daddr { 10.2.0.9 } tcp dport { 59532 } meta mark set 135001\n"));
  EXPECT_THAT(file_of(sample_plan(), "lb-keepalived.conf"),
              HasSubstr("\n# TCP 59532\nvirtual_server fwmark 135001 {\n    delay_loop 10\n"
                        "    lb_algo wlc\n    lb_kind NAT\n    persistence_timeout 28800\n"
                        "    real_server 10.2.0.6 {\n        TCP_CHECK {\n"
                        "            connect_port 59532\n"));
  EXPECT_EQ(file_of(sample_plan(), "lb-keepalived-undo.nft"),
            "# What lb hands on goes unmarked again.\n"
            "table inet pinhole_lvs_1\ndelete table inet pinhole_lvs_1\n");
}

TEST(GroupPolicy, SetsTheValuesOnTheirServerAlone) {
  const std::string text = file_of(sample_plan(), "group-policy/Registry.xml");
  EXPECT_THAT(text, HasSubstr(R"(name="TCP/IP Port" type="REG_DWORD" value="0000DAC1"></Properties>
    <Filters><FilterComputer bool="AND" not="0" type="NETBIOS" name="ex1"/></Filters>)"));
  EXPECT_THAT(text,
              HasSubstr(R"(type="REG_MULTI_SZ" value="ncacn_ip_tcp,0,5010"><Values><Value>)"));
  EXPECT_THAT(text, Not(HasSubstr(R"(name="old")")));
  EXPECT_THAT(file_of(sample_plan(), "group-policy/Registry-undo.xml"),
              HasSubstr(R"(<Properties action="D" displayDecimal="1")"));
}

TEST(Marks, AreForStaticPortsBothWays) {
  EXPECT_THAT(
      file_of(sample_plan(), "qos/devices/fw.nft"),
      HasSubstr("    ip daddr 10.2.0.5 tcp dport { 56001-56002, 56004 } ip dscp set af21\n"
                "    ip saddr 10.2.0.5 tcp sport { 56001-56002, 56004 } ip dscp set af21\n"));
  // nft reads `mark` as a word of its own, so the chain has another name.
  EXPECT_THAT(file_of(sample_plan(), "qos/samba.nft"), HasSubstr("\n  chain classify {\n"));
  EXPECT_THAT(file_of(sample_plan(), "qos/samba.nft"),
              HasSubstr("    tcp sport { 5020 } ip dscp set af21\n"));
  EXPECT_EQ(file_of(sample_plan(), "qos/samba-undo.nft"),
            "# Traffic of static ports on samba goes unmarked again.\n"
            "table inet pinhole_qos\ndelete table inet pinhole_qos\n");
}

}  // namespace
}  // namespace pinhole::plan
