// SPDX-License-Identifier: Apache-2.0
#pragma once
// What children tell their supervisor: one JSON value a line, with the member `event`.
//   bound     a service has its sockets; its whole state (see service_process.cpp)
//   ready     the mapper listens; a service has registered, or has nothing to register
//   mapper    a service lost the mapper (`registered` false) or has it again
//   failed    it cannot start: `message`, `exit`

#include <string>

#include <nlohmann/json.hpp>

#include "base/diagnostic.hpp"
#include "host/settings.hpp"

namespace pinhole::host {

[[nodiscard]] nlohmann::json to_json_value(const Readings& readings);
/// Throws for what to_json_value did not write.
[[nodiscard]] Readings readings_of(const nlohmann::json& from);

/// Writes one line to the supervisor; a supervisor that is gone is no error here.
void report(const nlohmann::json& event);
void report_failure(const Diagnostics& diagnostics);

}  // namespace pinhole::host
