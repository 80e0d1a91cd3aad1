// SPDX-License-Identifier: Apache-2.0
#pragma once
// Network namespaces by name, as ip-netns(8) keeps them below /run/netns, and who is in them.
// Errors: exit 3.

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/diagnostic.hpp"

namespace pinhole::lab {

[[nodiscard]] std::filesystem::path space_path(const std::string& space);
/// Whether there is a namespace of this name, or a file where one would be.
[[nodiscard]] bool space_exists(const std::string& space);

/// This process is in a namespace as long as the value lives, then back where it was. The caller
/// has one thread.
class Inside {
 public:
  [[nodiscard]] static Checked<Inside> enter(const std::string& space);
  Inside(Inside&& other) noexcept;
  Inside& operator=(Inside&&) = delete;
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside();

 private:
  explicit Inside(int before) : before_(before) {}
  int before_;
};

/// Writes a setting of the namespace that this process is in: `net/ipv4/ip_forward`.
[[nodiscard]] Checked<void> set_kernel(const std::string& name, const std::string& value);

/// Runs `ip ARGUMENTS -batch -` on these commands. It ends with this process, and holds `lock` open
/// as long as it runs: who has the lock knows that nobody works here any more.
[[nodiscard]] Checked<void> run_ip(std::vector<std::string> arguments, const std::string& commands,
                                   int lock);

/// Ends every process in these namespaces: SIGTERM, and SIGKILL to who is still there after
/// `grace`. Looks again until there is none.
[[nodiscard]] Checked<void> end_processes(std::span<const std::string> spaces,
                                          std::chrono::milliseconds grace);

/// Takes the name away; the namespace ends with it where no process is in it.
[[nodiscard]] Checked<void> remove_space(const std::string& space);

/// Whether this process runs; one that has ended and is not waited for does not.
[[nodiscard]] bool is_alive(pid_t pid);

[[nodiscard]] tl::unexpected<Diagnostics> lab_error(std::string id, std::string place,
                                                    std::string message, std::string remedy,
                                                    Exit exit = Exit::environment);

}  // namespace pinhole::lab
