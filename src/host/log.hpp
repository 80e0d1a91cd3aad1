// SPDX-License-Identifier: Apache-2.0
#pragma once
// A log line of the supervisor: time, level, event, then members, as `name=value` on one line of
// standard error. Values are JSON strings where they hold more than a word.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace pinhole::host {

using LogMembers = std::initializer_list<std::pair<std::string_view, std::string>>;

void log(std::string_view level, std::string_view event, LogMembers members = {});

}  // namespace pinhole::host
