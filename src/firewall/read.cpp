// SPDX-License-Identifier: Apache-2.0
#include "firewall/read.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "firewall/asa_read.hpp"
#include "firewall/aws_read.hpp"
#include "firewall/azure_read.hpp"
#include "firewall/cisco_config.hpp"
#include "firewall/firewalld_read.hpp"
#include "firewall/fortios_read.hpp"
#include "firewall/fortios_text.hpp"
#include "firewall/ios_read.hpp"
#include "firewall/iptables_read.hpp"
#include "firewall/junos_read.hpp"
#include "firewall/junos_text.hpp"
#include "firewall/nft_json_read.hpp"
#include "firewall/nft_read.hpp"
#include "firewall/panos_read.hpp"
#include "firewall/panos_text.hpp"
#include "firewall/pf_read.hpp"
#include "firewall/windows_json_read.hpp"
#include "firewall/windows_read.hpp"

namespace pinhole::firewall {
namespace {

/// The first line that is neither empty nor a comment, without leading blanks.
std::string_view first_line(std::string_view text) {
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!text.empty() && text[0] != '#') {
      return text.substr(0, end);
    }
    text.remove_prefix(end);
  }
  return {};
}

bool is_nft(std::string_view text) {
  static constexpr std::array kFirst = {"table",  "flush",  "add",     "define", "delete",
                                        "create", "insert", "destroy", "include"};
  const std::string_view line = first_line(text);
  const std::string_view word = line.substr(0, line.find_first_of(" \t{"));
  // pf's tables have their names in angle brackets.
  return !line.starts_with("table <") && std::ranges::find(kFirst, word) != kFirst.end();
}

bool is_nft_json(std::string_view text) {
  const std::string_view line = first_line(text);
  return line.starts_with('{') &&
         text.substr(0, 4096).find("\"nftables\"") != std::string_view::npos;
}

bool is_iptables(std::string_view text) {
  return first_line(text).starts_with('*');
}

constexpr std::array kDialects = {
    Dialect{"nftables", "what `nft list ruleset` prints", is_nft, read_nft},
    Dialect{"nftables-json", "what `nft -j list ruleset` prints", is_nft_json, read_nft_json},
    Dialect{"iptables", "what `iptables-save` and `ip6tables-save` print", is_iptables,
            read_iptables},
    Dialect{"windows-firewall-json", "rules of Get-NetFirewallRule with their filters, as JSON",
            is_windows_json, read_windows_json},
    Dialect{"azure-nsg", "a network security group, as `az network nsg show` prints it", is_azure,
            read_azure},
    Dialect{"aws-security-groups", "Terraform's JSON, or what `aws ec2 describe-...` prints",
            is_aws, read_aws},
    Dialect{"windows-firewall", "what `netsh advfirewall firewall show rule` prints, or runs",
            is_windows, read_windows},
    Dialect{"cisco-asa", "what `show running-config` prints on a Cisco ASA", cisco::is_asa,
            read_asa},
    Dialect{"cisco-ios", "what `show running-config` prints on a Cisco router", cisco::is_ios,
            read_ios},
    Dialect{"firewalld", "what `tail -v -n +1` prints of firewalld's files", is_firewalld,
            read_firewalld},
    Dialect{"pf", "pf.conf, or what `pfctl -sn` and `pfctl -sr` print", is_pf, read_pf},
    Dialect{"junos-srx", "what `show configuration` prints on an SRX, also with `display set`",
            is_junos, read_junos},
    Dialect{"pan-os", "what PAN-OS shows in the format `set`, and the XML that it exports",
            is_panos, read_panos},
    Dialect{"fortios", "what `show` and `show full-configuration` print on FortiOS", is_fortios,
            read_fortios},
};

std::string names() {
  std::string all;
  for (const Dialect& each : kDialects) {
    all += (all.empty() ? "" : ", ") + std::string(each.name);
  }
  return all;
}

}  // namespace

std::span<const Dialect> dialects() {
  return kDialects;
}

Checked<Ruleset> read_ruleset(std::string_view text, const std::string& name,
                              const std::optional<std::string>& dialect) {
  const auto found = std::ranges::find_if(kDialects, [&](const Dialect& each) {
    return dialect ? each.name == *dialect : each.fits(text);
  });
  if (found != kDialects.end()) {
    return found->read(text, name);
  }
  return failure({.id = "firewall-dialect",
                  .severity = Severity::error,
                  .place = {.name = name, .line = 0, .column = 0, .offset = {}},
                  .message = dialect ? "there is no dialect " + *dialect
                                     : std::string("this is a rule set of no known dialect"),
                  .remedy = "name one with --dialect: " + names(),
                  .exit = Exit::usage});
}

}  // namespace pinhole::firewall
