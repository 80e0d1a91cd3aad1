// SPDX-License-Identifier: Apache-2.0
#include "lab/layout.hpp"

#include <algorithm>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/catalogue.hpp"
#include "lab/default_topology.hpp"
#include "lab/ip_text.hpp"
#include "plan/topology_read.hpp"

namespace pinhole::lab {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

plan::Topology topology_of(std::string_view text) {
  auto read = plan::read_topology(text, "site.toml", catalogue::builtin());
  if (!read) {
    throw std::runtime_error(to_string(read.error().front()));
  }
  return *std::move(read);
}

Layout layout_of(std::string_view text) {
  auto made = make_layout(topology_of(text), "t");
  if (!made) {
    throw std::runtime_error(to_string(made.error().front()));
  }
  return *std::move(made);
}

const Node& node_of(const Layout& layout, std::string_view space) {
  return *std::ranges::find(layout.nodes, space, &Node::space);
}

std::vector<std::string> addresses_of(const Link& link) {
  std::vector<std::string> texts;
  for (const IpAddress& address : link.addresses) {
    texts.push_back(to_string(address));
  }
  return texts;
}

std::vector<std::string> routes_of(const Node& node) {
  std::vector<std::string> texts;
  for (const Route& route : node.routes) {
    texts.push_back(to_string(route.to) + (route.via ? " via " + to_string(*route.via) : "") +
                    " dev " + route.interface);
  }
  return texts;
}

/// Clients, a DMZ between two devices, and servers; the outer device faces the Internet.
constexpr std::string_view kTwoDevices = R"(
[[zone]]
name = "internet"
[[zone]]
name = "dmz"
networks = ["192.0.2.0/26", "2001:db8:d::/64"]
[[zone]]
name = "lan"
networks = ["10.0.0.0/29"]
[[device]]
name = "Outer_FW"
interfaces = { internet = "ge-0/0/1", dmz = "inside" }
[[device.translation]]
server = "ex-1"
outside = "203.0.113.5"
[[device]]
name = "dmz"
interfaces = { dmz = "a-name-that-is-too-long", lan = "eth1" }
[[server]]
name = "ex-1"
zone = "lan"
addresses = ["10.0.0.1"]
product = "exchange-2003"
roles = ["back-end"]
[[client]]
name = "travellers"
kind = "web"
zone = "internet"
[[client]]
name = "staff"
kind = "mapi"
zone = "lan"
[[client]]
name = "others"
kind = "mapi"
zone = "lan"
networks = ["10.0.0.6/32"]
[[need]]
from = "travellers"
to = ["ex-1"]
[[need]]
from = "staff"
to = ["ex-1"]
)";

TEST(Layout, DefaultTopologyHasItsGatewaysFirstAndItsClientsAfterThem) {
  const Layout layout = layout_of(default_topology());
  EXPECT_EQ(layout.wires, "pinhole-t-wires");
  ASSERT_EQ(layout.nodes.size(), 3U);
  const Node& device = node_of(layout, "pinhole-t-inner-firewall");
  EXPECT_THAT(addresses_of(device.links[0]), ElementsAre("192.168.10.1"));
  EXPECT_THAT(addresses_of(device.links[1]), ElementsAre("192.168.20.1"));
  EXPECT_THAT(addresses_of(node_of(layout, "pinhole-t-ex07-1").links[0]),
              ElementsAre("192.168.20.11"));
  EXPECT_THAT(addresses_of(node_of(layout, "pinhole-t-clients").links[0]),
              ElementsAre("192.168.10.100"));
  EXPECT_THAT(routes_of(node_of(layout, "pinhole-t-clients")),
              ElementsAre("192.168.10.0/24 dev eth0", "192.168.20.0/24 via 192.168.10.1 dev eth0"));
}

