// SPDX-License-Identifier: Apache-2.0
#pragma once
// A mistake in a topology, and all that is said about it.

#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "plan/site.hpp"

namespace pinhole::plan {

struct BadCase {
  std::string name;
  std::string text;  // after kSite
  std::string mistakes;
};

inline std::ostream& operator<<(std::ostream& out, const BadCase& bad) {
  return out << bad.text;
}

/// Its one test stands in topology_mistakes_test.cpp; any file may have cases for it.
class BadTopology : public testing::TestWithParam<BadCase> {};

}  // namespace pinhole::plan
