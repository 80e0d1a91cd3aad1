// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random tests that can be repeated: one seed for a run, printed by ./test and by each failure.
//
//   PINHOLE_SEED            the seed; without it one is drawn
//   PINHOLE_RANDOM_PERCENT  how much of their full length random tests run; without it 1

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace pinhole::support {

inline std::optional<std::uint32_t> number_from_environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) {
    return std::nullopt;
  }
  const std::string_view digits = text;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
  return error == std::errc{} && end == digits.end() ? std::optional(number) : std::nullopt;
}

/// The seed of this run.
inline std::uint32_t random_seed() {
  static const std::uint32_t seed =
      number_from_environment("PINHOLE_SEED").value_or(std::random_device{}());
  return seed;
}

/// For SCOPED_TRACE: what repeats this run.
inline std::string how_to_repeat() {
  return "PINHOLE_SEED=" + std::to_string(random_seed());
}

/// A generator with the seed of this run.
inline std::mt19937 random_source() {
  return std::mt19937(random_seed());
}

/// How many of `full` runs to make: at least one.
inline std::size_t random_runs(std::size_t full) {
  const std::size_t percent = number_from_environment("PINHOLE_RANDOM_PERCENT").value_or(1);
  return std::max<std::size_t>(1, full * percent / 100);
}

}  // namespace pinhole::support
