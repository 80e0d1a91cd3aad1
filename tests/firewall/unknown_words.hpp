// SPDX-License-Identifier: Apache-2.0
#pragma once
// Words that a reader of rules does not know.

#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "firewall/ruleset.hpp"

namespace pinhole::support {

/// A rule's text, and what of it is kept as an unknown match or as an unknown action.
struct UnknownCase {
  const char* text;
  const char* match;   // or empty
  const char* action;  // or empty
};

inline void expect_unknown(const firewall::RulesetRule& read, const UnknownCase& expected) {
  std::string match;
  std::string action;
  for (const firewall::Match& each : read.matches) {
    match += each.unknown;
  }
  for (const firewall::Action& each : read.actions) {
    if (const auto* unknown = std::get_if<firewall::UnknownAction>(&each)) {
      action += unknown->text;
    }
  }
  EXPECT_EQ(match, expected.match);
  EXPECT_EQ(action, expected.action);
}

}  // namespace pinhole::support
