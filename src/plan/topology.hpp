// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the administrator describes: servers with products and roles, the zones that they stand in,
// the devices between zones, who must reach whom, and what is fixed beforehand. One TOML file
// (docs/topology.md, docs/schema/topology.schema.json); topology_read.hpp reads it.
//
// Values only. Names are unique in their table and compare exactly. References are kept as indices
// into the tables of the same topology, so a topology that was read is consistent.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/diagnostic.hpp"
#include "base/port_set.hpp"

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

/// What a device is printed for (firewall back-ends), or `none` for one that nobody configures.
struct DeviceInterface {
  Index zone = 0;
  std::string name;  // eth1, inside, ge-0/0/1
};

/// Address translation on a device: clients of `from` reach `server` at `outside`.
struct Translation {
  Index server = 0;
  IpAddress outside;
  std::optional<Index> from;  // zone; no value: from every zone but the server's
};

struct Device {
  std::string name;
  std::string backend;  // nftables, cisco-asa, ...
  std::vector<DeviceInterface> interfaces;
  std::vector<Translation> translations;
  bool stateful = true;
  bool inspects_dcerpc = false;
  Place place;
};

struct LoadBalancer {
  std::string name;
  std::vector<IpAddress> addresses;
  Index zone = 0;
  std::vector<Index> servers;
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

enum class OperatingSystem : std::uint8_t {
  nt4,
  windows_2000,
  windows_2003,
  windows_2008,
  windows_2008_r2,
  windows_2012,
  linux
};

struct Server {
  std::string name;
  Index zone = 0;
  std::vector<IpAddress> addresses;
  OperatingSystem system = OperatingSystem::windows_2003;
  std::string product;             // id of the catalogue; empty: no Exchange
  std::vector<std::string> roles;  // Exchange roles, and domain-controller, global-catalog,
                                   // certificate-services, rpc-proxy, front-end, public-folders
  std::string array;               // CAS array, by name; servers of one array share ports
  std::string cluster;
  std::optional<Index> organisation;
  StateFiles state;
  Place place;
};

enum class ClientKind : std::uint8_t {
  mapi,
  outlook_anywhere,
  administration,
  pop3,
  imap4,
  smtp,
  nntp,
  ldap,
  web,
  mta_partner,
  iorepl_publisher,
  iorepl_subscriber,
  front_end,
  internet_mail,
  domain_controller,
};

/// A group of clients of one kind in one zone.
struct ClientGroup {
  std::string name;
  ClientKind kind = ClientKind::mapi;
  Index zone = 0;
  Place place;
};

/// Clients or servers `from` must reach `to` (all servers that could serve them where empty).
struct Need {
  std::optional<Index> client;  // exactly one of client and server_from
  std::optional<Index> server_from;
  std::vector<Index> servers;
  std::string why;  // carried through to the rules
  Place place;
};

/// A port fixed by hand: `setting` is an id of the catalogue.
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
  std::vector<Server> servers;
  std::vector<ClientGroup> clients;
  std::vector<Need> needs;
  PortPolicy policy;
};

}  // namespace pinhole::plan
