// SPDX-License-Identifier: Apache-2.0
#include "plan/restarts.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinhole::plan {
namespace {

using catalogue::Restart;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Server server(std::string name, std::string product, std::vector<std::string> roles) {
  Server made;
  made.name = std::move(name);
  made.product = std::move(product);
  made.roles = std::move(roles);
  return made;
}

Assignment change(Index server, std::string service, std::string setting,
                  std::optional<std::uint16_t> before = std::nullopt) {
  return {server, std::move(service), std::move(setting), 5001, before, Choice::chosen};
}

std::vector<RestartStep> restarts(const Topology& topology,
                                  const std::vector<Assignment>& assignments) {
  return restarts_for(topology, catalogue::builtin(), assignments);
}

TEST(Restarts, AreNotNeededWhereNothingChanges) {
  Topology topology;
  topology.servers = {server("ex", "exchange-2007", {"mailbox"})};
  EXPECT_THAT(restarts(topology, {change(0, "MSExchangeIS", "is-tcp-port", 5001)}), IsEmpty());
}

TEST(Restarts, AreOfTheComputerForTheServicesOfExchange55) {
  Topology topology;
  topology.servers = {server("ex", "exchange-5.5", {})};
  const auto steps = restarts(topology, {change(0, "MSExchangeDS", "ds-tcp-port"),
                                         change(0, "MSExchangeMTA", "mta-rpc-port")});
  ASSERT_THAT(steps, SizeIs(1));
  EXPECT_EQ(steps[0].what, Restart::computer);
  EXPECT_THAT(steps[0].services, ElementsAre("MSExchangeDS", "MSExchangeMTA"));
  EXPECT_THAT(steps[0].unavailable, HasSubstr("everything on ex"));
}

TEST(Restarts, LeaveTheComputerAloneForTheMtaOfExchange55) {
  Topology topology;
  topology.servers = {server("ex", "exchange-5.5", {})};
  const auto steps = restarts(topology, {change(0, "MSExchangeMTA", "mta-rpc-port")});
  ASSERT_THAT(steps, SizeIs(1));
  EXPECT_EQ(steps[0].what, Restart::service);
}

TEST(Restarts, OfTheSystemAttendantTakeTheStoreWithThem) {
  Topology topology;
  topology.servers = {server("ex", "exchange-2007", {"mailbox"})};
  const auto steps = restarts(topology, {change(0, "MSExchangeSA", "sa-nspi-port"),
                                         change(0, "MSExchangeSA", "sa-tcp-port")});
  ASSERT_THAT(steps, SizeIs(1));
  EXPECT_EQ(steps[0].what, Restart::service);
  EXPECT_THAT(steps[0].services, ElementsAre("MSExchangeSA", "MSExchangeIS"));
  EXPECT_THAT(steps[0].unavailable, HasSubstr("mailboxes"));
}

TEST(Restarts, OfTheStoreLeaveTheAttendantAlone) {
  Topology topology;
  topology.servers = {server("ex", "exchange-2007", {"mailbox"})};
  const auto steps = restarts(topology, {change(0, "MSExchangeIS", "is-tcp-port")});
  EXPECT_THAT(steps.at(0).services, ElementsAre("MSExchangeIS"));
}

TEST(Restarts, BeginAtTheDirectoryAndEndWhereClientsAre) {
  Topology topology;
  topology.servers = {server("cas-1", "exchange-2010-sp1", {"client-access"}),
                      server("mbx", "exchange-2010-sp1", {"mailbox", "client-access"}),
                      server("dc-1", "", {"domain-controller"}),
                      server("cas-2", "exchange-2010-sp1", {"client-access"}),
                      server("dc-2", "", {"domain-controller"})};
  topology.arrays = {{"outlook", {}, {0, 3}, {}}};
  topology.servers[0].array = topology.servers[3].array = "outlook";
  const auto steps = restarts(
      topology,
      {change(0, "MSExchangeAB", "ab-rpctcpport"), change(0, "MSExchangeRPC", "rca-tcp-port"),
       change(1, "MSExchangeRPC", "rca-tcp-port"), change(2, "NTDS", "ntds-tcp-port"),
       change(3, "MSExchangeRPC", "rca-tcp-port"), change(4, "Netlogon", "netlogon-tcp-port")});
  std::vector<std::string> names;
  for (const RestartStep& step : steps) {
    names.push_back(topology.servers[step.server].name);
  }
  EXPECT_THAT(names, ElementsAre("dc-1", "dc-2", "mbx", "cas-1", "cas-2"));
  EXPECT_EQ(steps[0].what, Restart::computer);
  EXPECT_THAT(steps[0].unavailable, HasSubstr("the other domain controllers answer"));
  EXPECT_EQ(steps[1].what, Restart::service);
  EXPECT_THAT(steps[3].services, ElementsAre("MSExchangeAB", "MSExchangeRPC"));
  EXPECT_THAT(steps[3].unavailable, HasSubstr("the others of outlook answer"));
}

TEST(Restarts, OfSambaNeverNeedTheComputer) {
  Topology topology;
  topology.servers = {server("dc", "", {"domain-controller"})};
  topology.servers[0].system = OperatingSystem::linux;
  const auto steps = restarts(topology, {change(0, "NTDS", "ntds-tcp-port")});
  EXPECT_EQ(steps.at(0).what, Restart::service);
}

}  // namespace
}  // namespace pinhole::plan
