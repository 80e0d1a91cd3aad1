// SPDX-License-Identifier: Apache-2.0
#include "firewall/exposure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firewall/build_ruleset.hpp"

namespace pinhole::firewall {
namespace {

using namespace support;
using testing::SizeIs;

std::vector<Match> tcp_to(const char* host, Match ports) {
  return {is(Field::family, 4), on(Field::destination, host), is(Field::protocol, 6),
          std::move(ports)};
}

TEST(Exposure, CountsPairsOfHostAndPort) {
  auto one = tcp_to("10.0.0.5", port(135));
  one.push_back(on(Field::source, "10.1.0.0/24"));
  const auto found = exposure(ruleset(
      {forward({rule(1, one, accept()), rule(2, tcp_to("10.0.0.8/30", port(80, 89)), accept())})}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pairs, 41);
  EXPECT_EQ(found->hosts, 5);
  EXPECT_EQ(found->dynamic, 5 * 16384);
  EXPECT_FALSE(found->unknown);
  ASSERT_THAT(found->openings, SizeIs(2));
  EXPECT_EQ(found->openings[0].sources, 256);
  EXPECT_EQ(to_string(found->openings[0].ports), "135");
  EXPECT_EQ(found->openings[1].sources, 4294967296.0);
  EXPECT_EQ(to_string(found->openings[1].ports), "80-89");
  EXPECT_EQ(found->openings[1].pairs, 40);
}

TEST(Exposure, CountsWhatIsNotKnownAsOpen) {
  auto matches = tcp_to("10.0.0.5", port(135));
  matches.push_back(unknown("meta mark 1"));
  const auto found = exposure(ruleset({forward({rule(1, matches, accept())})}));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->unknown);
  EXPECT_EQ(found->pairs, 1);
}

TEST(Exposure, IsAllPortsWhereNothingFilters) {
  const auto found = exposure(Ruleset{"empty", "nftables", {}});
  ASSERT_TRUE(found);
  ASSERT_THAT(found->openings, SizeIs(4));
  EXPECT_EQ(to_string(found->openings[0].ports), "0-65535");
  EXPECT_EQ(found->openings[0].pairs, 4294967296.0 * 65536);
}

}  // namespace
}  // namespace pinhole::firewall
