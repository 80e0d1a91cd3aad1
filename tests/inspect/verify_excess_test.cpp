// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify_excess.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinhole::inspect {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

ExcessTarget target(const char* address, PortSet planned) {
  return {*parse_address(address), address, std::move(planned)};
}

TEST(ExcessTries, LeaveOutWhatIsPlannedAndTakeTargetsInTurn) {
  const std::vector<ExcessTarget> targets = {target("10.0.0.1", PortSet({135, 135})),
                                             target("10.0.0.2", PortSet({136, 137}))};
  EXPECT_THAT(excess_tries(targets, PortSet({135, 137})),
              testing::ElementsAre(ExcessTry{1, 135}, ExcessTry{0, 136}, ExcessTry{0, 137}));
}

TEST(ExcessTries, AllPortsEndAtTheLastOneAndLeaveOutZero) {
  const std::vector<ExcessTarget> targets = {target("10.0.0.1", {})};
  const auto tries = excess_tries(targets, PortSet({0, 65535}));
  ASSERT_EQ(tries.size(), 65535U);
  EXPECT_EQ(tries.front().port, 1);
  EXPECT_EQ(tries.back().port, 65535);
}

TEST(ExcessRate, SpreadsTheTriesOverEachSecond) {
  EXPECT_EQ(start_of(0, 200), nanoseconds(0));
  EXPECT_EQ(start_of(1, 200), std::chrono::milliseconds(5));
  EXPECT_EQ(start_of(200, 200), seconds(1));
  EXPECT_EQ(start_of(65535, 1), seconds(65535));
  EXPECT_LT(start_of(2, 3), start_of(3, 3));
}

}  // namespace
}  // namespace pinhole::inspect
