// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the rows of data/port_rules.toml say of the ports that one setting may hold, as sets, and
// what the official texts advise for it.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/rule_book.hpp"

namespace pinhole::plan {

/// Ports that break a rule, by the rule's severity.
struct PortLimits {
  PortSet errors;
  PortSet warnings;
  PortSet advice;  // notes: outside an advised range
  PortSet notes;   // notes of every other kind: inside the dynamic range, ...
};

/// What a setting is judged by: the server's product and the ports that Windows gives away by
/// itself there.
struct PortContext {
  const catalogue::Product* product = nullptr;  // nullptr: no Exchange
  PortSet dynamic;
  PortSet internet;  // of Rpc\Internet
};

[[nodiscard]] PortLimits port_limits(const RuleBook& book, const PortContext& context,
                                     const catalogue::Setting& setting);

/// The rules at error level that forbid any of these ports to a setting.
[[nodiscard]] Rules rules_against(const RuleBook& book, const PortContext& context,
                                  const catalogue::Setting& setting, PortRange ports);

/// The number that the official texts give this setting in this version.
[[nodiscard]] std::optional<std::uint16_t> advised_port(const catalogue::Setting& setting,
                                                        std::string_view version);

}  // namespace pinhole::plan
