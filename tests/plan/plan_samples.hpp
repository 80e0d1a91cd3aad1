// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plan with every kind of row, made by hand: what is written of plans is tested without whoever
// makes them.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/plan.hpp"
#include "plan/topology_read.hpp"

namespace pinhole::plan {

inline constexpr std::string_view kSampleSite = R"(title = "A *site* | <b>with</b> marks"

[[organisation]]
name = "acme"

[[zone]]
name = "clients"
networks = ["10.1.0.0/16"]
organisation = "acme"

[[zone]]
name = "servers"
networks = ["10.2.0.0/24", "2001:db8::/64"]

[[zone]]
name = "internet"

[[device]]
name = "fw"
backend = "nftables"
interfaces = { servers = "eth2", clients = "eth1", internet = "eth0" }
stateful = false
inspects_dcerpc = true
hides = ["clients"]
[[device.translation]]
server = "ex1"
outside = "203.0.113.5"
from = "internet"

[[array]]
name = "outlook.example.com"

[[load_balancer]]
name = "lb"
zone = "servers"
addresses = ["10.2.0.9"]
servers = ["outlook.example.com"]

[[server]]
name = "ex1"
zone = "servers"
addresses = ["10.2.0.5"]
system = "windows-2003"
product = "exchange-2007"
roles = ["mailbox"]
organisation = "acme"
state = { registry = "ex1.reg", netstat = "ex1.txt" }

[[server]]
name = "cas1"
zone = "servers"
addresses = ["10.2.0.6", "2001:db8::6"]
system = "windows-2008-r2"
product = "exchange-2010-sp1"
roles = ["client-access"]
array = "outlook.example.com"

[[server]]
name = "rtm"
zone = "servers"
addresses = ["10.2.0.7"]
product = "exchange-2010"
roles = ["client-access"]

[[server]]
name = "old"
zone = "servers"
addresses = ["10.2.0.8"]
system = "nt4"
product = "exchange-5.5"

[[server]]
name = "ca"
zone = "servers"
addresses = ["10.2.0.10"]
system = "windows-2003"
roles = ["certificate-services"]

[[server]]
name = "samba"
zone = "servers"
addresses = ["10.2.0.11"]
system = "linux"
roles = ["domain-controller"]

[[client]]
name = "outlook"
kind = "mapi"
zone = "clients"
networks = ["10.1.1.0/24"]
fixed_udp_port = 5004

[[client]]
name = "browsers"
kind = "web"
zone = "internet"
ssl = "only"

[[need]]
from = "outlook"
to = ["ex1", "lb"]
why = "mail"

[[need]]
from = "ex1"
to = ["cas1"]
for = ["mail-transfer"]

[policy]
wanted = "5001-5100"
avoid = ["5050", "5060-5061"]

[[pin]]
server = "ex1"
setting = "is-tcp-port"
port = 56001
)";

inline Index server_index(const Topology& topology, std::string_view name) {
  for (Index i = 0; i < topology.servers.size(); ++i) {
    if (topology.servers[i].name == name) {
      return i;
    }
  }
  ADD_FAILURE() << "no server " << name;
  return 0;
}

inline Flow sample_flow(std::string id, FlowPorts ports) {
  Flow flow;
  flow.id = std::move(id);
  flow.from = {Party::Kind::client, 0};
  flow.to = {Party::Kind::server, 0};
  flow.ports = std::move(ports);
  flow.service = "MSExchangeIS";
  flow.protocol = "MS-RPC";
  flow.catalogue_flow = "F01";
  flow.why = "mail";
  flow.place = {"site.toml", 100, 1, {}};
  return flow;
}

inline Plan sample_plan() {
  auto topology = read_topology(kSampleSite, "site.toml", catalogue::builtin());
  EXPECT_TRUE(topology) << to_string(topology.error().front());
  Plan plan;
  plan.topology = *std::move(topology);
  const auto at = [&](std::string_view name) { return server_index(plan.topology, name); };
  plan.assignments = {
      {at("ex1"), "MSExchangeIS", "is-tcp-port", 56001, 5000, Choice::pinned},
      {at("ex1"), "MSExchangeSA", "sa-nspi-port", 56004, 56004, Choice::kept},
      {at("ex1"), "MSExchangeSA", "sa-tcp-port", 56002, {}, Choice::chosen},
      {at("cas1"), "MSExchangeAB", "ab-rpctcpport", 59533, 0, Choice::advised},
      {at("cas1"), "MSExchangeRPC", "rca-tcp-port", 59532, {}, Choice::same},
      {at("rtm"), "MSExchangeAB", "ab-rpctcpport-config", 59533, {}, Choice::advised},
      {at("old"), "MSExchangeDS", "ds-tcp-port", 5001, {}, Choice::chosen},
      {at("ca"), "CertSvc", "adcs-endpoints", 5010, {}, Choice::chosen},
      {at("samba"), "NTDS", "ntds-tcp-port", 5020, {}, Choice::chosen},
  };
  FlowPorts fixed;
  fixed.fixed = PortSet({135, 135});
  FlowPorts settings;
  settings.settings = {{at("ex1"), "is-tcp-port"}};
  FlowPorts balanced;
  balanced.settings = {{at("cas1"), "rca-tcp-port"}};
  FlowPorts dynamic;
  dynamic.dynamic_of = at("ex1");
  plan.flows = {sample_flow("ex1>outlook:udp", fixed), sample_flow("outlook>ex1:is", settings),
                sample_flow("outlook>ex1:rest", dynamic), sample_flow("outlook>lb:rca", balanced)};
  plan.flows[0].from = {Party::Kind::server, 0};
  plan.flows[0].to = {Party::Kind::server, at("cas1")};
  plan.flows[0].transport = Transport::udp;
  plan.flows[0].source_ports = PortSet({1024, 65535});
  plan.flows[1].interfaces = {"emsmdb"};
  plan.flows[2].needed = Needed::optional;
  plan.flows[3].to = {Party::Kind::load_balancer, 0};
  plan.flows[3].needed = Needed::recommended;
  plan.restarts = {
      {at("ex1"), catalogue::Restart::service, {"MSExchangeSA", "MSExchangeIS"}, "mail"},
      {at("old"), catalogue::Restart::computer, {"MSExchangeDS"}, ""}};
  plan.findings = {{"R1",
                    Severity::error,
                    "ex1",
                    "MSExchangeIS",
                    "is-tcp-port",
                    "bad | `x`\n\x1b[31m",
                    "do this",
                    "KB 1",
                    {"ex1.reg", 3, 5, {}}},
                   {"R2", Severity::note, "", "", "", "so", "", "", {"hive", 0, 0, 4096}},
                   {"R3", Severity::warning, "", "", "", "hm", "", "", {}}};
  return plan;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace pinhole::plan