TEST(Layout, NamesArePlainAndDiffer) {
  const Layout layout = layout_of(kTwoDevices);
  EXPECT_EQ(layout.nodes[0].space, "pinhole-t-outer-fw");
  EXPECT_EQ(layout.nodes[1].space, "pinhole-t-dmz");
  EXPECT_EQ(layout.nodes[2].space, "pinhole-t-ex-1");
  // What Linux takes for no name of an interface gets one that is free.
  EXPECT_EQ(layout.nodes[0].links[0].interface, "inside");
  EXPECT_EQ(layout.nodes[0].links[1].interface, "eth1");
  EXPECT_EQ(layout.nodes[1].links[0].interface, "eth2");
  EXPECT_EQ(layout.nodes[1].links[1].interface, "eth1");
}

TEST(Layout, FreeAddressesAreNobodysElse) {
  const Layout layout = layout_of(kTwoDevices);
  // The outside address of a server is its device's too; .1 is free, .5 is not.
  EXPECT_THAT(addresses_of(layout.nodes[0].links[1]),
              ElementsAre("203.0.113.1", "3fff::1", "203.0.113.5"));
  EXPECT_THAT(addresses_of(layout.nodes[0].links[0]), ElementsAre("192.0.2.1", "2001:db8:d::1"));
  EXPECT_THAT(addresses_of(layout.nodes[1].links[0]), ElementsAre("192.0.2.2", "2001:db8:d::2"));
  EXPECT_THAT(addresses_of(layout.nodes[1].links[1]), ElementsAre("10.0.0.2"));
  // A group with networks of its own brings an address of its own.
  EXPECT_THAT(addresses_of(node_of(layout, "pinhole-t-lan").links[0]),
              ElementsAre("10.0.0.4", "10.0.0.6"));
}

TEST(Layout, RoutesFollowThePathsOfThePlan) {
  const Layout layout = layout_of(kTwoDevices);
  EXPECT_THAT(routes_of(node_of(layout, "pinhole-t-ex-1")),
              ElementsAre("10.0.0.0/29 dev eth0", "0.0.0.0/0 via 10.0.0.2 dev eth0",
                          "192.0.2.0/26 via 10.0.0.2 dev eth0"));
  EXPECT_THAT(routes_of(layout.nodes[0]),
              ElementsAre("192.0.2.0/26 dev inside", "2001:db8:d::/64 dev inside",
                          "203.0.113.0/24 dev eth1", "3fff::/20 dev eth1",
                          "10.0.0.0/29 via 192.0.2.2 dev inside"));
}

TEST(Layout, ZoneWithoutAFreeAddressIsRefusedWithItsPlace) {
  std::string text(default_topology());
  const std::string_view network = "192.168.20.0/24";
  text.replace(text.find(network), network.size(), "192.168.20.11/32");
  const auto made = make_layout(topology_of(text), "t");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().front().exit, Exit::usage);
  EXPECT_EQ(made.error().front().place.name, "site.toml");
  EXPECT_THAT(made.error().front().message, HasSubstr("no IPv4 address is left in zone servers"));
}

TEST(IpText, EveryPairOfVethHasItsEndsInTheLab) {
  const Layout layout = layout_of(default_topology());
  EXPECT_EQ(space_commands(layout),
            "netns add pinhole-t-wires\nnetns add pinhole-t-inner-firewall\n"
            "netns add pinhole-t-ex07-1\nnetns add pinhole-t-clients\n");
  EXPECT_THAT(wire_commands(layout),
              HasSubstr("link add port1 type veth peer name eth1 netns pinhole-t-inner-firewall\n"
                        "link set port1 master zone0\n"));
  EXPECT_EQ(node_commands(node_of(layout, "pinhole-t-ex07-1")),
            "link set lo up\nlink set eth0 up\naddress add 192.168.20.11/32 dev eth0\n"
            "route add 192.168.20.0/24 dev eth0\n"
            "route add 192.168.10.0/24 via 192.168.20.1 dev eth0\n");
}

}  // namespace
}  // namespace pinhole::lab
