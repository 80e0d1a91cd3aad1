// SPDX-License-Identifier: Apache-2.0
// Rows about the network: zones, devices, load balancers, arrays and clusters.
#include <algorithm>

#include <fmt/format.h>

#include "plan/topology_lookup.hpp"
#include "plan/topology_reading.hpp"

namespace pinhole::plan {
namespace {

bool is_interface_name(std::string_view text) {
  return text.size() <= 64 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("._:/@-").find(c) != std::string_view::npos;
         });
}

void read_interfaces(Reading& reading, Row& row, Device& device) {
  auto table = row.table("interfaces");
  if (!table) {
    if (!row.has("interfaces")) {
      row.missing("interfaces", "add interfaces = { zone = \"interface\", zone = \"interface\" }");
    }
    return;
  }
  const auto pairs = table->pairs();
  for (const auto& [zone, name] : pairs) {
    const auto to = reading.zones.find(zone, "zone", reading.mistakes);
    if (!is_interface_name(name.text)) {
      reading.mistakes.add("topology-interface", name.place,
                           fmt::format("{} is no name of an interface", quoted(name.text)),
                           "expected letters, digits and . _ : / @ -, such as \"eth1\"");
    } else if (std::ranges::find(device.interfaces, name.text, &DeviceInterface::name) !=
               device.interfaces.end()) {
      reading.mistakes.add("topology-interface", name.place,
                           fmt::format("interface {} stands in two zones", quoted(name.text)),
                           "give each zone its own interface, such as \"eth1.20\"");
    } else if (to) {
      device.interfaces.push_back({to->index, name.text});
    }
  }
  if (pairs.size() < 2) {
    row.fail("interfaces", "topology-device-interfaces",
             fmt::format("a device with {} interface{}", pairs.empty() ? "no" : "one",
                         pairs.empty() ? "s" : ""),
             "a device stands between at least two zones: name an interface for each");
  }
}

void read_translation(Reading& reading, Row& row, Device& device) {
  Translation translation;
  const auto server = read_required(reading, row, "server", reading.hosts);
  translation.from = read_reference(reading, row, "from", reading.zones);
  const Cell outside = row.text("outside");
  row.refuse_other_keys();
  if (outside.text.empty()) {
    return;
  }
  const auto address = parse_address(outside.text);
  if (!address || address->is_unspecified()) {
    row.fail("outside", "topology-address",
             fmt::format("{} is no address of a host", quoted(outside.text)),
             "expected IPv4 or IPv6 such as \"203.0.113.5\"");
    return;
  }
  if (!server) {
    return;
  }
  translation.server = *server;
  translation.outside = *address;
  reading.outside_addresses.push_back(
      {*address,
       outside,
       fmt::format("the outside of server \"{}\"", reading.topology.servers[*server].name),
       {}});
  device.translations.push_back(translation);
}

/// The zones of the servers of a group; empty where it has none.
std::vector<Index> zones_of(const Topology& topology, const std::vector<Index>& servers) {
  std::vector<Index> zones;
  zones.reserve(servers.size());
  for (const Index server : servers) {
    zones.push_back(topology.servers[server].zone);
  }
  std::ranges::sort(zones);
  const auto rest = std::ranges::unique(zones);
  zones.erase(rest.begin(), rest.end());
  return zones;
}

void read_group(Reading& reading, Row& row, ServerGroup& group, std::string_view kind) {
  const std::string owner = fmt::format("{} \"{}\"", kind, group.name);
  group.addresses = read_addresses(reading, row, owner, zones_of(reading.topology, group.servers));
  row.refuse_other_keys();
  if (group.servers.empty() && !group.name.empty()) {
    row.fail(
        {}, "topology-group", fmt::format("{} has no servers", owner),
        fmt::format("write {} = \"{}\" in the [[server]] rows of its members", kind, group.name));
  }
}

}  // namespace

void read_zone(Reading& reading, Row& row, Index index) {
  Zone& zone = reading.topology.zones[index];
  zone.networks = read_networks(reading, row, index, reading.zone_networks);
  zone.organisation = read_reference(reading, row, "organisation", reading.organisations);
  row.refuse_other_keys();
  if (zone.name != kInternet && !zone.name.empty()) {
    if (!row.has("networks")) {
      row.missing("networks",
                  "add networks = [\"10.0.0.0/24\"]; only the zone \"internet\" may go without");
    } else if (row.has_empty("networks")) {
      row.fail("networks", "topology-missing", "a zone with an empty list of networks",
               "name at least one network, such as \"10.0.0.0/24\"");
    }
  }
}

void read_device(Reading& reading, Row& row, Index index) {
  Device& device = reading.topology.devices[index];
  if (const auto backend = row.optional_text("backend")) {
    const auto known = backends();
    if (std::ranges::find(known, backend->text) == known.end()) {
      row.fail("backend", "topology-word",
               fmt::format("no firewall back-end is called {}", quoted(backend->text)),
               reading.mistakes.suggestion(backend->text, known));
    }
    device.backend = backend->text;
  }
  read_interfaces(reading, row, device);
  device.stateful = row.flag("stateful", true);
  device.inspects_dcerpc = row.flag("inspects_dcerpc", false);
  for (const Cell& cell : row.texts("hides")) {
    const auto zone = reading.zones.find(cell, "zone", reading.mistakes);
    if (!zone) {
      continue;
    }
    if (std::ranges::find(device.interfaces, zone->index, &DeviceInterface::zone) ==
        device.interfaces.end()) {
      reading.mistakes.add("topology-device-zone", cell.place,
                           fmt::format("the device has no interface in zone {}", quoted(cell.text)),
                           "hide only zones that \"interfaces\" names");
    }
    device.hides.push_back(zone->index);
  }
  for (Row& translation : row.rows("translation")) {
    read_translation(reading, translation, device);
  }
  row.refuse_other_keys();
}

void read_load_balancer(Reading& reading, Row& row, Index index) {
  LoadBalancer& balancer = reading.topology.load_balancers[index];
  const auto zone = read_required(reading, row, "zone", reading.zones);
  balancer.zone = zone.value_or(0);
  balancer.addresses =
      read_addresses(reading, row, fmt::format("load balancer \"{}\"", balancer.name),
                     zone ? std::vector<Index>{*zone} : std::vector<Index>{});
  if (!row.has("addresses") || row.has_empty("addresses")) {
    row.missing("addresses", "add addresses = [\"10.0.0.9\"], where clients reach it");
  }
  balancer.servers = read_servers(reading, row, "servers");
  if (!row.has("servers") || row.has_empty("servers")) {
    row.fail("servers", "topology-load-balancer-servers", "a load balancer without servers",
             "add servers = [\"...\"], the servers or the array that it stands before");
  }
  row.refuse_other_keys();
}

void read_array(Reading& reading, Row& row, Index index) {
  read_group(reading, row, reading.topology.arrays[index], "array");
}

void read_cluster(Reading& reading, Row& row, Index index) {
  read_group(reading, row, reading.topology.clusters[index], "cluster");
}

}  // namespace pinhole::plan
