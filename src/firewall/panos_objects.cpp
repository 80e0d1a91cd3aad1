// SPDX-License-Identifier: Apache-2.0
#include "firewall/panos_objects.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace pinhole::firewall {
namespace {

constexpr std::string_view kShared = "shared";

std::string key_of(std::string_view scope, std::string_view name) {
  return fmt::format("{}\x1f{}", scope, name);
}

/// `80,443,5000-5010`; any where empty; none where one of them is not understood.
std::optional<std::vector<NumberRange>> port_list(std::string_view text) {
  std::vector<NumberRange> ranges;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, end);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    const auto range = port_range(one.substr(0, one.find(' ')));
    if (!range) {
      return std::nullopt;
    }
    ranges.push_back(*range);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (ranges.empty()) {
    ranges.push_back(kAllPorts);
  }
  return ranges;
}

std::optional<AddressRange> literal(std::string_view text) {
  const std::size_t dash = text.find('-');
  return dash == std::string_view::npos ? network(text)
                                        : between(text.substr(0, dash), text.substr(dash + 1));
}

}  // namespace

std::vector<std::string> panos_values(std::span<const std::string> words, std::size_t& at) {
  std::vector<std::string> values;
  if (at >= words.size()) {
    return values;
  }
  if (words[at] != "[") {
    values.push_back(words[at++]);
    return values;
  }
  for (++at; at < words.size() && words[at] != "]"; ++at) {
    values.push_back(words[at]);
  }
  at += at < words.size() ? 1 : 0;
  return values;
}

PanosObjects::PanosObjects() {
  const auto web = [&](const char* name, std::initializer_list<std::uint32_t> ports) {
    ZoneObject& object = services_.put(key_of(kShared, name), 0);
    for (const std::uint32_t port : ports) {
      object.elements.push_back(firewall::service({6, 6}, kAllPorts, {port, port}));
    }
  };
  web("service-http", {80, 8080});
  web("service-https", {443});
  services_.put(key_of(kShared, "application-default"), 0).unknown =
      "service application-default: the ports of each application";
}

void PanosObjects::zone(std::span<const std::string> words, std::uint32_t line) {
  if (words.empty()) {
    return;
  }
  if (!zones_.has(words[0])) {
    zone_names_.push_back(words[0]);
    zones_.put(words[0], line).unknown = "zone " + words[0] + " has no interface here";
  }
  ZoneObject& zone = zones_.put(words[0], line);
  if (words.size() < 4 || words[1] != "network" || words[2] == "zone-protection-profile" ||
      words[2] == "log-setting" || words[2].starts_with("enable-")) {
    return;
  }
  if (words[2] == "external") {
    zone.unknown = "zone " + words[0] + " leads to other virtual systems";
    return;
  }
  std::size_t at = 3;
  for (const std::string& name : panos_values(words, at)) {
    zone.elements.push_back({InterfaceName{name, false}});
    zone.unknown.clear();
  }
}

void PanosObjects::address(const std::string& scope, std::span<const std::string> words,
                           std::uint32_t line) {
  if (words.empty()) {
    return;
  }
  ZoneObject& object = addresses_.put(key_of(scope, words[0]), line);
  for (std::size_t at = 1; at + 1 < words.size();) {
    const std::string& what = words[at++];
    const std::vector<std::string> values = panos_values(words, at);
    if (what == "description" || what == "tag" || what == "disable-override" || values.empty()) {
      continue;
    }
    const auto range =
        what == "ip-netmask" || what == "ip-range" ? literal(values.front()) : std::nullopt;
    if (range) {
      object.elements.push_back({*range});
    } else {
      object.unknown = fmt::format("address {}: {} {}", words[0], what, values.front());
    }
  }
}

