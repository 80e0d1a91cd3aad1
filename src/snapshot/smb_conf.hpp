// SPDX-License-Identifier: Apache-2.0
#pragma once
// Samba's smb.conf (smb.conf(5), as Samba's own reader takes it): sections, and parameters whose
// names compare without case and spaces. `include` and `copy` are parameters like any other here:
// nothing is followed. Nothing is known of what values mean, but for the ports of RPC.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/port_set.hpp"

namespace pinhole::snapshot {

struct SmbParameter {
  std::string section;  // as written; what stands before any section belongs to `global`
  std::string name;     // as written, runs of spaces as one
  std::string value;
  std::uint32_t line = 0;  // where it starts

  friend bool operator==(const SmbParameter&, const SmbParameter&) = default;
};

/// Every parameter in the file's order; later ones override earlier ones of the same name and
/// section. Faults (exit 2, with line): `smb-section`, a section without its closing bracket
/// or with a name above 255 octets;
/// `smb-name`, a value without a name. A line without `=` is passed over, as Samba does. A line
/// that ends in a backslash goes on in the next; a comment does not.
[[nodiscard]] Checked<std::vector<SmbParameter>> read_smb_conf(std::string_view text,
                                                               std::string_view name);

/// As names compare: in lower case without spaces.
[[nodiscard]] std::string smb_key(std::string_view name);

/// The last parameter of that name in the section; null if there is none. Section and name are
/// compared as names.
[[nodiscard]] const SmbParameter* find_smb_parameter(const std::vector<SmbParameter>& parameters,
                                                     std::string_view section,
                                                     std::string_view name);

/// What [global] says of the ports of Samba's RPC services; parts are absent where it is silent
/// or where the value is no port or range.
struct SmbPorts {
  std::optional<std::uint16_t> rpc_server_port;  // 0: dynamic
  std::optional<PortRange> dynamic_port_range;   // rpc server dynamic port range

  friend bool operator==(const SmbPorts&, const SmbPorts&) = default;
};

[[nodiscard]] SmbPorts smb_ports(const std::vector<SmbParameter>& parameters);

/// `rpc server port:NAME`, NAME compared without case; absent where it is not set or no port.
[[nodiscard]] std::optional<std::uint16_t> smb_service_port(
    const std::vector<SmbParameter>& parameters, std::string_view service);

}  // namespace pinhole::snapshot
