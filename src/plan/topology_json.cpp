// SPDX-License-Identifier: Apache-2.0
#include "plan/topology_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pinhole::plan {
namespace {

using Json = nlohmann::ordered_json;

void put(Json& to, const char* key, std::string_view text) {
  if (!text.empty()) {
    to[key] = text;
  }
}

template <class Each>
void put_texts(Json& to, const char* key, const std::vector<Each>& values) {
  if (values.empty()) {
    return;
  }
  Json& list = to[key] = Json::array();
  for (const Each& value : values) {
    list.push_back(to_string(value));
  }
}

template <class Entry>
void put_name(Json& to, const char* key, const std::vector<Entry>& entries,
              const std::optional<Index>& index) {
  if (index) {
    to[key] = entries[*index].name;
  }
}

Json names_of(const std::vector<Server>& servers, const std::vector<Index>& indices) {
  Json names = Json::array();
  for (const Index index : indices) {
    names.push_back(servers[index].name);
  }
  return names;
}

/// `rows` under `key`, each by `row_of`; nothing where there are none.
template <class Entry, class RowOf>
void put_rows(Json& to, const char* key, const std::vector<Entry>& rows, const RowOf& row_of) {
  if (rows.empty()) {
    return;
  }
  Json& list = to[key] = Json::array();
  for (const Entry& row : rows) {
    list.push_back(row_of(row));
  }
}

Json device_json(const Topology& topology, const Device& device) {
  Json row{{"name", device.name}};
  put(row, "backend", device.backend);
  for (const DeviceInterface& interface : device.interfaces) {
    row["interfaces"][topology.zones[interface.zone].name] = interface.name;
  }
  row["stateful"] = device.stateful;
  row["inspects_dcerpc"] = device.inspects_dcerpc;
  put_rows(row, "hides", device.hides, [&](Index zone) { return topology.zones[zone].name; });
  put_rows(row, "translation", device.translations, [&](const Translation& translation) {
    Json inner{{"server", topology.servers[translation.server].name},
               {"outside", to_string(translation.outside)}};
    put_name(inner, "from", topology.zones, translation.from);
    return inner;
  });
  return row;
}

Json server_json(const Topology& topology, const Server& server) {
  Json row{{"name", server.name}, {"zone", topology.zones[server.zone].name}};
  put_texts(row, "addresses", server.addresses);
  put_name(row, "device", topology.devices, server.device);
  row["system"] = to_string(server.system);
  put(row, "product", server.product);
  put_rows(row, "roles", server.roles, [](const std::string& role) { return role; });
  put(row, "array", server.array);
  put(row, "cluster", server.cluster);
  put_name(row, "organisation", topology.organisations, server.organisation);
  Json state = Json::object();
  put(state, "registry", server.state.registry);
  put(state, "dump", server.state.dump);
  put(state, "rpcdump", server.state.rpcdump);
  put(state, "netstat", server.state.netstat);
  put(state, "smb_conf", server.state.smb_conf);
  put(state, "app_config", server.state.app_config);
  if (!state.empty()) {
    row["state"] = std::move(state);
  }
  return row;
}

Json client_json(const Topology& topology, const ClientGroup& client) {
  Json row{{"name", client.name},
           {"kind", to_string(client.kind)},
           {"zone", topology.zones[client.zone].name}};
  put_texts(row, "networks", client.networks);
  if (client.ssl != Ssl::also) {
    row["ssl"] = to_string(client.ssl);
  }
  if (client.fixed_udp_port) {
    row["fixed_udp_port"] = *client.fixed_udp_port;
  }
  if (client.rfc1006_port) {
    row["rfc1006_port"] = *client.rfc1006_port;
  }
  return row;
}

Json need_json(const Topology& topology, const Need& need) {
  Json row;
  row["from"] = need.client ? topology.clients[*need.client].name
                            : topology.servers[need.server_from.value_or(0)].name;
  Json to = names_of(topology.servers, need.servers);
  for (const Index balancer : need.load_balancers) {
    to.push_back(topology.load_balancers[balancer].name);
  }
  if (!to.empty()) {
    row["to"] = std::move(to);
  }
  put_rows(row, "for", need.purposes, [](Purpose purpose) { return to_string(purpose); });
  put(row, "why", need.why);
  return row;
}

Json group_json(const ServerGroup& group) {
  Json row{{"name", group.name}};
  put_texts(row, "addresses", group.addresses);
  return row;
}

void put_policy(Json& to, const Topology& topology) {
  Json policy = Json::object();
  if (topology.policy.wanted) {
    policy["wanted"] = to_string(*topology.policy.wanted);
  }
  put(policy, "avoid", to_string(topology.policy.avoid));
  if (!policy.empty()) {
    to["policy"] = std::move(policy);
  }
  put_rows(to, "pin", topology.policy.pinned, [&](const Pinned& pinned) {
    return Json{{"server", topology.servers[pinned.server].name},
                {"setting", pinned.setting},
                {"port", pinned.port}};
  });
}

}  // namespace

Json topology_json(const Topology& topology) {
  Json json = Json::object();
  put(json, "title", topology.title);
  put_rows(json, "organisation", topology.organisations,
           [](const Organisation& row) { return Json{{"name", row.name}}; });
  put_rows(json, "zone", topology.zones, [&](const Zone& zone) {
    Json row{{"name", zone.name}};
    put_texts(row, "networks", zone.networks);
    put_name(row, "organisation", topology.organisations, zone.organisation);
    return row;
  });
  put_rows(json, "device", topology.devices,
           [&](const Device& device) { return device_json(topology, device); });
  put_rows(json, "load_balancer", topology.load_balancers, [&](const LoadBalancer& balancer) {
    Json row{{"name", balancer.name}, {"zone", topology.zones[balancer.zone].name}};
    put_texts(row, "addresses", balancer.addresses);
    row["servers"] = names_of(topology.servers, balancer.servers);
    return row;
  });
  put_rows(json, "array", topology.arrays, group_json);
  put_rows(json, "cluster", topology.clusters, group_json);
  put_rows(json, "server", topology.servers,
           [&](const Server& server) { return server_json(topology, server); });
  put_rows(json, "client", topology.clients,
           [&](const ClientGroup& client) { return client_json(topology, client); });
  put_rows(json, "need", topology.needs,
           [&](const Need& need) { return need_json(topology, need); });
  put_policy(json, topology);
  return json;
}

Json topology_lines(const Topology& topology) {
  Json lines = Json::object();
  const auto at = [](const auto& row) {
    return fmt::format("{}:{}", row.place.line, row.place.column);
  };
  put_rows(lines, "organisation", topology.organisations, at);
  put_rows(lines, "zone", topology.zones, at);
  put_rows(lines, "device", topology.devices, at);
  put_rows(lines, "load_balancer", topology.load_balancers, at);
  put_rows(lines, "array", topology.arrays, at);
  put_rows(lines, "cluster", topology.clusters, at);
  put_rows(lines, "server", topology.servers, at);
  put_rows(lines, "client", topology.clients, at);
  put_rows(lines, "need", topology.needs, at);
  put_rows(lines, "pin", topology.policy.pinned, at);
  return lines;
}

}  // namespace pinhole::plan
