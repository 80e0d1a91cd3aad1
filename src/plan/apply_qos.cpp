// SPDX-License-Identifier: Apache-2.0
// Marks for the traffic of static ports (RFC 2474), so that networks can give it a class.
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plan/apply_quote.hpp"
#include "plan/apply_ways.hpp"

namespace pinhole::plan {
namespace {

/// AF21 (RFC 4594, 4.8: low-latency data), by nftables' name and as a number.
constexpr std::string_view kClass = "af21";
constexpr int kClassNumber = 18;

constexpr std::string_view kTable = "table inet pinhole_qos";

/// `{ 56001, 56004-56005 }`
std::string set_text(const PortSet& ports) {
  std::vector<std::string> parts;
  for (const PortRange& range : ports.ranges()) {
    parts.push_back(to_string(range));
  }
  return fmt::format("{{ {} }}", fmt::join(parts, ", "));
}

/// Loads again as well: what was there before goes in the same transaction.
std::string table_text(std::string_view about, std::string_view hook, const std::string& rules) {
  return fmt::format(
      "# {0}\n{1}\ndelete {1}\n{1} {{\n  chain classify {{\n"
      "    type filter hook {2} priority mangle; policy accept;\n{3}  }}\n}}\n",
      about, kTable, hook, rules);
}

std::string no_table(std::string_view about) {
  return fmt::format("# {0}\n{1}\ndelete {1}\n", about, kTable);
}

std::string mark(std::string_view match, std::string_view family) {
  return fmt::format("    {} {} dscp set {}\n", match, family, kClass);
}

std::string rules_for(const IpAddress& address, const PortSet& ports) {
  const std::string_view family = address.family == IpAddress::Family::v4 ? "ip" : "ip6";
  const std::string host = to_string(address);
  return mark(fmt::format("{} daddr {} tcp dport {}", family, host, set_text(ports)), family) +
         mark(fmt::format("{} saddr {} tcp sport {}", family, host, set_text(ports)), family);
}

std::map<Index, PortSet> static_ports(const Plan& plan) {
  std::map<Index, PortSet> ports;
  for (const Assignment& assignment : plan.assignments) {
    ports[assignment.server].insert({assignment.port, assignment.port});
  }
  return ports;
}

}  // namespace

std::string nft_marks(const ServerChange& change) {
  const std::string name = comment_text(change.server);
  if (change.direction == Direction::back) {
    return no_table(fmt::format("Traffic of static ports on {} goes unmarked again.", name));
  }
  std::string rules;
  for (const std::string_view family : {"ip", "ip6"}) {
    rules += mark(fmt::format("tcp sport {}", set_text(change.ports)), family);
  }
  return table_text(fmt::format("Marks what {} sends from its static ports.", name), "output",
                    rules);
}

std::string windows_marks(const ServerChange& change) {
  const bool there = change.direction == Direction::there;
  std::string text = fmt::format(
      "# {} of {}. As an administrator.\n"
      "[CmdletBinding(SupportsShouldProcess = $true)]\nparam()\n\n$ErrorActionPreference = "
      "'Stop'\n\n"
      "Get-NetQosPolicy | Where-Object {{ $_.Name -like 'Pinhole *' }} | Remove-NetQosPolicy "
      "-Confirm:$false\n",
      there ? "Marks what the static ports send," : "Takes back the marks of the static ports",
      comment_text(change.server));
  for (const PortRange& range : there ? change.ports.ranges() : std::vector<PortRange>()) {
    text += fmt::format(
        "New-NetQosPolicy -Name 'Pinhole {}' -NetworkProfile All -IPProtocolMatchCondition TCP "
        "-IPSrcPortStartMatchCondition {} -IPSrcPortEndMatchCondition {} -DSCPAction {} | "
        "Out-Null\n",
        to_string(range), range.first, range.last, kClassNumber);
  }
  return with_crlf(text);
}

std::vector<ApplyFile> device_marks(const Plan& plan) {
  std::string rules;
  for (const auto& [server, ports] : static_ports(plan)) {
    for (const IpAddress& address : plan.topology.servers[server].addresses) {
      rules += rules_for(address, ports);
    }
  }
  std::vector<ApplyFile> files;
  for (const Device& device : plan.topology.devices) {
    if (device.backend == "nftables" && !rules.empty()) {
      const std::string name = comment_text(device.name);
      files.push_back({fmt::format("qos/devices/{}.nft", device.name),
                       table_text(fmt::format("Marks the traffic of static ports on {}.", name),
                                  "forward", rules)});
      files.push_back(
          {fmt::format("qos/devices/{}-undo.nft", device.name),
           no_table(fmt::format("Traffic of static ports on {} goes unmarked again.", name))});
    }
  }
  return files;
}

}  // namespace pinhole::plan
