// SPDX-License-Identifier: Apache-2.0
#pragma once
// Questions to Linux: who holds a port, which ports outgoing connections may take; and what a
// process gives up once its sockets are bound.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/diagnostic.hpp"
#include "base/port_set.hpp"

namespace pinhole::host {

struct Holder {
  std::int32_t pid = 0;
  std::string name;  // of the process
};

/// The process that listens on a TCP port; no value when it is not to be found (another
/// namespace, no permission).
[[nodiscard]] std::optional<Holder> holder_of(std::uint16_t port);

/// Whether an outgoing connection may take this port: inside ip_local_port_range and outside
/// ip_local_reserved_ports.
[[nodiscard]] bool is_ephemeral(std::uint16_t port);

/// Octets from the kernel's random source.
void fill_random(std::span<std::byte> octets);

/// After binding: no new privileges; the user, where one is named; a filter that refuses what no
/// service needs (executing, tracing, mounting, loading modules).
[[nodiscard]] Checked<void> lock_down(const std::string& user);

/// Names this process (15 characters are kept) and ends it when its parent does.
void name_process(const std::string& name);

}  // namespace pinhole::host
