// SPDX-License-Identifier: Apache-2.0
// Lines of configuration: .config files of .NET, smb.conf, sysctl.d.
#include <map>

#include <fmt/format.h>

#include "plan/apply_quote.hpp"
#include "plan/apply_ways.hpp"

namespace pinhole::plan {

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += '\r';
    }
    out += c;
  }
  return out;
}

std::string app_settings_file(const ServerChange& change) {
  std::string text = R"(<?xml version="1.0" encoding="utf-8"?>)"
                     "\n<configuration>\n  <appSettings>\n";
  for (const NamedPort& each : change.app_settings) {
    // Two hyphens would end the comment.
    std::string file = comment_text(each.file);
    for (auto at = file.find("--"); at != std::string::npos; at = file.find("--")) {
      file.replace(at, 2, "-?");
    }
    text += fmt::format("    <!-- in {} -->\n", xml_text(file));
    text += each.port ? fmt::format("    <add key=\"{}\" value=\"{}\" />\n", xml_text(each.name),
                                    *each.port)
                      : fmt::format("    <remove key=\"{}\" />\n", xml_text(each.name));
  }
  return with_crlf(text + "  </appSettings>\n</configuration>\n");
}

std::string samba_lines(const ServerChange& change) {
  std::string text =
      fmt::format("# {} [global] of smb.conf on {}; then restart Samba.\n[global]\n",
                  change.direction == Direction::there ? "For" : "As it was before: for",
                  comment_text(change.server));
  for (const NamedPort& each : change.samba) {
    text += each.port ? fmt::format("  {} = {}\n", each.name, *each.port)
                      : fmt::format("  # without a line for: {}\n", each.name);
  }
  return text;
}

std::string sysctl_file(const ServerChange& change) {
  return fmt::format(
      "# {}: {}\n"
      "# The kernel keeps one list: merge it with one that is set elsewhere.\n"
      "net.ipv4.ip_local_reserved_ports = {}\n",
      comment_text(change.server),
      change.direction == Direction::there
          ? fmt::format("static ports that outgoing connections must not take; for {}", kSysctlPath)
          : fmt::format("no reserved ports; load it with sysctl -p, and delete {}", kSysctlPath),
      to_string(change.reserved));
}

}  // namespace pinhole::plan
