// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include "catalogue/catalogue.hpp"
#include "inspect/probe_connection.hpp"

namespace pinhole::inspect {
namespace {

std::vector<ProbeResult> results(std::initializer_list<ProbeState> states) {
  std::vector<ProbeResult> all;
  for (const ProbeState state : states) {
    ProbeResult& one = all.emplace_back();
    one.state = state;
    one.task.port = static_cast<std::uint16_t>(all.size());
  }
  return all;
}

TEST(ProbeVerdict, WhatIsNamedMustSpeak) {
  using enum ProbeState;
  EXPECT_EQ(verdict_of(results({speaks, speaks}), ProbeScope::named), Exit::good);
  for (const ProbeState state :
       {silent, something_else, closed, filtered, open_or_filtered, unreachable}) {
    EXPECT_EQ(verdict_of(results({speaks, state}), ProbeScope::named), Exit::no)
        << to_string(state);
  }
}

TEST(ProbeVerdict, ASurveyForgivesWhatIsNotThereAndNothingStrange) {
  using enum ProbeState;
  EXPECT_EQ(verdict_of(results({speaks, closed, filtered, open_or_filtered}), ProbeScope::survey),
            Exit::good);
  EXPECT_EQ(verdict_of(results({closed, filtered}), ProbeScope::survey), Exit::no);
  EXPECT_EQ(verdict_of(results({speaks, silent}), ProbeScope::survey), Exit::no);
  EXPECT_EQ(verdict_of(results({speaks, something_else}), ProbeScope::survey), Exit::no);
}

TEST(ProbeVerdict, OfThoseThatShareAPortOneIsEnough) {
  using enum ProbeState;
  auto shared = results({speaks, something_else, speaks});
  EXPECT_EQ(verdict_of(shared, ProbeScope::port), Exit::no);
  shared[1].task.port = shared[0].task.port;
  EXPECT_EQ(verdict_of(shared, ProbeScope::port), Exit::good);
  EXPECT_EQ(verdict_of(shared, ProbeScope::survey), Exit::good);
  EXPECT_EQ(verdict_of(shared, ProbeScope::named), Exit::no);
}

TEST(ProbeVerdict, OneIsEnoughToKnowWhatIsThere) {
  using enum ProbeState;
  EXPECT_EQ(verdict_of(results({something_else, speaks, silent}), ProbeScope::identify),
            Exit::good);
  EXPECT_EQ(verdict_of(results({something_else, silent}), ProbeScope::identify), Exit::no);
}

TEST(ProbeVerdict, WhoCannotAskKnowsNothing) {
  using enum ProbeState;
  for (const ProbeState state : {local, unresolved, unfinished}) {
    EXPECT_EQ(verdict_of(results({speaks, state}), ProbeScope::survey), Exit::environment);
  }
}

TEST(ProbeState, AResetIsClosedAndAMessageNamesItsSender) {
  const Icmp port_unreachable{3, 3};
  EXPECT_EQ(state_of({Contact::refused, "", ""}), ProbeState::closed);
  EXPECT_EQ(state_of({Contact::refused, "10.0.0.1", "", port_unreachable}),
            ProbeState::unreachable);
  EXPECT_EQ(state_of({Contact::timeout, "", ""}), ProbeState::filtered);
  EXPECT_EQ(state_of({Contact::local, "", ""}), ProbeState::local);
}

TEST(ProbeState, OverUdpTheTargetsOwnMessageIsAClosedPort) {
  const Icmp port_unreachable{3, 3};
  const Touch own{Contact::refused, "10.0.0.5", "", port_unreachable};
  EXPECT_EQ(datagram_state_of(own, "10.0.0.5"), ProbeState::closed);
  EXPECT_EQ(datagram_state_of(own, "10.0.0.6"), ProbeState::unreachable);
}

TEST(ProbeTable, EachRowIsAProtocolOfTheCatalogue) {
  const auto& ports = catalogue::builtin().ports;
  for (const probe::Row& row : probe::table()) {
    const auto fits = [&](const catalogue::PortUse& use) {
      const auto has = [&](const PortRange& range) {
        return row.port >= range.first && row.port <= range.last;
      };
      return use.protocol == row.protocol &&
             std::ranges::find(use.transports, to_string(row.transport)) != use.transports.end() &&
             (row.port == 0 || std::ranges::any_of(use.ports, has) ||
              std::ranges::any_of(use.ssl_ports, has));
    };
    EXPECT_TRUE(std::ranges::any_of(ports, fits)) << row.service << " " << row.port;
  }
}

}  // namespace
}  // namespace pinhole::inspect
