// SPDX-License-Identifier: Apache-2.0
#pragma once
// A topology as network namespaces: which there are, how they are joined, and every address and
// route. Values only; nothing is made here.
//
// A namespace of its own for each device, server and load balancer, and one for the clients of each
// zone that has clients. One more, the wires, holds a bridge for each zone: every other namespace
// is joined to it by a pair of veth, so that none of them has an end outside the lab.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/diagnostic.hpp"
#include "plan/topology.hpp"

namespace pinhole::lab {

enum class Kind : std::uint8_t { clients, device, server, load_balancer };

/// One interface of a namespace, on the bridge of a zone. Of each family the first address is the
/// one that its own connections leave with.
struct Link {
  plan::Index zone = 0;
  std::string interface;
  std::vector<IpAddress> addresses;
};

struct Route {
  IpPrefix to;
  std::string interface;
  std::optional<IpAddress> via;  // absent: on the link itself
};

struct Node {
  Kind kind = Kind::clients;
  plan::Index index = 0;  // into the topology's table; of clients, their zone
  std::string name;       // as the topology has it
  std::string space;      // name of the namespace
  std::vector<Link> links;
  std::vector<Route> routes;
  /// The server that runs here: of a device, the one that is this device.
  std::optional<plan::Index> server;
};

struct Layout {
  std::string wires;  // name of the namespace with the bridges
  std::vector<Node> nodes;
};

/// Names begin with `pinhole-NAME-`. Addresses that the topology does not give are free ones of
/// their zone, devices' from the lowest on; the zone `internet` without networks gets one that is
/// for documentation (RFC 5737, RFC 3849, RFC 9637). A zone that has no address left is exit 2.
[[nodiscard]] Checked<Layout> make_layout(const plan::Topology& topology, std::string_view name);

}  // namespace pinhole::lab
