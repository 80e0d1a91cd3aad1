// SPDX-License-Identifier: Apache-2.0
#include "host/log.hpp"

#include <cstdio>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pinhole::host {
namespace {

bool is_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/[]";
  return !text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos;
}

}  // namespace

void log(std::string_view level, std::string_view event, LogMembers members) {
  std::string line = fmt::format("{:%Y-%m-%dT%H:%M:%SZ} level={} event={}",
                                 fmt::gmtime(std::time(nullptr)), level, event);
  for (const auto& [name, value] : members) {
    const std::string shown =
        is_word(value)
            ? value
            : nlohmann::json(value).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    line += fmt::format(" {}={}", name, shown);
  }
  fmt::print(stderr, "{}\n", line);
}

}  // namespace pinhole::host
