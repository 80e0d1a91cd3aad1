// SPDX-License-Identifier: Apache-2.0
#pragma once
// Texts with what a reader makes of them, named for the tests that run over them.

#include <cstdint>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "base/diagnostic.hpp"

namespace pinhole::snapshot {

/// A text in one of the forms that are read.
template <class Expected>
struct Form {
  const char* name = "";
  std::string text;
  Expected expected;
};

template <class Expected>
std::ostream& operator<<(std::ostream& out, const Form<Expected>& each) {
  return out << each.name;
}

/// A text that is refused.
struct Fault {
  const char* name;
  std::string text;
  const char* id;
  std::uint32_t at;  // the line, or the offset of a text whose lines mean nothing
};

inline std::ostream& operator<<(std::ostream& out, const Fault& each) {
  return out << each.name;
}

/// The place of the refusal, once it has the fault's id and a remedy.
template <class T>
Place place_of(const Fault& fault, const Checked<T>& read) {
  if (read) {
    ADD_FAILURE() << "read without a fault";
    return {};
  }
  EXPECT_EQ(read.error().front().id, fault.id);
  EXPECT_FALSE(read.error().front().remedy.empty());
  return read.error().front().place;
}

}  // namespace pinhole::snapshot
