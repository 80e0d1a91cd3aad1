// SPDX-License-Identifier: Apache-2.0
// All packets at once and one packet alone are two ways to the same answer.

#include <gtest/gtest.h>

#include "firewall/evaluate.hpp"
#include "firewall/explain.hpp"
#include "firewall/random_ruleset.hpp"
#include "support/random.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::size_t kFull = 5000;
constexpr unsigned kPackets = 50;

Interfaces interfaces_of(const Ruleset& ruleset) {
  std::vector<InterfaceName> names;
  collect_interfaces(ruleset, names);
  return Interfaces(std::move(names));
}

/// What the sets say about one packet.
struct Fate {
  Outcome outcome = Outcome::denied;
  Translated to;
  bool hidden = false;
};

Fate fate_of(const Decisions& decisions, const PacketPoint& point) {
  EXPECT_EQ(1, static_cast<int>(decisions.denied.contains(point)) +
                   static_cast<int>(decisions.unknown.contains(point)) +
                   std::ranges::count_if(decisions.accepted, [&point](const auto& entry) {
                     return entry.second.contains(point);
                   }));
  for (const auto& [to, packets] : decisions.accepted) {
    if (packets.contains(point)) {
      return {Outcome::accepted, to, decisions.hidden.contains(point)};
    }
  }
  return {decisions.unknown.contains(point) ? Outcome::unknown : Outcome::denied, {}, false};
}

void compare(unsigned unknowns) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 source = support::random_source();
  support::RandomRules random(source);
  for (std::size_t i = 0; i < support::random_runs(kFull); ++i) {
    const Ruleset ruleset = random.ruleset(unknowns);
    const Interfaces interfaces = interfaces_of(ruleset);
    const auto decisions = evaluate(ruleset, interfaces, interfaces.universe());
    ASSERT_TRUE(decisions) << to_string(decisions.error().front());
    for (unsigned p = 0; p < kPackets; ++p) {
      const Packet packet = random.packet();
      const auto walked = explain(ruleset, packet);
      ASSERT_TRUE(walked);
      const Fate fate = fate_of(*decisions, interfaces.point(packet));
      ASSERT_EQ(fate.outcome, walked->outcome) << i << " " << to_string(packet);
      ASSERT_EQ(fate.to, walked->to) << i << " " << to_string(packet);
      if (unknowns == 0) {
        ASSERT_EQ(fate.hidden, walked->hidden) << i << " " << to_string(packet);
      }
    }
  }
}

TEST(Evaluation, AgreesWithTheWalkOfOnePacket) {
  compare(0);
}

TEST(Evaluation, AgreesWithTheWalkWhereSomeIsNotUnderstood) {
  compare(8);
}

TEST(Attribution, NamesTheRuleThatTheWalkNames) {
  SCOPED_TRACE(support::how_to_repeat());
  std::mt19937 source = support::random_source();
  support::RandomRules random(source);
  for (std::size_t i = 0; i < support::random_runs(kFull); ++i) {
    const Ruleset ruleset = random.ruleset(0);
    const Interfaces interfaces = interfaces_of(ruleset);
    const auto decided = attribute(ruleset, interfaces, interfaces.universe());
    ASSERT_TRUE(decided);
    for (unsigned p = 0; p < kPackets; ++p) {
      const Packet packet = random.packet();
      const auto walked = explain(ruleset, packet);
      ASSERT_TRUE(walked);
      const PacketPoint point = interfaces.point(packet);
      for (const Decided& one : *decided) {
        if (one.packets.contains(point)) {
          ASSERT_EQ(one.by, walked->by) << i << " " << to_string(packet);
          ASSERT_EQ(one.outcome, walked->outcome);
        }
      }
    }
  }
}

}  // namespace
}  // namespace pinhole::firewall
