// SPDX-License-Identifier: Apache-2.0
#include "firewall/fortios_objects.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace pinhole::firewall {
namespace {

constexpr std::array kTables = {
    "system zone",       "system sdwan/members",    "system session-helper",
    "firewall address",  "firewall address6",       "firewall addrgrp",
    "firewall addrgrp6", "firewall service custom", "firewall service group",
    "firewall vip",      "firewall vip6",           "firewall vipgrp",
    "firewall vipgrp6"};

struct Predefined {
  std::string_view name;
  std::string_view tcp;
  std::string_view udp = "";
};

/// Services that each device is delivered with, for texts that do not show them.
constexpr Predefined kServices[] = {
    {"ALL_TCP", "1-65535"},
    {"ALL_UDP", "", "1-65535"},
    {"HTTP", "80"},
    {"HTTPS", "443"},
    {"SMTP", "25"},
    {"SMTPS", "465"},
    {"IMAP", "143"},
    {"IMAPS", "993"},
    {"POP3", "110"},
    {"POP3S", "995"},
    {"SSH", "22"},
    {"TELNET", "23"},
    {"FTP", "21"},
    {"DNS", "53", "53"},
    {"NTP", "123", "123"},
    {"LDAP", "389"},
    {"KERBEROS", "88 464", "88 464"},
    {"DCE-RPC", "135", "135"},
    {"SAMBA", "139"},
    {"SMB", "445"},
    {"RDP", "3389"},
    {"SNMP", "161-162", "161-162"},
    {"SYSLOG", "", "514"},
    {"DHCP", "", "67-68"},
    {"TFTP", "", "69"},
    {"MS-SQL", "1433 1434"},
};

/// Session helpers that each device is delivered with and that let further sessions pass; its
/// number of the protocol and its port (system session-helper).
struct DefaultHelper {
  std::string_view name;
  std::uint32_t protocol;
  std::uint32_t port;
};
constexpr DefaultHelper kHelpers[] = {
    {"pptp", 6, 1723},   {"h323", 6, 1720},  {"ras", 17, 1719}, {"tns", 6, 1521},
    {"tftp", 17, 69},    {"rtsp", 6, 554},   {"rtsp", 6, 7070}, {"rtsp", 6, 8554},
    {"ftp", 6, 21},      {"mms", 6, 1863},   {"pmap", 6, 111},  {"pmap", 17, 111},
    {"sip", 17, 5060},   {"rsh", 6, 514},    {"rsh", 6, 512},   {"dcerpc", 6, 135},
    {"dcerpc", 17, 135}, {"mgcp", 17, 2427}, {"mgcp", 17, 2727}};
constexpr std::string_view kHarmlessHelpers[] = {"dns-udp", "dns-tcp"};

std::string key_of(bool v4, std::string_view name) {
  return fmt::format("{}\x1f{}", v4 ? "4" : "6", name);
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) {
      words.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool is_zero(const std::string& text) {
  return text.empty() || text == "0" || text == "0.0.0.0";
}

}  // namespace

std::string fortios_value(const FortiosEntry& entry, std::string_view key) {
  const auto found = entry.find(key);
  std::string value;
  if (found != entry.end()) {
    for (const std::string& word : found->second) {
      value += (value.empty() ? "" : " ") + word;
    }
  }
  return value;
}

std::vector<std::string> fortios_list(const FortiosEntry& entry, std::string_view key) {
  const auto found = entry.find(key);
  return found == entry.end() ? std::vector<std::string>() : found->second;
}

FortiosObjects::FortiosObjects() {
  for (const bool v4 : {true, false}) {
    addresses_.put(key_of(v4, "all"), 0).elements = {
        {all_addresses(v4 ? IpAddress::Family::v4 : IpAddress::Family::v6)}};
  }
}

bool FortiosObjects::take(const FortiosSetting& setting) {
  if (std::ranges::find(kTables, setting.table) == kTables.end()) {
    return false;
  }
  Entry& entry =
      tables_[std::string(setting.table)].try_emplace(std::string(setting.entry)).first->second;
  entry.line = entry.line == 0 ? setting.line : entry.line;
  if (!setting.key.empty()) {
    auto& values = entry.settings[std::string(setting.key)];
    values.insert(values.end(), setting.values.begin(), setting.values.end());
  }
  return true;
}

void FortiosObjects::finish() {
  finish_zones();
  finish_helpers();
  finish_addresses(tables_["firewall address"], true);
  finish_addresses(tables_["firewall address6"], false);
  finish_groups(tables_["firewall addrgrp"], true);
  finish_groups(tables_["firewall addrgrp6"], false);
  finish_vips();
  finish_services();
}

void FortiosObjects::finish_zones() {
  for (const auto& [name, entry] : tables_["system zone"]) {
    ZoneObject& zone = zones_.put(name, entry.line);
    for (const std::string& interface : fortios_list(entry.settings, "interface")) {
      zone.elements.push_back({InterfaceName{interface, false}});
    }
    if (fortios_value(entry.settings, "intrazone") == "allow") {
      open_zones_.push_back(name);
    }
  }
  for (const auto& [number, entry] : tables_["system sdwan/members"]) {
    std::string zone = fortios_value(entry.settings, "zone");
    zone = zone.empty() ? "virtual-wan-link" : zone;
    zones_.put(zone, entry.line)
        .elements.push_back({InterfaceName{fortios_value(entry.settings, "interface"), false}});
  }
}

void FortiosObjects::finish_helpers() {
  const auto shown = tables_.find("system session-helper");
  if (shown == tables_.end()) {
    for (const DefaultHelper& helper : kHelpers) {
      helpers_.push_back({std::string(helper.name), helper.protocol, helper.port});
    }
    return;
  }
  for (const auto& [number, entry] : shown->second) {
    const std::string name = fortios_value(entry.settings, "name");
    const auto protocol = parse_decimal(fortios_value(entry.settings, "protocol"), 0, 255);
    const auto port = parse_decimal(fortios_value(entry.settings, "port"), 0, 65535);
    const bool harmless = std::ranges::find(kHarmlessHelpers, name) != std::end(kHarmlessHelpers);
    if (!harmless && protocol && port) {
      helpers_.push_back(
          {name, static_cast<std::uint32_t>(*protocol), static_cast<std::uint32_t>(*port)});
    }
  }
}

void FortiosObjects::finish_addresses(const Entries& entries, bool v4) {
  for (const auto& [name, entry] : entries) {
    ZoneObject& object = addresses_.put(key_of(v4, name), entry.line);
    const std::string type = fortios_value(entry.settings, "type");
    std::optional<AddressRange> range;
    if (type == "iprange") {
      range = between(fortios_value(entry.settings, "start-ip"),
                      fortios_value(entry.settings, "end-ip"));
    } else if (type.empty() || type == "ipmask" || type == "ipprefix") {
      std::string subnet = fortios_value(entry.settings, v4 ? "subnet" : "ip6");
      std::ranges::replace(subnet, ' ', '/');
      const auto family = v4 ? IpAddress::Family::v4 : IpAddress::Family::v6;
      range = subnet.empty() ? all_addresses(family) : network(subnet);
    }
    object.elements.clear();
    if (range) {
      object.elements.push_back({*range});
    } else {
      object.unknown = fmt::format("address {}: type {}", name, type.empty() ? "ipmask" : type);
    }
  }
}

void FortiosObjects::finish_groups(const Entries& entries, bool v4) {
  for (const auto& [name, entry] : entries) {
    ZoneObject& object = addresses_.put(key_of(v4, name), entry.line);
    for (const std::string& member : fortios_list(entry.settings, "member")) {
      object.members.push_back(key_of(v4, member));
    }
    if (fortios_value(entry.settings, "exclude") == "enable") {
      for (const std::string& member : fortios_list(entry.settings, "exclude-member")) {
        object.excluded.push_back(key_of(v4, member));
      }
    }
    const std::string type = fortios_value(entry.settings, "type");
    if (!type.empty() && type != "default" && type != "folder") {
      object.unknown = fmt::format("address group {}: type {}", name, type);
    }
  }
}

std::string FortiosObjects::opened_by(const ZoneObject& object, const std::string& helper) const {
  if (helper == "disable") {
    return {};
  }
  if (!helper.empty() && helper != "auto") {
    return std::ranges::find(kHarmlessHelpers, helper) != std::end(kHarmlessHelpers) ? std::string()
                                                                                     : helper;
  }
  for (const Element& element : object.elements) {
    const auto& protocol = std::get<NumberRange>(element[0]);
    const auto& ports = std::get<NumberRange>(element[2]);
    const auto found = std::ranges::find_if(helpers_, [&](const Helper& each) {
      return protocol.first <= each.protocol && each.protocol <= protocol.last &&
             ports.first <= each.port && each.port <= ports.last;
    });
    if (found != helpers_.end()) {
      return found->name;
    }
  }
  return {};
}

/// `135 5000-5010:1024-65535`: ports of the destination, then those of the source.
void FortiosObjects::add_ports(ZoneObject& object, const Entry& entry, std::string_view key,
                               std::uint32_t protocol) const {
  for (const std::string& text : fortios_list(entry.settings, key)) {
    const std::size_t colon = text.find(':');
    const auto ports = port_range(std::string_view(text).substr(0, colon));
    const auto source_ports = colon == std::string::npos
                                  ? std::optional(kAllPorts)
                                  : port_range(std::string_view(text).substr(colon + 1));
    if (ports && source_ports) {
      object.elements.push_back(service({protocol, protocol}, *source_ports, *ports));
    } else {
      object.unknown = fmt::format("{} {}", key, text);
    }
  }
}

void FortiosObjects::predefine() {
  Entries& custom = tables_["firewall service custom"];
  for (const Predefined& one : kServices) {
    const auto [place, added] = custom.try_emplace(std::string(one.name));
    if (added) {
      place->second.settings["tcp-portrange"] = words_of(one.tcp);
      place->second.settings["udp-portrange"] = words_of(one.udp);
    }
  }
  const auto put = [&](const char* name, const char* protocol, const char* key, const char* value) {
    const auto [place, added] = custom.try_emplace(name);
    if (added) {
      place->second.settings["protocol"] = {protocol};
      if (key != nullptr) {
        place->second.settings[key] = {value};
      }
    }
  };
  put("ALL", "IP", nullptr, nullptr);
  put("ALL_ICMP", "ICMP", nullptr, nullptr);
  put("ALL_ICMP6", "ICMP6", nullptr, nullptr);
  put("PING", "ICMP", "icmptype", "8");
  put("PING6", "ICMP6", "icmptype", "128");
}

void FortiosObjects::finish_services() {
  predefine();
  for (const auto& [name, entry] : tables_["firewall service custom"]) {
    ZoneObject& object = services_.put(name, entry.line);
    const std::string protocol = fortios_value(entry.settings, "protocol");
    if (protocol.empty() || protocol == "TCP/UDP/SCTP" || protocol == "TCP/UDP/UDP-Lite/SCTP") {
      add_ports(object, entry, "tcp-portrange", 6);
      add_ports(object, entry, "udp-portrange", 17);
      add_ports(object, entry, "sctp-portrange", 132);
    } else if (protocol == "IP") {
      const std::string text = fortios_value(entry.settings, "protocol-number");
      const auto number = parse_decimal(is_zero(text) ? "0" : text, 0, 254).value_or(0);
      const auto first = static_cast<std::uint32_t>(number);
      object.elements.push_back(service({first, first == 0 ? 255 : first}, kAllPorts, kAllPorts));
    } else if (protocol == "ICMP" || protocol == "ICMP6") {
      const std::uint32_t number = protocol == "ICMP" ? 1 : 58;
      const auto type = parse_decimal(fortios_value(entry.settings, "icmptype"), 0, 255);
      const auto code = parse_decimal(fortios_value(entry.settings, "icmpcode"), 0, 255);
      NumberRange ports = kAllPorts;
      if (type) {
        ports.first = static_cast<std::uint32_t>(*type * 256 + code.value_or(0));
        ports.last = code ? ports.first : ports.first + 255;
      }
      object.elements.push_back(service({number, number}, kAllPorts, ports));
    } else {
      object.unknown = "protocol " + protocol;
    }
    const std::string apps = fortios_value(entry.settings, "app-service-type");
    if (!is_zero(fortios_value(entry.settings, "iprange")) ||
        !fortios_value(entry.settings, "fqdn").empty() || (!apps.empty() && apps != "disable") ||
        fortios_value(entry.settings, "proxy") == "enable") {
      object.elements.clear();
      object.unknown = "addresses or applications of its own";
    }
    if (!object.unknown.empty()) {
      object.unknown = fmt::format("service {}: {}", name, object.unknown);
    }
    const std::string opener = opened_by(object, fortios_value(entry.settings, "helper"));
    if (!opener.empty() && name != "ALL") {
      object.opens =
          fmt::format("service {}: the session helper {} opens further ports", name, opener);
    }
  }
  for (const auto& [name, entry] : tables_["firewall service group"]) {
    ZoneObject& object = services_.put(name, entry.line);
    object.members = fortios_list(entry.settings, "member");
  }
}

void FortiosObjects::finish_vips() {
  for (const bool v4 : {true, false}) {
    for (const auto& [name, entry] : tables_[v4 ? "firewall vip" : "firewall vip6"]) {
      if (fortios_value(entry.settings, "status") != "disable") {
        vip_index_[key_of(v4, name)] = vips_.size();
        vips_.push_back({name, entry.settings, v4, entry.line});
      }
    }
  }
}

std::vector<std::string> FortiosObjects::address_keys(const std::vector<std::string>& names,
                                                      bool v4) const {
  std::vector<std::string> keys;
  for (const std::string& name : names) {
    if (!is_vip(name, v4)) {
      keys.push_back(key_of(v4, name));
    }
  }
  return keys;
}

std::vector<std::string> FortiosObjects::interface_keys(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!zones_.has(name)) {
      zones_.put(name, 0).elements = {{InterfaceName{name, false}}};
    }
  }
  return names;
}

bool FortiosObjects::is_vip(const std::string& name, bool v4) const {
  const auto groups = tables_.find(v4 ? "firewall vipgrp" : "firewall vipgrp6");
  const auto disabled = tables_.find(v4 ? "firewall vip" : "firewall vip6");
  return (disabled != tables_.end() && disabled->second.contains(name)) ||
         (groups != tables_.end() && groups->second.contains(name));
}

std::vector<const FortiosVip*> FortiosObjects::vips_of(const std::vector<std::string>& names,
                                                       bool v4) const {
  std::vector<const FortiosVip*> found;
  const auto add = [&](const std::string& name) {
    const auto place = vip_index_.find(key_of(v4, name));
    if (place != vip_index_.end()) {
      found.push_back(&vips_[place->second]);
    }
  };
  const auto groups = tables_.find(v4 ? "firewall vipgrp" : "firewall vipgrp6");
  for (const std::string& name : names) {
    add(name);
    if (groups != tables_.end()) {
      const auto group = groups->second.find(name);
      if (group != groups->second.end()) {
        for (const std::string& member : fortios_list(group->second.settings, "member")) {
          add(member);
        }
      }
    }
  }
  return found;
}

}  // namespace pinhole::firewall
