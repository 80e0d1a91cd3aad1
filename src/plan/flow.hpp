// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who must reach what: the needs of a topology made concrete, one flow for each party, server and
// listener. A flow exists before its port does: a static port is named by the setting that gives
// it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/port_set.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

/// One end of a flow, as an index into the topology's table.
struct Party {
  enum class Kind : std::uint8_t { client, server, load_balancer };

  Kind kind = Kind::client;
  Index index = 0;

  friend auto operator<=>(const Party&, const Party&) = default;
};

enum class Transport : std::uint8_t { tcp, udp };

/// A server's setting of the catalogue that holds a port.
struct PortSetting {
  Index server = 0;
  std::string setting;  // id of the catalogue

  friend auto operator<=>(const PortSetting&, const PortSetting&) = default;
};

/// Exactly one of the three says which ports of `to` are meant.
struct FlowPorts {
  PortSet fixed;                      // known beforehand
  std::vector<PortSetting> settings;  // static: behind a load balancer one for each server
  std::optional<Index> dynamic_of;    // no setting fixes it: the dynamic range of this server

  friend bool operator==(const FlowPorts&, const FlowPorts&) = default;
};

enum class Needed : std::uint8_t { required, recommended, optional };

struct Flow {
  std::string id;  // stable and unique: `outlook>ex-1:is-tcp-port`, lower case, no spaces
  Party from;
  Party to;
  Transport transport = Transport::tcp;
  PortSet source_ports;  // empty: any
  FlowPorts ports;
  std::string service;                  // short name, or the protocol where no service is behind it
  std::string protocol;                 // what is spoken: `MS-RPC`, `SMTP`, ...
  std::vector<std::string> interfaces;  // ids of the catalogue; empty: none, or any (the mapper)
  Needed needed = Needed::required;
  std::string catalogue_flow;  // id of the row of data/flows.toml that asks for it
  std::string why;             // the need's own text, else the row's
  Place place;                 // of the need

  friend bool operator==(const Flow& a, const Flow& b) { return a.id == b.id; }
};

}  // namespace pinhole::plan
