// SPDX-License-Identifier: Apache-2.0
#pragma once
// A whole site on one machine: the namespaces of its clients, devices and servers, `serve` in the
// servers, the compiled rules in the devices. One lab for each state folder.
//
// Needs root, and iproute2 to make it. Errors of the environment are exit 3.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "lab/record.hpp"
#include "plan/plan.hpp"

namespace pinhole::lab {

inline constexpr const char* kStateFolder = "/run/pinhole/lab";

struct Request {
  std::string name = "lab";     // part of the namespaces' names: a-z, 0-9 and hyphens
  std::filesystem::path state;  // absolute
  std::string topology;         // for people: where the plan's topology came from
  std::string data;             // folder of the catalogue; empty: the one compiled in
  bool dynamic = false;         // servers without the plan's values
};

/// Makes the lab and returns when every server is ready. After a failure nothing is left. Exit 3
/// where the state folder has a lab already, or another process works on it: it says which.
[[nodiscard]] Checked<Record> up(const plan::Plan& plan, const catalogue::Catalogue& catalogue,
                                 const Request& request);

/// Ends every process in the lab's namespaces and takes all of it away, also what an `up` that was
/// killed has left. False: there was none.
[[nodiscard]] Checked<bool> down(const std::filesystem::path& state);

enum class Standing : std::uint8_t {
  up,
  gone,    // there is no such namespace
  silent,  // it is there, but its `serve` does not answer
};

struct Seen {
  Record record;
  std::vector<Standing> standings;  // of record.spaces
};

/// The lab as it is now; nothing where there is none.
[[nodiscard]] Checked<std::optional<Seen>> look(const std::filesystem::path& state);

/// Writes the plan's values into the registries of a lab that was made without them, and restarts
/// the servers in the plan's order. Returns their names. Exit 3 where there is no whole lab.
[[nodiscard]] Checked<std::vector<std::string>> apply(const std::filesystem::path& state,
                                                      const plan::Plan& plan,
                                                      const catalogue::Catalogue& catalogue);

/// Becomes a command in a namespace of the lab, which is named whole or by what it holds. Returns
/// only where that fails; exit 2 names the namespaces.
[[nodiscard]] Checked<void> execute(const std::filesystem::path& state, std::string_view name,
                                    std::vector<std::string> command);

}  // namespace pinhole::lab
