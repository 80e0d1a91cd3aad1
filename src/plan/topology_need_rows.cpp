// SPDX-License-Identifier: Apache-2.0
// Rows about who must reach whom, and on which ports.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalogue/lookup.hpp"
#include "plan/port_settings.hpp"
#include "plan/topology_lookup.hpp"
#include "plan/topology_reading.hpp"

namespace pinhole::plan {
namespace {

bool speaks_ssl(ClientKind kind) {
  constexpr auto kWithSslPort = std::to_array<ClientKind>(
      {ClientKind::pop3, ClientKind::imap4, ClientKind::nntp, ClientKind::ldap, ClientKind::web});
  return std::ranges::find(kWithSslPort, kind) != kWithSslPort.end();
}

/// Reports a key that only clients of other kinds have.
void refuse_for_kind(Row& row, std::string_view key, bool fits, ClientKind kind,
                     std::string_view kinds) {
  if (row.has(key) && !fits) {
    row.fail(key, "topology-client",
             fmt::format("clients of kind {} have no \"{}\"", to_string(kind), key),
             fmt::format("leave it out; it is for {}", kinds));
  }
}

/// Who a need starts from: a client, or servers, of which each makes a need of its own.
std::vector<Need> read_from(Reading& reading, Row& row) {
  std::vector<Need> needs;
  if (!row.has("from")) {
    row.fail({}, "topology-need-empty", "a need without \"from\"",
             "add from = \"the client or server that must reach others\"");
  }
  const auto cell = row.optional_text("from");
  const auto to =
      cell ? reading.hosts.find(*cell, "client or server", reading.mistakes) : std::nullopt;
  if (!to) {
    return needs;
  }
  Need need;
  need.place = row.place();
  if (to->kind == Named::client) {
    need.client = to->index;
    needs.push_back(std::move(need));
  } else if (to->kind == Named::load_balancer) {
    row.fail("from", "topology-reference", fmt::format("{} is a load balancer", quoted(cell->text)),
             "expected a client, server, array or cluster; what a load balancer passes on is "
             "implied");
  } else {
    std::vector<Index> servers{to->index};
    if (to->kind != Named::server) {
      servers = (to->kind == Named::array ? reading.topology.arrays
                                          : reading.topology.clusters)[to->index]
                    .servers;
    }
    for (const Index server : servers) {
      need.server_from = server;
      needs.push_back(need);
    }
  }
  return needs;
}

/// The load balancer that stands before exactly these servers.
std::optional<Index> balancer_of(const Topology& topology, const std::vector<Index>& servers) {
  const auto at = std::ranges::find_if(topology.load_balancers, [&](const LoadBalancer& each) {
    return std::ranges::is_permutation(each.servers, servers);
  });
  return at == topology.load_balancers.end()
             ? std::nullopt
             : std::optional(static_cast<Index>(at - topology.load_balancers.begin()));
}

void add_target(Reading& reading, const Cell& cell, bool from_client, Need& to) {
  const auto found = reading.hosts.find(cell, "server or load balancer", reading.mistakes);
  if (!found) {
    return;
  }
  const Topology& topology = reading.topology;
  std::vector<Index> more{found->index};
  auto* list = &to.servers;
  if (found->kind == Named::load_balancer) {
    list = &to.load_balancers;
  } else if (found->kind == Named::array) {
    more = topology.arrays[found->index].servers;
    // Clients know the array by one name, which is that of its load balancer.
    if (const auto balancer = from_client ? balancer_of(topology, more) : std::nullopt) {
      list = &to.load_balancers;
      more = {*balancer};
    }
  } else if (found->kind == Named::cluster) {
    more = topology.clusters[found->index].servers;
  } else if (found->kind == Named::client) {
    reading.mistakes.add("topology-reference", cell.place,
                         fmt::format("{} is a client", quoted(cell.text)),
                         "expected a server, load balancer, array or cluster");
    return;
  }
  for (const Index index : more) {
    if (std::ranges::find(*list, index) == list->end()) {
      list->push_back(index);
    }
  }
}

std::vector<Purpose> read_purposes(Reading& reading, Row& row, bool from_client) {
  std::vector<Purpose> purposes;
  const auto cells = row.texts("for");
  if (from_client && row.has("for")) {
    row.fail("for", "topology-need-for", "\"for\" belongs to needs of servers",
             "leave it out: what clients need follows from their kind");
    return purposes;
  }
  for (const Cell& cell : cells) {
    if (const auto purpose = word_of<Purpose>(reading, cell, row)) {
      purposes.push_back(*purpose);
    }
  }
  if (row.has_empty("for")) {
    row.fail("for", "topology-need-empty", "a need for nothing",
             "name a purpose, or leave \"for\" out: then it is all that the roles imply");
  }
  return purposes;
}

/// Servers that a pin is for.
std::vector<Index> pinned_servers(Reading& reading, Row& row) {
  if (!row.has("server")) {
    row.missing("server", "add server = \"the server or array whose port is fixed\"");
  }
  return read_servers(reading, row, "server");
}

const catalogue::Setting* find_port_setting(Reading& reading, Row& row, const Cell& cell) {
  std::vector<std::string_view> known;
  for (const catalogue::Setting& setting : reading.catalogue->settings) {
    if (!gives_port(setting)) {
      continue;
    }
    if (setting.id == cell.text) {
      return &setting;
    }
    known.push_back(setting.id);
  }
  row.fail("setting", "topology-setting",
           fmt::format("no setting that holds a port is called {}", quoted(cell.text)),
           reading.mistakes.suggestion(cell.text, known, "see data/settings.toml"));
  return nullptr;
}

bool reads_setting(const Reading& reading, const Server& server,
                   const catalogue::Setting& setting) {
  for (const catalogue::Service* service : services_on(*reading.catalogue, server)) {
    if (service->name != setting.service) {
      continue;
    }
    const auto* product = catalogue::find_product(*reading.catalogue, server.product);
    const bool has_limits = !setting.since.empty() || !setting.until.empty();
    if (!has_limits ||
        (product != nullptr && catalogue::is_supported(*reading.catalogue, setting, *product))) {
      return true;
    }
  }
  return false;
}

/// The settings that a server does read, for the remedy.
std::string settings_of(const Reading& reading, const Server& server) {
  std::vector<std::string_view> ids;
  for (const catalogue::Setting& setting : reading.catalogue->settings) {
    if (gives_port(setting) && reads_setting(reading, server, setting)) {
      ids.push_back(setting.id);
    }
  }
  return ids.empty() ? std::string("no service of this server reads a port")
                     : fmt::format("it reads {}", fmt::join(ids, ", "));
}

}  // namespace

void read_client(Reading& reading, Row& row, Index index) {
  ClientGroup& client = reading.topology.clients[index];
  const auto zone = read_required(reading, row, "zone", reading.zones);
  client.zone = zone.value_or(0);
  const Cell kind = row.text("kind", texts_of<ClientKind>());
  const auto word = kind.text.empty() ? std::nullopt : word_of<ClientKind>(reading, kind, row);
  client.kind = word.value_or(ClientKind::mapi);
  std::vector<NetworkUse> uses;
  client.networks = read_networks(reading, row, client.zone, uses);
  if (zone) {
    reading.client_networks.insert(reading.client_networks.end(), uses.begin(), uses.end());
  }
  if (const auto ssl = row.optional_text("ssl")) {
    client.ssl = word_of<Ssl>(reading, *ssl, row).value_or(Ssl::also);
  }
  client.fixed_udp_port = row.port("fixed_udp_port");
  client.rfc1006_port = row.port("rfc1006_port");
  row.refuse_other_keys();
  if (!word) {
    return;
  }
  refuse_for_kind(row, "ssl", speaks_ssl(*word), *word, "pop3, imap4, nntp, ldap and web");
  refuse_for_kind(row, "fixed_udp_port", *word == ClientKind::mapi, *word, "mapi");
  refuse_for_kind(row, "rfc1006_port", *word == ClientKind::mta_partner, *word, "mta-partner");
}

void read_need(Reading& reading, Row& row) {
  auto needs = read_from(reading, row);
  Need to;
  const bool from_client = !needs.empty() && needs.front().client.has_value();
  const auto targets = row.texts("to");
  for (const Cell& cell : targets) {
    add_target(reading, cell, from_client, to);
  }
  if (row.has_empty("to")) {
    row.fail("to", "topology-need-empty", "a need that reaches nobody",
             "name a server, or leave \"to\" out: then it is every server that can serve it");
  }
  to.purposes = read_purposes(reading, row, from_client);
  to.why = row.line("why");
  row.refuse_other_keys();
  for (Need& need : needs) {
    need.servers = to.servers;
    need.load_balancers = to.load_balancers;
    need.purposes = to.purposes;
    need.why = to.why;
    if (need.server_from) {
      std::erase(need.servers, *need.server_from);
    }
    if (need.server_from && !to.servers.empty() && need.servers.empty() &&
        need.load_balancers.empty()) {
      row.fail("to", "topology-need-empty",
               fmt::format("server \"{}\" needs nobody but itself",
                           reading.topology.servers[*need.server_from].name),
               "name another server");
    }
    reading.topology.needs.push_back(std::move(need));
  }
}

void read_policy(Reading& reading, Row& row) {
  const PortSet wanted = row.ports("wanted");
  if (wanted.ranges().size() > 1) {
    row.fail("wanted", "topology-port", "more than one range of wanted ports",
             "expected one range such as \"5001-5100\"; ports inside it go to \"avoid\"");
  } else if (!wanted.empty()) {
    reading.topology.policy.wanted = wanted.ranges().front();
  }
  reading.topology.policy.avoid = row.ports("avoid");
  row.refuse_other_keys();
}

void read_pin(Reading& reading, Row& row) {
  const auto servers = pinned_servers(reading, row);
  const Cell cell = row.text("setting");
  const auto* setting = cell.text.empty() ? nullptr : find_port_setting(reading, row, cell);
  if (!row.has("port")) {
    row.missing("port", "add port = 5001");
  }
  const auto port = row.port("port");
  row.refuse_other_keys();
  if (setting == nullptr || !port) {
    return;
  }
  auto& pinned = reading.topology.policy.pinned;
  if (reading.topology.policy.avoid.contains(*port)) {
    row.fail("port", "topology-pin-avoided",
             fmt::format("port {} is among those that the policy avoids", *port),
             "pin another port, or take it out of \"avoid\"");
    return;
  }
  for (const Index index : servers) {
    const Server& server = reading.topology.servers[index];
    if (!reads_setting(reading, server, *setting)) {
      row.fail("setting", "topology-setting",
               fmt::format("server \"{}\" does not read {}", server.name, setting->id),
               settings_of(reading, server));
      continue;
    }
    const auto twice = std::ranges::find_if(pinned, [&](const Pinned& other) {
      return other.server == index && other.setting == setting->id;
    });
    if (twice != pinned.end()) {
      row.fail("setting", "topology-pin-twice",
               fmt::format("{} of server \"{}\" is already fixed (line {})", setting->id,
                           server.name, twice->place.line),
               "fix each setting once");
      continue;
    }
    pinned.push_back({index, std::string(setting->id), *port, row.place()});
  }
}

}  // namespace pinhole::plan
