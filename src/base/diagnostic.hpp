// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is wrong, where, and what to do: one line for a person, one value for a program.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"

namespace pinhole {

/// Exit codes of every subcommand.
enum class Exit : std::uint8_t {
  good = 0,
  no = 1,           // the answer is no: a finding at error level, not registered, differs
  usage = 2,        // usage or bad input
  environment = 3,  // a port taken, no permission, no answer from some target
  bug = 70,
};

enum class Severity : std::uint8_t { note, warning, error };

/// Where: a file with line and column (from 1), or with a byte offset (from 0), or a target such
/// as `host:port`. Line 0 means unknown.
struct Place {
  std::string name;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::optional<std::uint64_t> offset;

  friend bool operator==(const Place&, const Place&) = default;
};

struct Diagnostic {
  std::string id;  // rule or error id in kebab-case, stable: `reg-dword-too-long`
  Severity severity = Severity::error;
  Place place;
  std::string message;
  std::string remedy;  // what to do; may be empty
  Exit exit = Exit::usage;

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

using Diagnostics = std::vector<Diagnostic>;

/// A value, or everything that is wrong with the input (at least one error).
template <class T>
using Checked = Expected<T, Diagnostics>;

/// `name:12:3`, `name:12`, `name: offset 0x1000`, or `name`.
[[nodiscard]] std::string to_string(const Place& place);

/// One line: `place: message; remedy`.
[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);

[[nodiscard]] const char* to_string(Severity severity);

/// A single error as the failure of a Checked<T>.
[[nodiscard]] tl::unexpected<Diagnostics> failure(Diagnostic diagnostic);

}  // namespace pinhole
