// SPDX-License-Identifier: Apache-2.0
#include "plan/topology_read.hpp"

#include <utility>

#include "plan/topology_reading.hpp"

namespace pinhole::plan {
namespace {

/// Names and places of one kind of row, so that every row can refer to every other.
template <class Entry>
std::vector<Row> collect(Row& top, std::string_view key, Named kind, NameTable& names,
                         std::vector<Entry>& entries) {
  auto rows = top.rows(key);
  entries.reserve(rows.size());
  for (Row& row : rows) {
    Entry entry;
    entry.place = row.place();
    if (const auto name = row.name("name")) {
      names.add(row, *name, {kind, entries.size()});
      entry.name = name->text;
    }
    entries.push_back(std::move(entry));
  }
  return rows;
}

void read_each(Reading& reading, std::vector<Row>& rows,
               void (*read)(Reading& reading, Row& row, Index index)) {
  for (Index i = 0; i < rows.size(); ++i) {
    read(reading, rows[i], i);
  }
}

void read_tables(Reading& reading, Row& top) {
  Topology& topology = reading.topology;
  topology.title = top.line("title");
  auto organisations = collect(top, "organisation", Named::organisation, reading.organisations,
                               topology.organisations);
  auto zones = collect(top, "zone", Named::zone, reading.zones, topology.zones);
  auto devices = collect(top, "device", Named::device, reading.devices, topology.devices);
  auto servers = collect(top, "server", Named::server, reading.hosts, topology.servers);
  auto balancers =
      collect(top, "load_balancer", Named::load_balancer, reading.hosts, topology.load_balancers);
  auto arrays = collect(top, "array", Named::array, reading.hosts, topology.arrays);
  auto clusters = collect(top, "cluster", Named::cluster, reading.hosts, topology.clusters);
  auto clients = collect(top, "client", Named::client, reading.hosts, topology.clients);
  auto needs = top.rows("need");
  auto policy = top.table("policy");
  auto pins = top.rows("pin");
  top.refuse_other_keys();
  for (Row& row : organisations) {
    row.refuse_other_keys();
  }
  // Servers look at the zones of their device, groups and needs at the servers of a group.
  read_each(reading, zones, read_zone);
  read_each(reading, devices, read_device);
  read_each(reading, servers, read_server);
  read_each(reading, arrays, read_array);
  read_each(reading, clusters, read_cluster);
  read_each(reading, balancers, read_load_balancer);
  read_each(reading, clients, read_client);
  for (Row& row : needs) {
    read_need(reading, row);
  }
  if (policy) {
    read_policy(reading, *policy);
  }
  for (Row& row : pins) {
    read_pin(reading, row);
  }
  if (topology.servers.empty() && reading.mistakes.empty()) {
    top.fail({}, "topology-missing", "a topology without servers",
             "describe at least one in a [[server]]");
  }
}

}  // namespace

void read_whole(Reading& reading, Row& top) {
  read_tables(reading, top);
  check_whole(reading);
}

Checked<Topology> read_topology(std::string_view text, std::string_view name,
                                const catalogue::Catalogue& catalogue) {
  Reading reading(name, catalogue);
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    reading.mistakes.add("topology-syntax", reading.mistakes.place(result.error().source()),
                         "not TOML: " + printable(result.error().description()),
                         "see docs/topology.md for the form of the file");
    return tl::unexpected(reading.mistakes.take());
  }
  Row top(result.table(), "the file", reading.mistakes);
  read_whole(reading, top);
  if (!reading.mistakes.empty()) {
    return tl::unexpected(reading.mistakes.take());
  }
  return std::move(reading.topology);
}

}  // namespace pinhole::plan
