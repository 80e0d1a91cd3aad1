// SPDX-License-Identifier: Apache-2.0
#pragma once
// What changes on one server, there or back, whichever way it is carried out.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/plan.hpp"
#include "plan/state.hpp"
#include "registry/key.hpp"

namespace pinhole::plan {

enum class Direction : std::uint8_t { there, back };

/// The entry of appSettings in a .config file, or the parameter of [global] in smb.conf.
struct NamedPort {
  std::string file;  // name of the .config file; empty: smb.conf
  std::string name;
  std::optional<std::uint16_t> port;  // absent: the entry goes

  friend bool operator==(const NamedPort&, const NamedPort&) = default;
};

struct ServerChange {
  std::string server;
  OperatingSystem system = OperatingSystem::windows_2003;
  Direction direction = Direction::there;
  PortSet ports;  // all static ports, there
  std::vector<registry::Edit> edits;
  std::vector<NamedPort> app_settings;
  std::vector<NamedPort> samba;
  /// Of a Linux server: static ports that its kernel would give to outgoing connections
  /// (ip_local_reserved_ports). Empty on the way back too: then the list goes.
  PortSet reserved;
  bool reserves = false;  // the change is about reserved ports at all
  bool restarts_computer = false;
  std::vector<std::string> services;  // to restart, in this order; empty with restarts_computer
  /// Of DFS Replication, which a command fixes; 0 makes it dynamic.
  std::optional<std::uint16_t> dfsr;
  std::vector<std::string> remarks;  // for people: what a file cannot know
};

[[nodiscard]] ServerChange change_of(const Plan& plan, Index server, const State* state,
                                     const catalogue::Catalogue& catalogue, Direction direction);

/// `be-1:6001-6002;be-1:6004`: what the RPC proxy on this server may reach, by the flows of the
/// plan; each host by its NetBIOS name and, where the plan has it, by its full name. Empty: no
/// proxy, or it reaches nobody. Source: VAL-VALIDPORTS.
[[nodiscard]] std::string valid_ports(const Plan& plan, Index server,
                                      const catalogue::Catalogue& catalogue);

/// The ports that Linux gives to outgoing connections (ip_local_port_range in the kernel's
/// ip-sysctl.rst).
inline constexpr PortRange kLinuxEphemeral{32768, 60999};

}  // namespace pinhole::plan
