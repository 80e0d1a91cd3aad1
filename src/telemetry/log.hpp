// SPDX-License-Identifier: Apache-2.0
#pragma once
// Structured log lines, one event each:
//
//   2026-03-01T12:00:00.123456Z warning host service-degraded service=MSExchangeIS port=56001
//
// level, component and message id are words of ours; values are escaped, and quoted where they hold
// spaces, quotes or `=`, so that a stranger's text can neither end a line nor forge a field.

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace pinhole::telemetry {

enum class Level : std::uint8_t { debug, info, warning, error, off };

[[nodiscard]] std::string_view to_string(Level level);
[[nodiscard]] std::optional<Level> parse_level(std::string_view text);

/// `key=value`; the value borrows text and owns numbers.
struct Field {
  Field(std::string_view field_key, std::string_view value) : key(field_key), text(value) {}
  Field(std::string_view field_key, const char* value) : key(field_key), text(value) {}
  Field(std::string_view field_key, const std::string& value) : key(field_key), text(value) {}
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  Field(std::string_view field_key, Number value) : key(field_key), number(std::to_string(value)) {}
  Field(std::string_view field_key, bool value) : key(field_key), text(value ? "true" : "false") {}

  std::string_view key;
  std::string_view text;
  std::string number;  // in place of text, where it is not empty
};

using Time = std::chrono::system_clock::time_point;

/// The line, newline included.
[[nodiscard]] std::string format_line(Time time, Level level, std::string_view component,
                                      std::string_view id, std::initializer_list<Field> fields);

/// Writes to a descriptor that it does not own, one write(2) a line, from any thread. A descriptor
/// that fails loses lines and nothing else: a log never stops a server.
class Log {
 public:
  explicit Log(int descriptor, Level least = Level::info)
      : descriptor_(descriptor), least_(least) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void set_level(Level least) { least_.store(least, std::memory_order_relaxed); }
  /// One relaxed load: ask before making fields that cost something.
  [[nodiscard]] bool on(Level level) const {
    return level >= least_.load(std::memory_order_relaxed);
  }

  void write(Level level, std::string_view component, std::string_view id,
             std::initializer_list<Field> fields = {});

 private:
  int descriptor_;
  std::atomic<Level> least_;
};

}  // namespace pinhole::telemetry
