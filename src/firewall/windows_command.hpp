// SPDX-License-Identifier: Apache-2.0
#pragma once
// One line of a batch file as the reader of the Windows firewall sees it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/windows_rule.hpp"

namespace pinhole::firewall {

struct WindowsCommand {
  enum class Kind : std::uint8_t {
    harmless,      // changes nothing of the firewall
    add_rule,      // `rule`
    delete_rules,  // of the name `name`; all where it is `all`
    set_profiles,  // `profiles` are turned on or off, or treat what comes in so
    unknown,       // may change anything
  };

  Kind kind = Kind::harmless;
  WindowsRule rule;
  std::string name;
  std::vector<std::string> profiles;
  std::optional<bool> on;
  std::optional<WindowsProfile::Inbound> inbound;
};

/// What `BlockInbound,AllowOutbound` says of packets that come in.
[[nodiscard]] WindowsProfile::Inbound windows_inbound(std::string_view policy);

/// No value where the line is no command that a batch file has.
[[nodiscard]] std::optional<WindowsCommand> windows_command(std::string_view line);

}  // namespace pinhole::firewall
