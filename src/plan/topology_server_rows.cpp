// SPDX-License-Identifier: Apache-2.0
// Rows about servers.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "plan/topology_lookup.hpp"
#include "plan/topology_reading.hpp"

namespace pinhole::plan {
namespace {

const catalogue::Product* read_product(Reading& reading, Row& row, Server& server) {
  const auto cell = row.optional_text("product");
  if (!cell) {
    return nullptr;
  }
  const auto* product = catalogue::find_product(*reading.catalogue, cell->text);
  if (product == nullptr) {
    std::vector<std::string_view> known;
    for (const catalogue::Product& row_of : reading.catalogue->products) {
      known.push_back(row_of.id);
    }
    row.fail("product", "topology-product",
             fmt::format("no product is called {}", quoted(cell->text)),
             reading.mistakes.suggestion(cell->text, known, "see pinhole catalogue"));
  }
  server.product = cell->text;
  return product;
}

void read_system(Reading& reading, Row& row, Server& server, const catalogue::Product* product) {
  if (const auto cell = row.optional_text("system")) {
    server.system = word_of<OperatingSystem>(reading, *cell, row).value_or(server.system);
    return;
  }
  if (product != nullptr && !product->dynamic_ranges.empty()) {
    server.system =
        system_of(product->dynamic_ranges.front().windows).value_or(OperatingSystem::windows_2003);
  } else if (!row.has("system") && !row.has("product")) {
    row.missing("system",
                fmt::format("add system = \"windows-2003\", or what it runs on: one of {}",
                            fmt::join(texts_of<OperatingSystem>(), ", ")));
  }
}

void check_role(Reading& reading, const Cell& cell, const Server& server,
                const catalogue::Product* product) {
  const ServerRole* role = find_server_role(cell.text);
  if (product != nullptr && std::ranges::find(product->roles, cell.text) != product->roles.end()) {
    return;
  }
  if (role == nullptr) {
    if (product == nullptr && !server.product.empty()) {
      return;  // of a product that is not known, which has been said
    }
    std::vector<std::string_view> known;
    if (product != nullptr) {
      known.assign(product->roles.begin(), product->roles.end());
    }
    for (const ServerRole& other : server_roles()) {
      known.push_back(other.name);
    }
    reading.mistakes.add(
        "topology-role", cell.place,
        product != nullptr
            ? fmt::format("{} has no role {}", product->id, quoted(cell.text))
            : fmt::format("a server without product has no role {}", quoted(cell.text)),
        fmt::format("expected one of {}", fmt::join(known, ", ")));
    return;
  }
  if (role->windows_only && server.system == OperatingSystem::linux) {
    reading.mistakes.add("topology-role", cell.place,
                         fmt::format("a server on Linux has no role {}", quoted(cell.text)),
                         "leave the role out, or give the server its Windows system");
  }
  if (!role->requires_role.empty() && !has_role(server, role->requires_role)) {
    reading.mistakes.add("topology-role", cell.place,
                         fmt::format("the role {} needs the role \"{}\" on the same server",
                                     quoted(cell.text), role->requires_role),
                         fmt::format("add \"{}\" to its roles", role->requires_role));
  }
}

void read_roles(Reading& reading, Row& row, Server& server, const catalogue::Product* product) {
  const auto cells = row.texts("roles");
  for (const Cell& cell : cells) {
    if (has_role(server, cell.text)) {
      reading.mistakes.add("topology-role", cell.place,
                           fmt::format("the role {} twice", quoted(cell.text)), "name it once");
    } else {
      server.roles.push_back(cell.text);
    }
  }
  for (const Cell& cell : cells) {
    check_role(reading, cell, server, product);
  }
  if (product != nullptr && !product->roles.empty() &&
      std::ranges::find_first_of(product->roles, server.roles) == product->roles.end()) {
    row.fail("roles", "topology-role", fmt::format("a server without a role of {}", product->id),
             fmt::format("add to roles at least one of {}", fmt::join(product->roles, ", ")));
  }
  if (!row.has("product") && (!row.has("roles") || row.has_empty("roles"))) {
    row.fail("roles", "topology-role", "a server with neither product nor role",
             "add product = \"exchange-2003\" or roles = [\"domain-controller\"]");
  }
}

void read_state(Row& row, StateFiles& state) {
  auto table = row.table("state",
                         "{ registry = \"dc1.reg\" }; keys: registry, dump, rpcdump, netstat, "
                         "smb_conf, app_config");
  if (!table) {
    return;
  }
  state.registry = table->line("registry");
  state.dump = table->line("dump");
  state.rpcdump = table->line("rpcdump");
  state.netstat = table->line("netstat");
  state.smb_conf = table->line("smb_conf");
  state.app_config = table->line("app_config");
  table->refuse_other_keys();
}

void join_group(Reading& reading, Row& row, Index index, std::string_view key,
                std::vector<ServerGroup>& groups, std::string& name) {
  if (const auto group = read_reference(reading, row, key, reading.hosts)) {
    groups[*group].servers.push_back(index);
    name = groups[*group].name;
  }
}

/// What a Client Access array is made of.
void check_array_member(Row& row, const Server& server, const catalogue::Product* product) {
  if (server.array.empty() || (product == nullptr && row.has("product"))) {
    return;
  }
  if (product == nullptr || product->version != "2010" || !has_role(server, "client-access")) {
    row.fail("array", "topology-array", "only Client Access servers of Exchange 2010 make an array",
             "give the server product = \"exchange-2010-sp1\" and the role \"client-access\", or "
             "leave array out");
  }
}

}  // namespace

void read_server(Reading& reading, Row& row, Index index) {
  Server& server = reading.topology.servers[index];
  const auto zone = read_required(reading, row, "zone", reading.zones);
  server.zone = zone.value_or(0);
  std::vector<Index> zones;
  if (zone) {
    zones.push_back(*zone);
  }
  server.device = read_reference(reading, row, "device", reading.devices);
  if (server.device && zone) {
    for (const DeviceInterface& interface : reading.topology.devices[*server.device].interfaces) {
      zones.push_back(interface.zone);
    }
  }
  server.addresses = read_addresses(reading, row, fmt::format("server \"{}\"", server.name), zones);
  if (!row.has("addresses") || row.has_empty("addresses")) {
    row.missing("addresses", "add addresses = [\"10.0.0.5\"]");
  }
  const auto* product = read_product(reading, row, server);
  read_system(reading, row, server, product);
  read_roles(reading, row, server, product);
  server.organisation = read_reference(reading, row, "organisation", reading.organisations);
  join_group(reading, row, index, "array", reading.topology.arrays, server.array);
  join_group(reading, row, index, "cluster", reading.topology.clusters, server.cluster);
  check_array_member(row, server, product);
  read_state(row, server.state);
  row.refuse_other_keys();
}

}  // namespace pinhole::plan
