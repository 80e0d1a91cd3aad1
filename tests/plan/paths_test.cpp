// SPDX-License-Identifier: Apache-2.0
#include "plan/paths.hpp"

#include "plan/example.hpp"

namespace pinhole::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Zones by number, and devices that join some of them.
Topology site(std::size_t zones, const std::vector<std::vector<Index>>& devices) {
  Topology topology;
  topology.zones.resize(zones);
  for (const auto& joined : devices) {
    Device device;
    for (const Index zone : joined) {
      device.interfaces.push_back({zone, {}});
    }
    topology.devices.push_back(std::move(device));
  }
  return topology;
}

TEST(Paths, TheSameZoneNeedsNoDevice) {
  const Path found = path(site(1, {}), 0, 0);
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, IsEmpty());
}

TEST(Paths, ZonesThatNoDeviceJoinsHaveNone) {
  EXPECT_FALSE(path(site(3, {{0, 1}}), 0, 2));
}

TEST(Paths, HopsAreInTheOrderOfTheWay) {
  const Topology topology = site(4, {{2, 3}, {0, 1}, {1, 2}});
  EXPECT_THAT(path(topology, 0, 3).value(), ElementsAre(Hop{1, 0, 1}, Hop{2, 1, 2}, Hop{0, 2, 3}));
  EXPECT_THAT(path(topology, 3, 0).value(), ElementsAre(Hop{0, 3, 2}, Hop{2, 2, 1}, Hop{1, 1, 0}));
}

TEST(Paths, TheFewestDevicesWin) {
  const Topology topology = site(3, {{0, 1}, {1, 2}, {0, 2}});
  EXPECT_THAT(path(topology, 0, 2).value(), ElementsAre(Hop{2, 0, 2}));
}

TEST(Paths, OfEqualWaysTheFirstDeviceWins) {
  const Topology topology = site(2, {{0, 1}, {1, 0}});
  EXPECT_THAT(path(topology, 0, 1).value(), ElementsAre(Hop{0, 0, 1}));
}

TEST(Paths, AServerThatIsADeviceIsReachedOnTheNearestInterface) {
  const Topology topology = example("same-host-as-proxy");
  Paths paths(topology);
  const Party server{Party::Kind::server, 0};
  const Party outside{Party::Kind::client, 0};
  const Party office{Party::Kind::client, 2};
  EXPECT_THAT(paths.between(outside, server).value(), ElementsAre(Hop{0, 0, 0}));
  EXPECT_THAT(paths.between(server, outside).value(), ElementsAre(Hop{0, 0, 0}));
  EXPECT_THAT(paths.between(office, server).value(), IsEmpty());
}

TEST(Paths, EachZoneLiesOnOneSideOfADevice) {
  const Topology topology = site(5, {{0, 1}, {1, 2}, {2, 3}});
  EXPECT_THAT(sides_of(topology, 1),
              ElementsAre(std::optional<Index>(0), std::optional<Index>(0), std::optional<Index>(1),
                          std::optional<Index>(1), std::nullopt));
}

TEST(Paths, WithoutDevicesNothingIsMissing) {
  Topology topology = site(2, {});
  topology.clients.resize(1);
  topology.servers.resize(1);
  topology.servers.front().zone = 1;
  Flow flow;
  flow.to = {Party::Kind::server, 0};
  EXPECT_THAT(check_paths(topology, {flow}), IsEmpty());
}

}  // namespace
}  // namespace pinhole::plan
