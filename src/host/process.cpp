// SPDX-License-Identifier: Apache-2.0
#include "host/process.hpp"

#include <iostream>
#include <iterator>

#include <unistd.h>

#include <nlohmann/json.hpp>

namespace pinhole::host {

void report_state(const nlohmann::json& state) {
  const std::string line =
      state.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::size_t sent = 0;
  while (sent < line.size()) {
    const ssize_t count = ::write(kReportDescriptor, line.data() + sent, line.size() - sent);
    if (count <= 0) {
      return;  // the supervisor is gone, and soon this process with it
    }
    sent += static_cast<std::size_t>(count);
  }
}

Exit report_failure(const Diagnostics& diagnostics) {
  const Diagnostic& first = diagnostics.front();
  report_state(
      {{"state", "failed"}, {"error", to_string(first)}, {"exit", static_cast<int>(first.exit)}});
  return first.exit;
}

Exit run_child() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object()) {
    return Exit::usage;  // started by hand
  }
  return document.contains("service") ? run_service(document) : run_mapper(document);
}

}  // namespace pinhole::host
