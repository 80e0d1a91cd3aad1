// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which listeners of a server take their port from a setting, and what a setting holds now.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/state.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

/// A listener whose port comes from a setting that the server's product and system read. Rows
/// live as long as the catalogue.
struct PortListener {
  const catalogue::Service* service = nullptr;
  const catalogue::Listener* listener = nullptr;
  const catalogue::Setting* setting = nullptr;
  bool of_product = false;  // Exchange's own, not one that a Windows role brings
};

/// True for a setting that gives a listener its port: one that holds it as a number, and the
/// Endpoints of an AppID, which hold `ncacn_ip_tcp,0,PORT`.
[[nodiscard]] bool gives_port(const catalogue::Setting& setting);

/// In the order of the settings. Listeners of ncacn_http are left out: setup fixes their ports,
/// and they stay (VAL-RPCHTTP).
[[nodiscard]] std::vector<PortListener> port_listeners(const catalogue::Catalogue& catalogue,
                                                       const Server& server);

/// Services of the server with an RPC listener that no setting of its product fixes, though
/// others of that service can be fixed: the Message Transfer Agent before Exchange 4.0 SP4. Each
/// with the rule that says how.
struct DynamicListener {
  const catalogue::Service* service = nullptr;
  std::string_view rule;
};
[[nodiscard]] std::vector<DynamicListener> dynamic_listeners(const catalogue::Catalogue& catalogue,
                                                             const Server& server);

/// The TCP ports that the server's services listen on whatever the settings of port_listeners
/// say.
[[nodiscard]] PortSet fixed_ports(const catalogue::Catalogue& catalogue, const Server& server);

/// The parameter of smb.conf's [global] that stands for a setting; empty: none does.
[[nodiscard]] std::string_view samba_parameter(std::string_view setting);

/// The port that the state holds for a setting; nothing where it holds none that the service
/// would take: no value, one of another type, 0 (dynamic), or no port at all.
[[nodiscard]] std::optional<std::uint16_t> present_port(const State& state,
                                                        const catalogue::Setting& setting);

}  // namespace pinhole::plan
