// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tries what must not be open: ports of the plan's targets that no flow from here names.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/address.hpp"
#include "base/port_set.hpp"
#include "inspect/verify_checks.hpp"

namespace pinhole::inspect {

struct ExcessTarget {
  IpAddress address;
  std::string name;  // of the server
  PortSet planned;   // what flows from here may reach there
};

/// The targets of the checks, each once, in the order of their addresses.
[[nodiscard]] std::vector<ExcessTarget> excess_targets(const std::vector<Check>& checks,
                                                       const plan::Plan& plan);

struct ExcessTry {
  std::size_t target = 0;
  std::uint16_t port = 0;

  friend bool operator==(const ExcessTry&, const ExcessTry&) = default;
};

/// Every port of `ports` that is not planned, of one target after the other for each port, so that
/// no target is asked twice in a row.
[[nodiscard]] std::vector<ExcessTry> excess_tries(const std::vector<ExcessTarget>& targets,
                                                  const PortSet& ports);

/// When the try of this index may start, from the first one on.
[[nodiscard]] std::chrono::nanoseconds start_of(std::size_t index, std::uint32_t rate);

struct ExcessOpen {
  std::size_t target = 0;
  std::uint16_t port = 0;
};

struct ExcessResult {
  std::vector<ExcessTarget> targets;
  PortSet ports;
  std::uint32_t rate = 0;  // tries in a second
  std::size_t tried = 0;
  std::size_t refused = 0;       // a firewall that rejects, or an open way and nobody there
  std::size_t failed_here = 0;   // this machine could not try
  std::vector<ExcessOpen> open;  // by target, then port
};

struct ExcessOptions {
  PortSet ports;
  std::uint32_t rate = 200;
  std::chrono::milliseconds timeout{5000};
  std::size_t at_once = 256;
  std::function<void(std::size_t, std::size_t)> progress = {};
};

[[nodiscard]] ExcessResult try_excess(std::vector<ExcessTarget> targets,
                                      const ExcessOptions& options);

}  // namespace pinhole::inspect
