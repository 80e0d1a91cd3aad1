// SPDX-License-Identifier: Apache-2.0
#include "firewall/windows_print.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "firewall/flat_rules.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::string_view kBackend = "windows-firewall";
/// All rules have it: netsh can only delete by a whole name.
constexpr std::string_view kName = "Pinhole";
/// cmd.exe takes 8191 characters in a line; a rule has two lists of each kind and a comment.
constexpr std::size_t kLongestAddresses = 1500;
constexpr std::size_t kLongestPorts = 1000;
constexpr std::size_t kMostValues = 1000;
constexpr std::size_t kLongestComment = 300;

/// One rule with lists that fit into a line; an empty one is any.
struct HostRule {
  std::string_view protocol;
  std::string remote;
  std::string local;
  std::string remote_ports;
  std::string local_ports;
  std::string description;
};

/// `{0}` is the name of all rules.
constexpr std::string_view kPowershellHead = R"PS($ErrorActionPreference = 'Stop'
$open = @(Get-NetFirewallProfile -PolicyStore ActiveStore |
    Where-Object {{ "$($_.Enabled)" -ne 'True' -or "$($_.DefaultInboundAction)" -eq 'Allow' }})
if ($open) {{
    throw "these profiles let everything in: $($open.Name -join ', ')"
}}
$common = @{{
    DisplayName = '{0}'
    Group       = '{0}'
    Direction   = 'Inbound'
    Action      = 'Allow'
    Profile     = 'Any'
    Enabled     = 'True'
}}
$old = @(Get-NetFirewallRule -PolicyStore PersistentStore -DisplayName '{0}' -ErrorAction SilentlyContinue)
$new = @()
# The new rules stand before the old ones go: there is no moment without either.
try {{
)PS";
constexpr std::string_view kPowershellTail = R"PS(}
catch {
    $new | Remove-NetFirewallRule
    throw
}
$old | Remove-NetFirewallRule
)PS";

/// What a console's code page cannot change.
std::string ascii(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

std::string replaced(std::string_view text, char what, std::string_view by) {
  std::string result;
  for (const char c : text) {
    if (c == what) {
      result += by;
    } else {
      result += c;
    }
  }
  return result;
}

std::string with_crlf(std::string_view text) {
  return replaced(text, '\n', "\r\n");
}

std::string_view protocol_word(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "TCP";
    case Protocol::udp:
      return "UDP";
    case Protocol::icmp:
      return "ICMPv4";
    case Protocol::icmpv6:
      return "ICMPv6";
  }
  return "";
}

/// Windows refuses a prefix of no bits, so the whole family is its two halves.
std::vector<std::string> address_texts(const std::vector<IpPrefix>& prefixes, Family family) {
  if (is_whole(prefixes)) {
    return family == Family::v4 ? std::vector<std::string>{"0.0.0.0/1", "128.0.0.0/1"}
                                : std::vector<std::string>{"::/1", "8000::/1"};
  }
  std::vector<std::string> texts;
  texts.reserve(prefixes.size());
  for (const IpPrefix& prefix : prefixes) {
    texts.push_back(to_string(prefix));
  }
  return texts;
}

std::vector<std::string> address_lists(const std::vector<IpPrefix>& prefixes, Family family) {
  return lists_of(address_texts(prefixes, family), ",", kLongestAddresses, kMostValues);
}

std::vector<std::string> port_lists(const PortSet& ports) {
  auto lists = lists_of(texts_of(ports), ",", kLongestPorts, kMostValues);
  return lists.empty() ? std::vector<std::string>{""} : lists;
}

std::vector<HostRule> rules_of(const Policy& policy) {
  std::vector<HostRule> rules;
  for (const FlatRule& rule : flat_rules_of(policy)) {
    const std::string description = ascii(comment_of(*rule.reasons, kLongestComment));
    for (const std::string& remote : address_lists(rule.sources, rule.family)) {
      for (const std::string& local : address_lists(rule.destinations, rule.family)) {
        for (const std::string& remote_ports : port_lists(rule.source_ports)) {
          for (const std::string& local_ports : port_lists(rule.ports)) {
            rules.push_back({protocol_word(rule.protocol), remote, local, remote_ports, local_ports,
                             description});
          }
        }
      }
    }
  }
  return rules;
}

