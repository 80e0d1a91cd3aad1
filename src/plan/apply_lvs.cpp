// SPDX-License-Identifier: Apache-2.0
// What a load balancer in front of an array hands on, for Linux Virtual Server: keepalived watches
// the servers, and a mark by nftables makes one service of all ports, so that a client that stays
// with a server does so on each of them.
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plan/apply_quote.hpp"
#include "plan/apply_ways.hpp"
#include "plan/balancer_listeners.hpp"

namespace pinhole::plan {
namespace {

using Family = IpAddress::Family;

/// Ports that the same servers answer on, in one family of addresses.
struct Group {
  std::uint32_t mark = 0;
  Family family = Family::v4;
  std::vector<IpAddress> outside;  // of the load balancer
  std::vector<IpAddress> servers;
  PortSet ports;
};

/// Marks count from here; others on that machine are likely to be small.
constexpr std::uint32_t kFirstMark = 135001;
constexpr int kStaySeconds = 8 * 3600;

std::vector<IpAddress> of_family(const std::vector<IpAddress>& addresses, Family family) {
  std::vector<IpAddress> found;
  for (const IpAddress& address : addresses) {
    if (address.family == family) {
      found.push_back(address);
    }
  }
  return found;
}

std::vector<Group> groups_of(const Plan& plan, Index index, const catalogue::Catalogue& catalogue) {
  const LoadBalancer& balancer = plan.topology.load_balancers[index];
  std::map<std::set<Index>, PortSet> by_servers;
  for (const auto& [port, servers] : listeners_of(plan, index, catalogue)) {
    by_servers[servers].insert({port, port});
  }
  std::vector<Group> groups;
  for (const auto& [servers, ports] : by_servers) {
    for (const Family family : {Family::v4, Family::v6}) {
      Group group{.mark = kFirstMark + static_cast<std::uint32_t>(groups.size()),
                  .family = family,
                  .outside = of_family(balancer.addresses, family),
                  .servers = {},
                  .ports = ports};
      for (const Index server : servers) {
        // One address, so that a server counts once.
        const auto own = of_family(plan.topology.servers[server].addresses, family);
        group.servers.insert(group.servers.end(), own.begin(),
                             own.empty() ? own.end() : own.begin() + 1);
      }
      if (!group.outside.empty() && !group.servers.empty()) {
        groups.push_back(std::move(group));
      }
    }
  }
  return groups;
}

std::string service_text(const Group& group) {
  std::string text = fmt::format(
      "\n# TCP {}\nvirtual_server fwmark {} {{\n{}    delay_loop 10\n    lb_algo wlc\n"
      "    lb_kind NAT\n    persistence_timeout {}\n",
      to_string(group.ports), group.mark, group.family == Family::v6 ? "    ip_family inet6\n" : "",
      kStaySeconds);
  for (const IpAddress& server : group.servers) {
    text += fmt::format(
        "    real_server {} {{\n        TCP_CHECK {{\n            connect_port {}\n"
        "            connect_timeout 5\n        }}\n    }}\n",
        to_string(server), group.ports.ranges().front().first);
  }
  return text + "}\n";
}

std::string mark_text(const Group& group) {
  std::vector<std::string> addresses;
  addresses.reserve(group.outside.size());
  for (const IpAddress& address : group.outside) {
    addresses.push_back(to_string(address));
  }
  std::vector<std::string> ports;
  for (const PortRange& range : group.ports.ranges()) {
    ports.push_back(to_string(range));
  }
  return fmt::format("    {} daddr {{ {} }} tcp dport {{ {} }} meta mark set {}\n",
                     group.family == Family::v4 ? "ip" : "ip6", fmt::join(addresses, ", "),
                     fmt::join(ports, ", "), group.mark);
}

}  // namespace

std::vector<ApplyFile> lvs_files(const Plan& plan, const catalogue::Catalogue& catalogue) {
  std::vector<ApplyFile> files;
  for (Index index = 0; index < plan.topology.load_balancers.size(); ++index) {
    const std::vector<Group> groups = groups_of(plan, index, catalogue);
    if (groups.empty()) {
      continue;
    }
    const std::string& balancer = plan.topology.load_balancers[index].name;
    const std::string name = comment_text(balancer);
    const std::string table = fmt::format("table inet pinhole_lvs_{}", index + 1);
    std::string services = fmt::format(
        "# What {0} hands on, for keepalived, by address translation: its addresses stand on this\n"
        "# machine, and the servers answer through it. {0}-keepalived.nft goes with it: it makes\n"
        "# one service of all ports, so that a client stays with one server on each of them.\n"
        "# To go back, start keepalived without this file and load {0}-keepalived-undo.nft.\n",
        name);
    std::string marks;
    for (const Group& group : groups) {
      services += service_text(group);
      marks += mark_text(group);
    }
    files.push_back({balancer + "-keepalived.conf", std::move(services)});
    files.push_back(
        {balancer + "-keepalived.nft",
         fmt::format(
             "# Marks what {0} hands on, for keepalived.\n{1}\ndelete {1}\n{1} {{\n"
             "  chain to_servers {{\n"
             "    type filter hook prerouting priority mangle; policy accept;\n{2}  }}\n}}\n",
             name, table, marks)});
    files.push_back(
        {balancer + "-keepalived-undo.nft",
         fmt::format("# What {0} hands on goes unmarked again.\n{1}\ndelete {1}\n", name, table)});
  }
  return files;
}

}  // namespace pinhole::plan
