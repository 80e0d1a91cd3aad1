// SPDX-License-Identifier: Apache-2.0
#include "plan/topology_lookup.hpp"

#include <algorithm>
#include <array>

#include "catalogue/lookup.hpp"

namespace pinhole::plan {
namespace {

struct RoleService {
  std::string_view role;  // empty: on every server
  std::string_view service;
  bool windows_only = false;
};

// Samba's own processes take the place of LSASS; the services keep their names and settings.
constexpr auto kRoleServices = std::to_array<RoleService>({
    {"", "RpcSs"},
    {"certificate-services", "CertSvc", true},
    {"dfsr", "DFSR", true},
    {"dns-server", "DNS"},
    {"domain-controller", "NTDS"},
    {"domain-controller", "Netlogon"},
    {"domain-controller", "kdc"},
    {"domain-controller", "lanmanserver"},
    {"frs", "NtFrs", true},
});

}  // namespace

bool holds(const Zone& zone, const IpAddress& address) {
  return std::ranges::any_of(zone.networks,
                             [&](const IpPrefix& network) { return network.contains(address); });
}

std::optional<Index> zone_of(const Topology& topology, const IpAddress& address) {
  std::optional<Index> rest;
  for (Index i = 0; i < topology.zones.size(); ++i) {
    const Zone& zone = topology.zones[i];
    if (holds(zone, address)) {
      return i;
    }
    if (zone.networks.empty() && zone.name == kInternet) {
      rest = i;
    }
  }
  return rest;
}

std::optional<Index> find_server(const Topology& topology, std::string_view name) {
  const auto at = std::ranges::find(topology.servers, name, &Server::name);
  if (at == topology.servers.end()) {
    return std::nullopt;
  }
  return static_cast<Index>(at - topology.servers.begin());
}

bool has_role(const Server& server, std::string_view role) {
  return std::ranges::find(server.roles, role) != server.roles.end();
}

std::vector<const catalogue::Service*> services_on(const catalogue::Catalogue& catalogue,
                                                   const Server& server) {
  std::vector<const catalogue::Service*> found;
  if (const auto* product = catalogue::find_product(catalogue, server.product)) {
    const std::vector<std::string_view> roles(server.roles.begin(), server.roles.end());
    for (const catalogue::Service* service : catalogue::services_of(catalogue, *product)) {
      const bool wanted = service->roles.empty() ||
                          std::ranges::find_first_of(service->roles, roles) != service->roles.end();
      if (wanted) {
        found.push_back(service);
      }
    }
  }
  for (const RoleService& entry : kRoleServices) {
    if ((!entry.role.empty() && !has_role(server, entry.role)) ||
        (entry.windows_only && server.system == OperatingSystem::linux)) {
      continue;
    }
    const auto at = std::ranges::find(catalogue.services, entry.service, &catalogue::Service::name);
    if (at != catalogue.services.end()) {
      found.push_back(&*at);
    }
  }
  return found;
}

}  // namespace pinhole::plan
