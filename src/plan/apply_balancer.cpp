// SPDX-License-Identifier: Apache-2.0
// What a load balancer in front of an array listens on, for HAProxy.
#include <algorithm>

#include <fmt/format.h>

#include "plan/apply_quote.hpp"
#include "plan/apply_ways.hpp"
#include "plan/balancer_listeners.hpp"

namespace pinhole::plan {
namespace {

std::string with_port(const IpAddress& address, std::uint16_t port) {
  return address.family == IpAddress::Family::v4 ? fmt::format("{}:{}", to_string(address), port)
                                                 : fmt::format("[{}]:{}", to_string(address), port);
}

/// IPv4 where a server has it: one address, so that it counts once.
const IpAddress& address_of(const Server& server) {
  const auto at = std::ranges::find(server.addresses, IpAddress::Family::v4, &IpAddress::family);
  return at == server.addresses.end() ? server.addresses.front() : *at;
}

std::string listener_text(const Plan& plan, const LoadBalancer& balancer, std::uint16_t port,
                          const std::set<Index>& servers) {
  const std::string name = section_name(balancer.name);
  std::string text = fmt::format("\nlisten {}-{}\n", name, port);
  for (const IpAddress& address : balancer.addresses) {
    text += fmt::format("    bind {}\n", with_port(address, port));
  }
  text += fmt::format(
      "    balance source\n    hash-type consistent\n    stick on src table {}-sources\n", name);
  for (const Index server : servers) {
    const Server& each = plan.topology.servers[server];
    const auto place = std::ranges::find(balancer.servers, server) - balancer.servers.begin();
    // The table remembers the number, which is the same in every section.
    text += fmt::format("    server {} {} id {} check\n", section_name(each.name),
                        with_port(address_of(each), port), place + 1);
  }
  return text;
}

}  // namespace

std::vector<ApplyFile> balancer_files(const Plan& plan, const catalogue::Catalogue& catalogue) {
  std::vector<ApplyFile> files;
  for (Index index = 0; index < plan.topology.load_balancers.size(); ++index) {
    const LoadBalancer& balancer = plan.topology.load_balancers[index];
    const Listeners listeners = listeners_of(plan, index, catalogue);
    if (listeners.empty()) {
      continue;
    }
    std::string text = fmt::format(
        "# What {} listens on, for HAProxy: haproxy -f haproxy.cfg -f this file. Nothing else of "
        "it\n"
        "# changes; to go back, start it without this file.\n"
        "defaults {}\n    mode tcp\n    option clitcpka\n    option srvtcpka\n"
        "    timeout connect 5s\n    timeout client 2h\n    timeout server 2h\n\n"
        "# One table for all ports: a client stays with one server, whichever service it calls.\n"
        "backend {}-sources\n    stick-table type ipv6 size 200k expire 8h\n",
        comment_text(balancer.name), section_name(balancer.name), section_name(balancer.name));
    for (const auto& [port, servers] : listeners) {
      text += listener_text(plan, balancer, port, servers);
    }
    files.push_back({balancer.name + "-haproxy.cfg", std::move(text)});
  }
  return files;
}

}  // namespace pinhole::plan
