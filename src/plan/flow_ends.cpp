// SPDX-License-Identifier: Apache-2.0
#include "plan/flow_ends.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "plan/paths.hpp"
#include "plan/topology_lookup.hpp"

namespace pinhole::plan {
namespace {

Prefixes hosts(const std::vector<IpAddress>& addresses) {
  Prefixes prefixes;
  for (const IpAddress& address : addresses) {
    prefixes.push_back(host(address));
  }
  return prefixes;
}

Prefixes addresses_in(const Topology& topology, const Server& server, Index zone) {
  Prefixes prefixes;
  for (const IpAddress& address : server.addresses) {
    if (!server.device || zone_of(topology, address) == zone) {
      prefixes.push_back(host(address));
    }
  }
  return prefixes.empty() ? hosts(server.addresses) : prefixes;
}

bool share_a_family(const Prefixes& a, const Prefixes& b) {
  return std::ranges::any_of(
      a, [&](const IpPrefix& prefix) { return has_family(b, prefix.address.family); });
}

}  // namespace

const std::string& name_of(const Topology& topology, const Party& party) {
  switch (party.kind) {
    case Party::Kind::client:
      return topology.clients[party.index].name;
    case Party::Kind::server:
      return topology.servers[party.index].name;
    case Party::Kind::load_balancer:
      break;
  }
  return topology.load_balancers[party.index].name;
}

IpPrefix host(const IpAddress& address) {
  return {address, static_cast<std::uint8_t>(address.is_v4() ? 32 : 128)};
}

Prefixes networks_of(const Zone& zone) {
  if (!zone.networks.empty()) {
    return zone.networks;
  }
  return {{IpAddress::v4(0), 0}, {IpAddress::v6({}), 0}};
}

Prefixes addresses_of(const Topology& topology, Party party, Index zone) {
  switch (party.kind) {
    case Party::Kind::client: {
      const ClientGroup& client = topology.clients[party.index];
      return client.networks.empty() ? networks_of(topology.zones[client.zone]) : client.networks;
    }
    case Party::Kind::load_balancer:
      return hosts(topology.load_balancers[party.index].addresses);
    case Party::Kind::server:
      break;
  }
  return addresses_in(topology, topology.servers[party.index], zone);
}

bool has_family(const Prefixes& prefixes, IpAddress::Family family) {
  return std::ranges::any_of(
      prefixes, [&](const IpPrefix& prefix) { return prefix.address.family == family; });
}

Findings check_families(const Topology& topology, const std::vector<Flow>& flows) {
  Findings findings;
  std::set<std::pair<Party, Party>> told;
  for (const Flow& flow : flows) {
    const Prefixes sources = addresses_of(topology, flow.from, zone_of(topology, flow.from));
    const Prefixes destinations = addresses_of(topology, flow.to, zone_of(topology, flow.to));
    if (share_a_family(sources, destinations) || !told.emplace(flow.from, flow.to).second) {
      continue;
    }
    findings.push_back(
        {.rule = "no-common-family",
         .severity = Severity::error,
         .server = {},
         .service = {},
         .subject = flow.id,
         .message = fmt::format("\"{}\" cannot reach \"{}\": one has IPv4 addresses only, "
                                "the other IPv6 only",
                                name_of(topology, flow.from), name_of(topology, flow.to)),
         .remedy = "give one of them an address of the other's family",
         .source = {},
         .place = flow.place});
  }
  return findings;
}

}  // namespace pinhole::plan
