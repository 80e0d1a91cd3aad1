// SPDX-License-Identifier: Apache-2.0
// pinhole firewall: rules for real firewalls from a plan, and what a rule set really does.

#include "cli/firewall_commands.hpp"

namespace pinhole::cli {

void add_firewall(CLI::App& app, Action& action) {
  CLI::App* firewall =
      app.add_subcommand("firewall", "Compile a plan to firewall rules, and prove a rule set");
  firewall->require_subcommand(1);
  add_firewall_compile(*firewall, action);
  add_firewall_prove(*firewall, action);
  add_firewall_diff(*firewall, action);
  add_firewall_explain(*firewall, action);
  add_firewall_exposure(*firewall, action);
  add_firewall_apply(*firewall, action);
}

}  // namespace pinhole::cli
