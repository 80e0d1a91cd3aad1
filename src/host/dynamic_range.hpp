// SPDX-License-Identifier: Apache-2.0
#pragma once
// From which ports a service takes a dynamic one: the product's range, then what the registry says
// (MaxUserPort and ReservedPorts of Tcpip\Parameters, the three values of Rpc\Internet).

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"
#include "host/settings.hpp"

namespace pinhole::host {

inline constexpr std::array<std::string_view, 5> kRangeSettings{
    "tcpip-max-user-port", "tcpip-reserved-ports", "rpc-internet-available", "rpc-internet-ports",
    "rpc-internet-use"};

struct DynamicPorts {
  PortSet ports;
  std::string origin;              // `Windows Server 2003: 1025-5000, MaxUserPort 60000`
  std::vector<std::string> notes;  // values that are ignored, and why
};

[[nodiscard]] DynamicPorts dynamic_ports(const catalogue::Product& product,
                                         const Readings& readings);

}  // namespace pinhole::host
