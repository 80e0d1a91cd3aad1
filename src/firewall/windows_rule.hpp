// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a rule of the Windows firewall means, whichever of its texts it was read from.
//
// Of inbound rules those that block come before those that allow; what none allows the profile
// decides. Conditions that are no fields of a packet (program, service, interface, authentication)
// are unknown matches, and so is a rule for some profiles where it is not known which are in use.
// Keywords among addresses and ports (LocalSubnet, RPC) may stand for any. Outbound rules are kept
// in a chain that no packet meets: they say nothing about who may connect to the host.
//
// Source: "Windows Firewall rules", "Netsh AdvFirewall Firewall Commands", "New-NetFirewallRule",
// Microsoft Learn.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// Values are as the text has them. An empty list is any.
struct WindowsRule {
  std::string name;
  bool enabled = true;
  bool inbound = true;
  std::string action = "Allow";  // or Block; another one is unknown
  std::vector<std::string> profiles;
  std::string protocol = "Any";
  std::vector<std::string> icmp;  // `8`, `8:0`
  std::vector<std::string> local_addresses;
  std::vector<std::string> remote_addresses;
  std::vector<std::string> local_ports;
  std::vector<std::string> remote_ports;
  std::vector<std::string> conditions;  // that nobody knows from a packet, for people
  std::uint32_t line = 0;
  std::string text;  // empty: made of the values
};

/// What becomes of packets that no rule decides, where the profile is in use.
struct WindowsProfile {
  enum class Inbound : std::uint8_t { block, allow, block_always, off, unknown };

  std::string name;  // Domain, Private, Public
  Inbound inbound = Inbound::block;
  std::uint32_t line = 0;
};

/// `profiles` are those that may be in use; where it is empty all three, which block.
[[nodiscard]] std::vector<Table> windows_tables(const std::vector<WindowsRule>& rules,
                                                const std::vector<WindowsProfile>& profiles);

/// The parts between commas, without blanks around them; none where the list is empty or `Any`.
[[nodiscard]] std::vector<std::string> windows_list(std::string_view text);

}  // namespace pinhole::firewall