void PanosObjects::address_group(const std::string& scope, std::span<const std::string> words,
                                 std::uint32_t line) {
  if (words.empty()) {
    return;
  }
  const std::string key = key_of(scope, words[0]);
  for (std::size_t at = 1; at + 1 < words.size();) {
    const std::string& what = words[at++];
    if (what == "dynamic") {
      addresses_.put(key, line).unknown =
          fmt::format("address group {}: dynamic, by {}", words[0], words.back());
      return;
    }
    std::vector<std::string> values = panos_values(words, at);
    if (what == "static") {
      Group& group = address_groups_.try_emplace(key, Group{scope, {}, line}).first->second;
      std::ranges::move(values, std::back_inserter(group.members));
    }
  }
}

void PanosObjects::service(const std::string& scope, std::span<const std::string> words,
                           std::uint32_t line) {
  if (words.empty()) {
    return;
  }
  Service& service = found_[key_of(scope, words[0])];
  service.name = words[0];
  service.line = line;
  for (std::size_t at = 1; at < words.size();) {
    const std::string& what = words[at++];
    if (what == "protocol" && at < words.size()) {
      service.protocol = words[at++];
    } else if (what == "port" && at < words.size()) {
      service.ports = words[at++];
    } else if (what == "source-port" && at < words.size()) {
      service.source_ports = words[at++];
    } else if (what == "override") {
      return;  // timeouts
    } else if (what == "description" || what == "tag" || what == "disable-override") {
      (void)panos_values(words, at);
    } else {
      service.unknown = what;
    }
  }
}

void PanosObjects::service_group(const std::string& scope, std::span<const std::string> words,
                                 std::uint32_t line) {
  for (std::size_t at = 1; at + 1 < words.size();) {
    const std::string& what = words[at++];
    std::vector<std::string> values = panos_values(words, at);
    if (what == "members") {
      Group& group = service_groups_.try_emplace(key_of(scope, words[0]), Group{scope, {}, line})
                         .first->second;
      std::ranges::move(values, std::back_inserter(group.members));
    }
  }
}

void PanosObjects::finish_service(const std::string& key, const Service& service) {
  ZoneObject& object = services_.put(key, service.line);
  const std::uint32_t number = service.protocol == "tcp"    ? 6
                               : service.protocol == "udp"  ? 17
                               : service.protocol == "sctp" ? 132
                                                            : 0;
  const auto ports = port_list(service.ports);
  const auto source_ports = port_list(service.source_ports);
  if (number == 0 || !service.unknown.empty() || !ports || !source_ports) {
    object.unknown = fmt::format("service {}: {}", service.name,
                                 service.unknown.empty() ? "protocol or ports" : service.unknown);
    return;
  }
  for (const NumberRange& source : *source_ports) {
    for (const NumberRange& destination : *ports) {
      object.elements.push_back(firewall::service({number, number}, source, destination));
    }
  }
}

void PanosObjects::finish() {
  for (const auto& [key, service] : found_) {
    finish_service(key, service);
  }
  const auto join = [this](ObjectTable& table, const std::map<std::string, Group>& groups) {
    for (const auto& [key, group] : groups) {
      table.put(key, group.line);
    }
    for (const auto& [key, group] : groups) {
      ZoneObject& object = table.put(key, group.line);
      for (const std::string& member : group.members) {
        object.members.push_back(key_in(table, group.scope, member));
      }
    }
  };
  join(addresses_, address_groups_);
  join(services_, service_groups_);
}

std::string PanosObjects::key_in(const ObjectTable& table, const std::string& scope,
                                 const std::string& name) const {
  const std::string own = key_of(scope, name);
  return table.has(own) ? own : key_of(kShared, name);
}

std::vector<std::string> PanosObjects::addresses_of(const std::vector<std::string>& names,
                                                    std::uint32_t line) {
  std::vector<std::string> keys;
  keys.reserve(names.size());
  for (const std::string& name : names) {
    std::string key = key_in(addresses_, scope_, name);
    if (!addresses_.has(key)) {
      if (const auto range = literal(name)) {
        addresses_.put(key, line).elements = {{*range}};
      }
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<std::string> PanosObjects::services_of(const std::vector<std::string>& names) const {
  std::vector<std::string> keys;
  keys.reserve(names.size());
  for (const std::string& name : names) {
    keys.push_back(key_in(services_, scope_, name));
  }
  return keys;
}

}  // namespace pinhole::firewall
