// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a reader of rules gives up. Only read_tables catches a Stop; nothing of it leaves this
// room.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// The text cannot be followed from here on.
struct Stop {
  std::string id;
  std::uint32_t line = 0;
  std::string message;
  std::string remedy;
};

/// A condition that is not understood.
[[nodiscard]] inline Match unknown_match(std::string text) {
  Match match;
  match.unknown = std::move(text);
  return match;
}

/// The tables that `read` returns, or why it stopped; `name` stands in the place of the mistake.
template <typename Read>
[[nodiscard]] Checked<Ruleset> read_tables(const std::string& name, std::string_view dialect,
                                           Read read) {
  try {
    return Ruleset{.name = name, .dialect = std::string(dialect), .tables = read()};
  } catch (const Stop& stop) {
    return failure({.id = stop.id,
                    .severity = Severity::error,
                    .place = {.name = name, .line = stop.line, .column = 0, .offset = {}},
                    .message = stop.message,
                    .remedy = stop.remedy,
                    .exit = Exit::usage});
  }
}

}  // namespace pinhole::firewall
