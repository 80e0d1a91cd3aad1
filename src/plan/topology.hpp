// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the administrator describes: servers with products and roles, the zones that they stand in,
// the devices between zones, who must reach whom, and what is fixed beforehand. One TOML file
// (docs/topology.md, docs/schema/topology.schema.json); topology_read.hpp reads it.
//
// Values only. Names are unique in their table, case apart, and are referred to exactly; servers,
// clients, load balancers, arrays and clusters share one table of names, as needs name any of them.
// References are indices into the tables of the same topology, so what was read is consistent.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/diagnostic.hpp"
#include "base/port_set.hpp"
#include "plan/topology_words.hpp"

namespace pinhole::plan {

using Index = std::size_t;

struct Organisation {
  std::string name;
  Place place;
};

/// Networks that stand on one side of every device. Zones do not overlap; the zone `internet`
/// may leave its networks out and is then everything that no other zone holds.
struct Zone {
  std::string name;
  std::vector<IpPrefix> networks;
  std::optional<Index> organisation;
  Place place;
};

struct DeviceInterface {
  Index zone = 0;
  std::string name;  // eth1, inside, ge-0/0/1
};

/// Address translation on a device: clients of `from` reach `server` at `outside`. Servers may
/// share an outside address (port mapping), and one server may have several.
struct Translation {
  Index server = 0;
  IpAddress outside;
  std::optional<Index> from;  // zone; no value: from every zone but the server's
};

struct Device {
  std::string name;
  std::string backend;                      // nftables, cisco-asa, ...; empty: nobody configures it
  std::vector<DeviceInterface> interfaces;  // at least two, each in another zone
  std::vector<Translation> translations;
  std::vector<Index> hides;  // zones whose hosts leave with the device's own address
  bool stateful = true;
  bool inspects_dcerpc = false;
  Place place;
};

struct LoadBalancer {
  std::string name;
  std::vector<IpAddress> addresses;
  Index zone = 0;
  std::vector<Index> servers;  // at least one
  Place place;
};

/// A Client Access array, or a cluster: servers behind one name, which share their ports. The
/// addresses are the name's own, as a virtual server of a cluster has them; often none.
struct ServerGroup {
  std::string name;
  std::vector<IpAddress> addresses;
  std::vector<Index> servers;  // at least one
  Place place;
};

/// Where the present state of a server is read from; paths are relative to the topology's file.
struct StateFiles {
  std::string registry;  // hive, folder of hives, or .reg
  std::string dump;      // JSON of pinhole dump
  std::string rpcdump;   // text of rpcdump
  std::string netstat;   // text of netstat -ban or -na
  std::string smb_conf;
  std::string app_config;  // the Address Book's .config
};

struct Server {
  std::string name;
  Index zone = 0;
  std::vector<IpAddress> addresses;  // at least one; in the zone, or in a zone of `device`
  std::optional<Index> device;       // that this server is itself: mail server and proxy in one
  OperatingSystem system = OperatingSystem::windows_2003;
  std::string product;             // id of the catalogue; empty: no Exchange
  std::vector<std::string> roles;  // roles of the product, and those of topology_words.hpp
  std::string array;               // name of one of `arrays`, or empty
  std::string cluster;             // name of one of `clusters`, or empty
  std::optional<Index> organisation;
  StateFiles state;
  Place place;
};

/// A group of clients of one kind in one zone.
struct ClientGroup {
  std::string name;
  ClientKind kind = ClientKind::mapi;
  Index zone = 0;
  std::vector<IpPrefix> networks;  // inside the zone; empty: the whole zone
  Ssl ssl = Ssl::also;
  std::optional<std::uint16_t> fixed_udp_port;  // mapi: where new-mail notifications go
  std::optional<std::uint16_t> rfc1006_port;    // mta_partner: what its X.400 listens on
  Place place;
};

/// Clients or a server must reach servers (all servers that could serve them where both lists are
/// empty).
struct Need {
  std::optional<Index> client;  // exactly one of client and server_from
  std::optional<Index> server_from;
  std::vector<Index> servers;         // arrays and clusters appear as their servers
  std::vector<Index> load_balancers;  // reached at their own addresses
  std::vector<Purpose> purposes;      // between servers only
  std::string why;                    // carried through to the rules
  Place place;
};

/// A port fixed by hand: `setting` is an id of the catalogue, of a service that this server has.
struct Pinned {
  Index server = 0;
  std::string setting;
  std::uint16_t port = 0;
  Place place;
};

struct PortPolicy {
  std::optional<PortRange> wanted;  // where new static ports are taken from
  PortSet avoid;
  std::vector<Pinned> pinned;
};

struct Topology {
  std::string title;
  std::vector<Organisation> organisations;
  std::vector<Zone> zones;
  std::vector<Device> devices;
  std::vector<LoadBalancer> load_balancers;
  std::vector<ServerGroup> arrays;
  std::vector<ServerGroup> clusters;
  std::vector<Server> servers;
  std::vector<ClientGroup> clients;
  std::vector<Need> needs;
  PortPolicy policy;
};

}  // namespace pinhole::plan
