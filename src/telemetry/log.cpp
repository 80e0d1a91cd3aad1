// SPDX-License-Identifier: Apache-2.0
#include "telemetry/log.hpp"

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <iterator>

#include <unistd.h>

#include <fmt/format.h>

namespace pinhole::telemetry {
namespace {

// POSIX keeps one write of this size in one piece even where the descriptor is a pipe.
constexpr std::size_t kLineMost = 4096;

bool is_plain(char c) {
  return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '=';
}

// ASCII alone goes through: a log is read by tools before it is read by people.
void append_value(std::string& out, std::string_view value) {
  bool plain = !value.empty();
  for (const char c : value) {
    plain = plain && is_plain(c);
  }
  if (plain) {
    out += value;
    return;
  }
  out += '"';
  for (const char c : value) {
    if (is_plain(c) || c == ' ' || c == '=') {
      out += c;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint8_t>(c));
    }
  }
  out += '"';
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
    case Level::off:
      return "off";
  }
  return "?";
}

std::optional<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error, Level::off}) {
    if (text == to_string(level)) {
      return level;
    }
  }
  return std::nullopt;
}

std::string format_line(Time time, Level level, std::string_view component, std::string_view id,
                        std::initializer_list<Field> fields) {
  const auto since = std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const std::time_t whole = seconds.count();
  std::tm utc{};
  gmtime_r(&whole, &utc);
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z {} {} {}", utc.tm_year + 1900,
                  utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                  (since - seconds).count(), to_string(level), component, id);
  for (const Field& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    append_value(out, field.number.empty() ? field.text : std::string_view(field.number));
  }
  out += '\n';
  if (out.size() > kLineMost) {
    constexpr std::string_view kCut = "...\n";
    out.resize(kLineMost - kCut.size());
    out += kCut;
  }
  return out;
}

void Log::write(Level level, std::string_view component, std::string_view id,
                std::initializer_list<Field> fields) {
  if (!on(level) || level == Level::off) {
    return;
  }
  const std::string line =
      format_line(std::chrono::system_clock::now(), level, component, id, fields);
  while (::write(descriptor_, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace pinhole::telemetry
