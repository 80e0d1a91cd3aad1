// SPDX-License-Identifier: Apache-2.0
#include "plan/state_kind.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "registry/reg_decode.hpp"
#include "snapshot/netstat.hpp"
#include "snapshot/smb_conf.hpp"
#include "snapshot/text.hpp"

namespace pinhole::plan {
namespace {

constexpr std::size_t kEnough = std::size_t{64} << 10U;

/// The beginning of the text without its encoding: what tells the kinds apart is ASCII.
std::string beginning(ByteView file) {
  std::string_view text = text_of(file.first(std::min(file.size(), kEnough)));
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  if (!text.starts_with("\xff\xfe")) {
    return std::string(text);
  }
  std::string ascii;
  for (std::size_t at = 2; at + 1 < text.size(); at += 2) {
    ascii += text[at + 1] == '\0' ? text[at] : '?';
  }
  return ascii;
}

/// `ncacn_ip_tcp(Connection-oriented TCP/IP)`; a binding string goes on with a colon.
bool starts_rpcdump(std::string_view line) {
  if (!line.starts_with("ncacn_") && !line.starts_with("ncadg_") && !line.starts_with("ncalrpc")) {
    return false;
  }
  const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
  return end == std::string_view::npos || line[end] != ':';
}

/// [global], or a parameter of it that only Samba has.
bool marks_smb_conf(std::string_view line) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"workgroup", "serverrole", "netbiosname", "serverservices", "rpcserverport",
       "rpcserverdynamicportrange", "dcerpcendpointservers"});
  const std::string key = snapshot::smb_key(line.substr(0, line.find('=')));
  if (key.starts_with("[global]")) {
    return true;
  }
  const bool known =
      std::ranges::find(kNames, key) != kNames.end() || key.starts_with("rpcserverport:");
  // In TOML a text stands between quotation marks.
  const std::size_t value = line.find_first_not_of("= \t", line.find('='));
  return known && value != std::string_view::npos && line[value] != '"';
}

bool says_something(std::string_view smb_conf) {
  for (snapshot::Lines lines(smb_conf); lines.next();) {
    const std::string_view line = snapshot::trimmed(lines.line());
    if (!line.empty() && !line.starts_with('#') && !line.starts_with(';')) {
      return true;
    }
  }
  return false;
}

StateKind recognise_lines(std::string_view text) {
  for (snapshot::Lines lines(text); lines.next();) {
    const std::string_view line = snapshot::trimmed(lines.line());
    if (starts_rpcdump(line)) {
      return StateKind::rpcdump;
    }
    if (snapshot::starts_socket(line)) {
      return StateKind::netstat;
    }
    if (marks_smb_conf(line)) {
      return StateKind::smb_conf;
    }
  }
  return StateKind::unknown;
}

}  // namespace

StateKind recognise(ByteView file) {
  if (text_of(file).starts_with("regf")) {
    return StateKind::hive;
  }
  const std::string start = beginning(file);
  const std::string_view text = snapshot::trimmed(start);
  if (text.starts_with(registry::kRegedit4Header) || text.starts_with(registry::kVersion5Header)) {
    return StateKind::reg;
  }
  if (text.starts_with('{')) {
    return text.find("\"pinhole.dump/") != std::string_view::npos ? StateKind::dump
                                                                  : StateKind::unknown;
  }
  if (text.starts_with('<')) {
    return text.find("<configuration") != std::string_view::npos ||
                   text.find("<appSettings") != std::string_view::npos
               ? StateKind::app_config
               : StateKind::unknown;
  }
  return recognise_lines(text);
}

std::string_view to_string(StateKind kind) {
  switch (kind) {
    case StateKind::unknown:
      return "a file of no kind that is known";
    case StateKind::hive:
      return "a registry hive";
    case StateKind::reg:
      return "a .reg file";
    case StateKind::dump:
      return "a dump in JSON";
    case StateKind::rpcdump:
      return "an rpcdump listing";
    case StateKind::netstat:
      return "a netstat listing";
    case StateKind::smb_conf:
      return "an smb.conf";
    case StateKind::app_config:
      return "a .config file";
  }
  return "?";
}

Checked<void> expect_kind(StateKind expected, ByteView file, std::string_view name) {
  const auto plain = [](StateKind kind) { return kind == StateKind::hive ? StateKind::reg : kind; };
  const StateKind found = recognise(file);
  // Samba's reader passes nearly every line over, so it would find nothing wrong.
  const bool takes_all = expected == StateKind::smb_conf && says_something(beginning(file));
  if (plain(found) == plain(expected) || (found == StateKind::unknown && !takes_all)) {
    return {};
  }
  const std::string wanted = plain(expected) == StateKind::reg ? "a registry hive or a .reg file"
                                                               : std::string(to_string(expected));
  return failure({.id = "state-kind",
                  .place = {std::string(name), 0, 0, {}},
                  .message = fmt::format("is {}, where {} was expected", to_string(found), wanted),
                  .remedy = "name another file, or name this one for what it is"});
}

}  // namespace pinhole::plan
