// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the firewall's subcommands read: rule files, and the policy of a plan's device.

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"
#include "firewall/model.hpp"
#include "firewall/policy_sets.hpp"
#include "firewall/ruleset.hpp"
#include "plan/plan.hpp"

namespace pinhole::cli {

/// Reads a rule file in the dialect of that name, or where it is empty in the one that it shows.
[[nodiscard]] Checked<firewall::Ruleset> open_rules(const std::string& path,
                                                    const std::string& dialect);
/// Declares `--dialect`.
void add_dialect_option(CLI::App& app, std::string& dialect);
/// Declares `--format table|json`.
void add_format_option(CLI::App& app, std::string& format);

/// The device of that name, case apart; where the name is empty the only one; nothing where the
/// plan has none. Several and no name, or no such device: exit 2.
[[nodiscard]] Checked<std::optional<plan::Index>> device_of(const plan::Plan& plan,
                                                            const std::string& name);

/// The policy of a device, or by addresses alone.
[[nodiscard]] firewall::Policy policy_of(const plan::Plan& plan,
                                         const std::optional<plan::Index>& device,
                                         const catalogue::Catalogue& catalogue);

/// Both names or none; a zone that the policy does not have is exit 2.
[[nodiscard]] Checked<std::optional<firewall::ZonePair>> zone_pair_of(
    const firewall::Policy& policy, const std::string& from, const std::string& to);

}  // namespace pinhole::cli
