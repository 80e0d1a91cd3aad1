// SPDX-License-Identifier: Apache-2.0
#pragma once
// The subcommands under `pinhole firewall`: each declares itself on the `firewall` app.

#include "cli/command.hpp"

namespace pinhole::cli {

void add_firewall_compile(CLI::App& firewall, Action& action);
void add_firewall_prove(CLI::App& firewall, Action& action);
void add_firewall_diff(CLI::App& firewall, Action& action);
void add_firewall_explain(CLI::App& firewall, Action& action);
void add_firewall_exposure(CLI::App& firewall, Action& action);
/// apply, confirm, status and remove.
void add_firewall_apply(CLI::App& firewall, Action& action);

}  // namespace pinhole::cli
