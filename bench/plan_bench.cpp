// SPDX-License-Identifier: Apache-2.0
// From a topology in memory to a plan in memory, for sites of growing size: every product, arrays,
// clusters, domain controllers, three zones behind one firewall, clients of each server.
//
//   bench_plan [SERVERS]...      without any: 500 1000 2000 5000 10000
//
// Prints a Markdown table: the median of five plans of each size, and of the solver alone.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/address.hpp"
#include "plan/make_plan.hpp"
#include "plan/solver.hpp"

namespace {

using namespace pinhole;        // NOLINT(google-build-using-namespace): one program, one file
using namespace pinhole::plan;  // NOLINT(google-build-using-namespace)
using Clock = std::chrono::steady_clock;

struct Kind {
  std::string_view product;
  OperatingSystem system;
  std::array<std::string_view, 2> roles;
};

// Ten servers of a site: old and new side by side, and the directory that they ask.
constexpr auto kKinds = std::to_array<Kind>({
    {"exchange-5.5", OperatingSystem::nt4, {}},
    {"exchange-2003", OperatingSystem::windows_2003, {"back-end", ""}},
    {"exchange-2003", OperatingSystem::windows_2003, {"front-end", ""}},
    {"exchange-2007", OperatingSystem::windows_2003, {"mailbox", ""}},
    {"exchange-2007", OperatingSystem::windows_2003, {"mailbox", ""}},
    {"exchange-2010-sp1", OperatingSystem::windows_2008_r2, {"client-access", ""}},
    {"exchange-2010-sp1", OperatingSystem::windows_2008_r2, {"client-access", ""}},
    {"exchange-2010-sp1", OperatingSystem::windows_2008_r2, {"mailbox", "public-folders"}},
    {"", OperatingSystem::windows_2008_r2, {"domain-controller", "global-catalog"}},
    {"", OperatingSystem::windows_2003, {"domain-controller", "frs"}},
});

IpPrefix prefix(std::uint32_t address, std::uint8_t length) {
  return {IpAddress::v4(address), length};
}

Server server_of(std::size_t number) {
  const Kind& kind = kKinds[number % kKinds.size()];
  Server server;
  server.name = fmt::format("server-{:05}", number);
  server.zone = 1;
  server.addresses = {IpAddress::v4(0x0a020001 + static_cast<std::uint32_t>(number))};
  server.product = kind.product;
  server.system = kind.system;
  for (const std::string_view role : kind.roles) {
    if (!role.empty()) {
      server.roles.emplace_back(role);
    }
  }
  return server;
}

/// Each ten servers are a site with an array, a cluster and clients of their own.
Topology topology_of(std::size_t servers) {
  Topology made;
  made.zones = {{"clients", {prefix(0x0a010000, 16)}, {}, {}},
                {"servers", {prefix(0x0a020000, 15)}, {}, {}},
                {"internet", {}, {}, {}}};
  Device firewall;
  firewall.name = "firewall";
  firewall.backend = "nftables";
  firewall.interfaces = {{0, "eth0"}, {1, "eth1"}, {2, "eth2"}};
  made.devices.push_back(firewall);
  for (std::size_t i = 0; i < servers; ++i) {
    made.servers.push_back(server_of(i));
  }
  for (std::size_t first = 0; first + kKinds.size() <= servers; first += kKinds.size()) {
    const std::size_t site = first / kKinds.size();
    made.clusters.push_back({fmt::format("cluster-{}", site), {}, {first + 3, first + 4}, {}});
    made.arrays.push_back({fmt::format("array-{}", site), {}, {first + 5, first + 6}, {}});
    for (const Index member : made.clusters.back().servers) {
      made.servers[member].cluster = made.clusters.back().name;
    }
    for (const Index member : made.arrays.back().servers) {
      made.servers[member].array = made.arrays.back().name;
    }
    ClientGroup clients;
    clients.name = fmt::format("outlook-{}", site);
    clients.networks = {prefix(0x0a010000 + (static_cast<std::uint32_t>(site % 256) << 8U), 24)};
    made.clients.push_back(clients);
    Need need;
    need.client = made.clients.size() - 1;
    need.servers = {first, first + 1, first + 3, first + 4, first + 5, first + 6, first + 7};
    made.needs.push_back(need);
  }
  return made;
}

template <class Work>
double median_seconds(Work&& work) {
  std::array<double, 5> seconds{};
  for (double& each : seconds) {
    const auto begin = Clock::now();
    work();
    each = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2];
}

void measure(std::size_t servers) {
  const Topology topology = topology_of(servers);
  const auto& catalogue = catalogue::builtin();
  std::size_t ports = 0;
  std::size_t flows = 0;
  std::size_t findings = 0;
  const double solver =
      median_seconds([&] { ports = solve(topology, catalogue, {}).assignments.size(); });
  const double whole = median_seconds([&] {
    const Plan plan = make_plan(topology, catalogue, {});
    flows = plan.flows.size();
    findings = plan.findings.size();
  });
  fmt::print("| {} | {} | {} | {} | {:.3f} s | {:.3f} s |\n", servers, ports, flows, findings,
             solver, whole);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::size_t> sizes;
  for (int i = 1; i < argc; ++i) {
    const auto size = parse_decimal(argv[i], 1, 100000);
    if (!size) {
      fmt::print(stderr, "bench_plan: {} is no number of servers from 1 to 100000\n", argv[i]);
      return 2;
    }
    sizes.push_back(*size);
  }
  if (sizes.empty()) {
    sizes = {500, 1000, 2000, 5000, 10000};
  }
  fmt::print("| Servers | Ports | Flows | Findings | Solver | Plan |\n");
  fmt::print("| ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const std::size_t size : sizes) {
    measure(size);
  }
}
