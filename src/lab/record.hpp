// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a lab is made of, in the file lab.json of its state folder: written before anything is made,
// so that whatever became of its maker, all of it can be found and taken away.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace pinhole::lab {

struct Space {
  std::string space;  // the namespace
  std::string kind;   // wires, clients, device, server, load-balancer
  std::string name;   // as the topology has it
  std::vector<std::string> zones;
  std::vector<std::string> addresses;
  std::string runs;   // for people; may be empty
  std::string state;  // folder of `pinhole serve`; empty: none runs here

  friend bool operator==(const Space&, const Space&) = default;
};

struct Record {
  std::string name;        // of the lab
  std::string topology;    // for people
  std::string plan;        // path of its plan.json
  std::int32_t pid = 0;    // who made it
  std::int64_t since = 0;  // seconds since 1970
  bool dynamic = false;
  bool complete = false;  // false: its maker is at work, or did not get to the end
  std::vector<Space> spaces;

  friend bool operator==(const Record&, const Record&) = default;
};

[[nodiscard]] std::string to_json(const Record& record);

[[nodiscard]] std::filesystem::path record_path(const std::filesystem::path& folder);
/// Whole or not at all.
[[nodiscard]] Checked<void> write_record(const std::filesystem::path& folder, const Record& record);
/// Nothing where there is no lab; exit 3 for a file that write_record did not write.
[[nodiscard]] Checked<std::optional<Record>> read_record(const std::filesystem::path& folder);

}  // namespace pinhole::lab
