// SPDX-License-Identifier: Apache-2.0
#include "host/report.hpp"

#include <unistd.h>

#include "base/bytes.hpp"
#include "host/config.hpp"

namespace pinhole::host {

using nlohmann::json;

json to_json_value(const Readings& readings) {
  json object = json::object();
  for (const auto& [id, value] : readings) {
    object[id] = value ? json{{"type", static_cast<std::uint32_t>(value->type)},
                              {"data", to_hex(value->data)}}
                       : json();
  }
  return object;
}

Readings readings_of(const json& from) {
  Readings readings;
  for (const auto& [id, each] : from.items()) {
    if (each.is_null()) {
      readings.emplace(id, std::nullopt);
      continue;
    }
    registry::Value value;
    value.type = static_cast<registry::Type>(each.at("type").get<std::uint32_t>());
    value.data = from_hex(each.at("data").get<std::string>());
    readings.emplace(id, std::move(value));
  }
  return readings;
}

void report(const json& event) {
  const std::string line = event.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(kReportDescriptor, rest.data(), rest.size());
    if (written < 0) {
      return;
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void report_failure(const Diagnostics& diagnostics) {
  std::string message;
  Exit exit = Exit::usage;
  for (const Diagnostic& each : diagnostics) {
    message += (message.empty() ? "" : "; ") + to_string(each);
    exit = each.exit == Exit::environment ? each.exit : exit;
  }
  report({{"event", "failed"}, {"message", message}, {"exit", static_cast<int>(exit)}});
}

}  // namespace pinhole::host
