// SPDX-License-Identifier: Apache-2.0
#pragma once
// The few things that a process asks the kernel for itself.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/address.hpp"
#include "base/diagnostic.hpp"
#include "base/port_set.hpp"

namespace pinhole::host {

/// getrandom(2); throws where the kernel has none to give.
void fill_random(std::span<std::byte> out);
[[nodiscard]] std::uint32_t random_number();

/// Whether listeners may stand on IPv6 addresses here.
[[nodiscard]] bool has_ipv6();

/// Who listens on a TCP port of this network namespace, as far as this user may see.
struct Holder {
  std::int32_t pid = 0;
  std::string name;  // the kernel's name of the process; hostile text
};
[[nodiscard]] std::optional<Holder> find_holder(std::uint16_t port);

/// Whether Linux may give this port to an outgoing connection (ip_local_port_range without
/// ip_local_reserved_ports).
[[nodiscard]] bool is_ephemeral(std::uint16_t port);

/// Ends this process with its parent, now or later; called again after a change of user.
void die_with_parent();
/// The name that `ps` and the status of another service show; the kernel keeps 15 characters.
void name_process(const std::string& name);

/// Drops to `user` (empty: stays), sets no_new_privs and denies what a server never calls, such as
/// execve, ptrace and mount. Under a sanitizer, which calls some of these, without the last.
[[nodiscard]] Checked<void> confine(const std::string& user);

}  // namespace pinhole::host
