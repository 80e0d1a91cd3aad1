// SPDX-License-Identifier: Apache-2.0
#pragma once
// Questions to a topology.

#include <optional>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

/// The name of the zone that may have no networks: all addresses that no other zone holds.
inline constexpr std::string_view kInternet = "internet";

[[nodiscard]] bool holds(const Zone& zone, const IpAddress& address);

/// The zone that holds an address; the zone `internet` without networks holds all that is left.
[[nodiscard]] std::optional<Index> zone_of(const Topology& topology, const IpAddress& address);

[[nodiscard]] std::optional<Index> find_server(const Topology& topology, std::string_view name);

[[nodiscard]] bool has_role(const Server& server, std::string_view role);

/// What runs on a server: the services of its product and roles, then those that its Windows
/// roles bring (domain controller, certificate services, ...) and the endpoint mapper.
[[nodiscard]] std::vector<const catalogue::Service*> services_on(
    const catalogue::Catalogue& catalogue, const Server& server);

}  // namespace pinhole::plan
