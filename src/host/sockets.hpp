// SPDX-License-Identifier: Apache-2.0
#pragma once
// A service's listeners made real: for each the chosen port bound on every address, or the reason
// why not.

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catalogue/catalogue.hpp"
#include "epm/operations.hpp"
#include "host/dynamic_range.hpp"
#include "host/port_choice.hpp"
#include "rpc/endpoint.hpp"
#include "transport/listener.hpp"

namespace pinhole::host {

struct BoundListener {
  const catalogue::Listener* listener = nullptr;
  PortChoice choice;
  std::uint16_t port = 0;  // 0: none was had
  std::string origin;      // which value, or which dynamic range
  std::string degraded;    // why there is no port; names the holder of a static one
  std::vector<std::string> notes;
};

/// Binds `choice.port`, or a port of `range`, on all addresses or none.
[[nodiscard]] BoundListener bind_listener(transport::SessionServer& listeners, rpc::Server& server,
                                          const catalogue::Listener& listener,
                                          const PortChoice& choice, const DynamicPorts& range,
                                          const std::vector<IpAddress>& addresses);

/// What this listener registers: a tower for each of its interfaces, with the address 0.0.0.0, in
/// whose place the mapper answers the one that it was asked on. Nothing without a port.
[[nodiscard]] std::vector<epm::WireEntry> entries_of(const BoundListener& bound);

/// As `service status --format json` shows it.
[[nodiscard]] nlohmann::json to_json_value(const BoundListener& bound, const rpc::Server& server);

}  // namespace pinhole::host
