// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.hpp"

#include "plan/example.hpp"

namespace pinhole::plan {
namespace {

Server server(OperatingSystem system, std::string_view product) {
  Server made;
  made.system = system;
  made.product = product;
  return made;
}

struct RangeCase {
  OperatingSystem system;
  std::string_view product;
  PortRange range;
};

class DynamicRangeOf : public testing::TestWithParam<RangeCase> {};

TEST_P(DynamicRangeOf, FollowsProductAndWindows) {
  EXPECT_EQ(dynamic_range_of(server(GetParam().system, GetParam().product), catalogue::builtin()),
            GetParam().range);
}

INSTANTIATE_TEST_SUITE_P(
    Plan, DynamicRangeOf,
    testing::Values(RangeCase{OperatingSystem::nt4, "exchange-5.5", {1024, 5000}},
                    RangeCase{OperatingSystem::windows_2000, "exchange-5.5", {1025, 5000}},
                    RangeCase{OperatingSystem::windows_2003, "exchange-2007", {1025, 5000}},
                    RangeCase{OperatingSystem::windows_2008, "exchange-2007", {1025, 60000}},
                    RangeCase{OperatingSystem::windows_2008_r2, "exchange-2010-sp1", {6005, 65534}},
                    RangeCase{OperatingSystem::windows_2012, "exchange-2010-sp1", {49152, 65535}},
                    RangeCase{OperatingSystem::nt4, "", {1024, 5000}},
                    RangeCase{OperatingSystem::windows_2003, "", {1025, 5000}},
                    RangeCase{OperatingSystem::windows_2008_r2, "", {49152, 65535}},
                    RangeCase{OperatingSystem::linux, "", {49152, 65535}}),
    [](const auto& param) { return fmt::format("{}", param.index); });

/// Two servers of 2007 with a port for the first store only.
Plan small_plan() {
  Plan plan;
  plan.topology.servers = {server(OperatingSystem::windows_2003, "exchange-2007"),
                           server(OperatingSystem::windows_2003, "exchange-2007")};
  plan.assignments = {assigned(0, "MSExchangeIS", "is-tcp-port", 56001),
                      assigned(0, "MSExchangeSA", "sa-tcp-port", 56002),
                      assigned(1, "MSExchangeSA", "sa-tcp-port", 56003)};
  return plan;
}

TEST(Plan, AnAssignmentIsFoundByServerAndSetting) {
  const Plan plan = small_plan();
  ASSERT_NE(find_assignment(plan, 1, "sa-tcp-port"), nullptr);
  EXPECT_EQ(find_assignment(plan, 1, "sa-tcp-port")->port, 56003);
  EXPECT_EQ(find_assignment(plan, 1, "is-tcp-port"), nullptr);
  EXPECT_EQ(find_assignment(plan, 2, "is-tcp-port"), nullptr);
}

std::string ports(const FlowPorts& wanted) {
  Flow flow;
  flow.ports = wanted;
  return to_string(ports_of(small_plan(), flow, catalogue::builtin()));
}

TEST(Plan, PortsAreThoseKnownBeforehand) {
  EXPECT_EQ(ports({PortSet({25, 25}), {}, {}}), "25");
}

TEST(Plan, PortsAreThoseAssignedToEachServer) {
  EXPECT_EQ(ports({{}, {{0, "sa-tcp-port"}, {1, "sa-tcp-port"}}, {}}), "56002-56003");
}

TEST(Plan, ASettingThatNobodyAssignedLeavesTheDefaultOfItsListener) {
  EXPECT_EQ(ports({{}, {{0, "is-http-port"}}, {}}), "6001");
  EXPECT_EQ(ports({{}, {{0, "mta-rfc1006-port"}}, {}}), "102");
}

TEST(Plan, WithoutADefaultItLeavesTheDynamicRange) {
  EXPECT_EQ(ports({{}, {{1, "is-tcp-port"}}, {}}), "1025-5000");
  EXPECT_EQ(ports({{}, {}, 0}), "1025-5000");
}

}  // namespace
}  // namespace pinhole::plan