std::vector<std::string> head(const Policy& policy) {
  std::vector<std::string> lines = {
      ascii(clean_text(policy.title, 200)),
      "Replaces the inbound rules of the name Pinhole; no other rule and no profile is touched.",
      "What no rule opens is blocked by the profiles, which must be on and block inbound."};
  if (!policy.device.empty()) {
    lines.front() += "; device " + ascii(clean_text(policy.device, 100));
  }
  if (policy.log_denied) {
    lines.emplace_back(
        "What is denied is logged once LogBlocked is on: netsh advfirewall set allprofiles "
        "logging droppedconnections enable");
  }
  return lines;
}

std::string batch_text(const Policy& policy, const std::vector<HostRule>& rules) {
  std::string text = "@echo off\n";
  for (const std::string& line : head(policy)) {
    // A caret or a pipe means nothing behind rem, but a percent sign would.
    text += fmt::format("rem {}\n", replaced(line, '%', "%%"));
  }
  text += "setlocal\nset \"failed=0\"\n";
  text += fmt::format("netsh advfirewall firewall delete rule name=\"{}\" >nul\n", kName);
  for (const HostRule& rule : rules) {
    text += fmt::format(
        "netsh advfirewall firewall add rule name=\"{}\" dir=in action=allow protocol={} "
        "remoteip={} localip={}",
        kName, rule.protocol, rule.remote, rule.local);
    text += rule.remote_ports.empty() ? "" : " remoteport=" + rule.remote_ports;
    text += rule.local_ports.empty() ? "" : " localport=" + rule.local_ports;
    text += rule.description.empty()
                ? ""
                : fmt::format(" description=\"{}\"", replaced(rule.description, '%', "%%"));
    text += " >nul || set \"failed=1\"\n";
  }
  return with_crlf(text + "exit /b %failed%\n");
}

/// `'10.0.0.0/8','10.1.2.3'`
std::string quoted(std::string_view list) {
  return "'" + replaced(list, ',', "','") + "'";
}

std::string powershell_text(const Policy& policy, const std::vector<HostRule>& rules) {
  std::string text = "#requires -Version 3.0\n#requires -Modules NetSecurity\n";
  for (const std::string& line : head(policy)) {
    text += fmt::format("# {}\n", line);
  }
  text += fmt::format(kPowershellHead, kName);
  for (const HostRule& rule : rules) {
    text += fmt::format("    $new += New-NetFirewallRule @common -Protocol {}", rule.protocol);
    text +=
        fmt::format(" -RemoteAddress {} -LocalAddress {}", quoted(rule.remote), quoted(rule.local));
    text += rule.remote_ports.empty() ? "" : " -RemotePort " + quoted(rule.remote_ports);
    text += rule.local_ports.empty() ? "" : " -LocalPort " + quoted(rule.local_ports);
    text += rule.description.empty()
                ? ""
                : fmt::format(" -Description '{}'", replaced(rule.description, '\'', "''"));
    text += "\n";
  }
  return with_crlf(text + std::string(kPowershellTail));
}

std::string undo_text() {
  return with_crlf(
      fmt::format("@echo off\n"
                  "rem Takes away all rules of the name {0}, whichever script made them.\n"
                  "netsh advfirewall firewall delete rule name=\"{0}\" >nul\n"
                  "exit /b 0\n",
                  kName));
}

}  // namespace

Checked<WindowsTexts> print_windows(const Policy& policy) {
  if (Diagnostics refused = refusals_at_hosts(policy, kBackend, "the Windows firewall");
      !refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  const std::vector<HostRule> rules = rules_of(policy);
  return WindowsTexts{.batch = batch_text(policy, rules),
                      .powershell = powershell_text(policy, rules),
                      .undo = undo_text()};
}

}  // namespace pinhole::firewall
