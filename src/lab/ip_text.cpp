// SPDX-License-Identifier: Apache-2.0
#include "lab/ip_text.hpp"

#include <set>

#include <fmt/format.h>

#include "lab/addresses.hpp"

namespace pinhole::lab {

std::string space_commands(const Layout& layout) {
  std::string text = fmt::format("netns add {}\n", layout.wires);
  for (const Node& node : layout.nodes) {
    text += fmt::format("netns add {}\n", node.space);
  }
  return text;
}

std::string wire_commands(const Layout& layout) {
  std::string text;
  std::set<plan::Index> bridges;
  int ports = 0;
  for (const Node& node : layout.nodes) {
    for (const Link& link : node.links) {
      if (bridges.insert(link.zone).second) {
        text += fmt::format(
            "link add zone{0} type bridge stp_state 0 mcast_snooping 0\n"
            "link set zone{0} up\n",
            link.zone);
      }
      ++ports;
      text += fmt::format(
          "link add port{0} type veth peer name {1} netns {2}\n"
          "link set port{0} master zone{3}\n"
          "link set port{0} up\n",
          ports, link.interface, node.space, link.zone);
    }
  }
  return text;
}

std::string node_commands(const Node& node) {
  std::string text = "link set lo up\n";
  for (const Link& link : node.links) {
    text += fmt::format("link set {} up\n", link.interface);
    for (const IpAddress& address : link.addresses) {
      text += fmt::format("address add {} dev {}{}\n", to_string(host_prefix(address)),
                          link.interface, address.is_v4() ? "" : " nodad");
    }
  }
  for (const Route& route : node.routes) {
    text += fmt::format("route add {} {}dev {}\n", to_string(route.to),
                        route.via ? fmt::format("via {} ", to_string(*route.via)) : "",
                        route.interface);
  }
  return text;
}

}  // namespace pinhole::lab
