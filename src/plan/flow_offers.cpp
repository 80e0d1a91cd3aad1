// SPDX-License-Identifier: Apache-2.0
// What a server offers.
#include <algorithm>
#include <array>
#include <iterator>

#include "catalogue/lookup.hpp"
#include "plan/flow_maker.hpp"
#include "plan/port_settings.hpp"
#include "plan/topology_lookup.hpp"

namespace pinhole::plan {
namespace {

/// Protocols that a role of a host brings where no service of the catalogue is behind it.
struct RoleProtocol {
  std::string_view role;
  std::string_view service;  // that has it on other hosts; on a host with it there is no need
  std::string_view row;      // of data/ports.toml
  std::string_view protocol;
};

constexpr auto kRoleProtocols = std::to_array<RoleProtocol>({
    {"domain-controller", "W32Time", "NTP/SNTP", "NTP"},
    {"owa", "W3SVC", "HTTP", "HTTP"},
    {"rpc-proxy", "W3SVC", "HTTP", "RPC over HTTP v2"},
    {"smtp-relay", "SMTPSVC", "SMTP", "SMTP"},
});

/// Each port alone, as protocols have them: the row of a listener joins neighbours.
std::vector<PortRange> single_ports(std::span<const PortRange> ranges) {
  constexpr int kMostApart = 16;
  std::vector<PortRange> ports;
  for (const PortRange& range : ranges) {
    if (range.last - range.first >= kMostApart) {
      ports.push_back(range);
      continue;
    }
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      ports.push_back({static_cast<std::uint16_t>(port), static_cast<std::uint16_t>(port)});
    }
  }
  return ports;
}

/// Whether a listener runs for these roles; `services_on` asks for the service's only.
bool runs_on(const catalogue::Service& service, const catalogue::Listener& listener,
             const Server& server) {
  if (service.name == "NTDS" && listener.interfaces.empty() && !listener.ports.empty()) {
    const bool is_directory = std::ranges::any_of(
        listener.ports, [](const PortRange& range) { return range.first < 1024; });
    return is_directory || has_role(server, "global-catalog");
  }
  // Where no role of Exchange brings the proxy, it is a component of Windows to be installed.
  return listener.protocol != "RPC over HTTP v2" || !service.roles.empty() ||
         has_role(server, "rpc-proxy");
}

const catalogue::Setting* port_setting(const catalogue::Catalogue& catalogue,
                                       const catalogue::Product* product,
                                       const catalogue::Listener& listener) {
  for (const catalogue::Setting* setting : listener.settings) {
    const bool has_limits = !setting->since.empty() || !setting->until.empty();
    const bool read =
        product == nullptr ? !has_limits : catalogue::is_supported(catalogue, *setting, *product);
    if (gives_port(*setting) && read) {
      return setting;
    }
  }
  return nullptr;
}

void add_role_protocols(const catalogue::Catalogue& catalogue, const Server& server,
                        std::vector<Offer>& offers) {
  for (const RoleProtocol& entry : kRoleProtocols) {
    const bool is_there = std::ranges::any_of(offers, [&](const Offer& offer) {
      return offer.service == entry.service && offer.protocol == entry.protocol;
    });
    const auto use = std::ranges::find(catalogue.ports, entry.row, &catalogue::PortUse::protocol);
    if (!has_role(server, entry.role) || is_there || use == catalogue.ports.end()) {
      continue;
    }
    Offer offer{.service = entry.service, .protocol = entry.protocol};
    offer.ports = single_ports(use->ports);
    std::ranges::copy(single_ports(use->ssl_ports), std::back_inserter(offer.ports));
    offers.push_back(std::move(offer));
  }
}

}  // namespace

PortSet set_of(std::span<const PortRange> ranges) {
  PortSet ports;
  ports.insert(ranges);
  return ports;
}

std::vector<Offer> offers_of(const catalogue::Catalogue& catalogue, const Server& server) {
  const catalogue::Product* product = catalogue::find_product(catalogue, server.product);
  std::vector<Offer> offers;
  for (const catalogue::Service* service : services_on(catalogue, server)) {
    for (const catalogue::Listener& listener : service->listeners) {
      if (runs_on(*service, listener, server)) {
        offers.push_back({.service = service->name,
                          .protocol = listener.protocol,
                          .sequence = listener.sequence,
                          .interfaces = listener.interfaces,
                          .setting = port_setting(catalogue, product, listener),
                          .ports = single_ports(listener.ports),
                          .outbound = listener.direction.starts_with("outbound")});
      }
    }
  }
  add_role_protocols(catalogue, server, offers);
  return offers;
}

bool Profile::is_one_of(std::initializer_list<std::string_view> versions) const {
  return std::ranges::find(versions, version) != versions.end();
}

bool Profile::has(std::string_view role) const {
  return has_role(*model, role);
}

bool Profile::offers_service(std::string_view service) const {
  return std::ranges::find(offers, service, &Offer::service) != offers.end();
}

}  // namespace pinhole::plan
