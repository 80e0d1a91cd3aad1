// SPDX-License-Identifier: Apache-2.0
#include "telemetry/counters.hpp"

#include <iterator>

#include <fmt/format.h>

namespace pinhole::telemetry {
namespace {

struct Row {
  std::string_view name;
  std::string_view kind;
  std::string_view help;
};

constexpr std::array<Row, kCounters> kRows{{
#define X(name, kind, help) {#name, #kind, help},
    PINHOLE_COUNTERS(X)
#undef X
}};

}  // namespace

std::string_view to_string(Counter counter) {
  return kRows.at(static_cast<std::size_t>(counter)).name;
}

std::string Counters::prometheus_text() const {
  std::string out;
  for (std::size_t i = 0; i < kCounters; ++i) {
    const Row& row = kRows.at(i);
    fmt::format_to(std::back_inserter(out),
                   "# HELP pinhole_{0} {1}\n# TYPE pinhole_{0} {2}\npinhole_{0} {3}\n", row.name,
                   row.help, row.kind, value(static_cast<Counter>(i)));
  }
  return out;
}

}  // namespace pinhole::telemetry
