// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the rows of data/port_rules.toml say of the ports that one setting may hold, as sets, and
// what the official texts advise for it.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"

namespace pinhole::plan {

/// Ports that break a rule, by the rule's severity.
struct PortLimits {
  PortSet errors;
  PortSet warnings;
  PortSet advice;  // notes: outside an advised range
  PortSet notes;   // notes of every other kind: inside the dynamic range, ...
};

/// What a setting is judged by: the version of the server's product (empty: none) and the ports
/// that Windows gives away by itself there.
struct PortContext {
  std::string_view version;
  PortSet dynamic;
  PortSet internet;  // of Rpc\Internet
};

[[nodiscard]] PortLimits port_limits(const catalogue::Catalogue& catalogue,
                                     const PortContext& context, std::string_view setting);

/// The rules at error level that forbid a port to a setting.
[[nodiscard]] std::vector<const catalogue::PortRule*> rules_against(
    const catalogue::Catalogue& catalogue, const PortContext& context, std::string_view setting,
    PortRange ports);

/// The number that the official texts give this setting in this version.
[[nodiscard]] std::optional<std::uint16_t> advised_port(std::string_view setting,
                                                        std::string_view version);

/// How far above the first port of a range the setting's own number lies, so that a service has
/// one number on every server whatever else runs there. Settings that a server can have together
/// differ; one that is not known has none.
[[nodiscard]] std::optional<std::uint16_t> slot_of(std::string_view setting);

}  // namespace pinhole::plan
