// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `pinhole serve` was asked for, and the task that the supervisor hands to a child process.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/diagnostic.hpp"
#include "host/settings.hpp"

namespace pinhole::host {

struct ServeConfig {
  std::string product;
  std::string registry;
  std::string data;        // folder of the catalogue; empty: the one compiled in
  std::string config_dir;  // of .config files; empty: none
  std::string state;
  std::vector<std::string> roles;
  std::vector<IpAddress> listen;  // not empty
  std::uint16_t epm_port = 135;
  std::uint16_t epm_http_port = 593;
  unsigned threads = 0;  // of the mapper; 0: one for each processor
  std::string user;      // to drop to after binding; empty: stay
  std::vector<std::uint32_t> mapper_uids;
  std::map<std::string, std::uint64_t> limits;
};

/// The work of one child: the endpoint mapper, or a service by its short name.
struct ChildTask {
  ServeConfig config;
  std::string service;  // empty: the endpoint mapper
  /// The settings that count from a restart of the computer on, as they were then.
  Readings at_boot;
};

[[nodiscard]] std::string to_json(const ChildTask& task);
/// Throws for what to_json did not write.
[[nodiscard]] ChildTask child_task_of(const std::string& json);

/// The descriptors that a child inherits: its task, and where it reports, a JSON value a line.
inline constexpr int kTaskDescriptor = 3;
inline constexpr int kReportDescriptor = 4;

[[nodiscard]] std::string control_path(const std::string& state);
[[nodiscard]] std::string mapper_path(const std::string& state);

/// `text` or the default: /run/pinhole for root, else below $XDG_RUNTIME_DIR. Exit 2 where there is
/// no default, or the sockets' paths would be too long.
[[nodiscard]] Checked<std::string> state_folder(const std::string& text);

}  // namespace pinhole::host
