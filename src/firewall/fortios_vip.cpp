// SPDX-License-Identifier: Apache-2.0
#include "firewall/fortios_vip.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pinhole::firewall {
namespace {

std::optional<AddressRange> range_of(const std::string& text) {
  const std::size_t dash = text.find('-');
  return dash == std::string::npos ? network(text)
                                   : between(text.substr(0, dash), text.substr(dash + 1));
}

bool forwards(const FortiosVip& vip) {
  return fortios_value(vip.settings, "portforward") == "enable";
}

std::string external_ports(const FortiosVip& vip) {
  return fortios_value(vip.settings, "extport");
}

Action translation_of(const FortiosVip& vip) {
  const std::string type = fortios_value(vip.settings, "type");
  const auto inside = range_of(fortios_value(vip.settings, "mappedip"));
  const auto outside = port_range(external_ports(vip));
  const std::string text = fortios_value(vip.settings, "mappedport");
  const auto ports = text.empty() ? outside : port_range(text);
  if ((!type.empty() && type != "static-nat") || !inside ||
      (forwards(vip) && (!ports || !outside))) {
    return UnknownAction{"vip " + vip.name + (type.empty() ? "" : " of type " + type)};
  }
  Nat nat;
  nat.kind = Nat::Kind::dnat;
  nat.to.address = inside;
  if (forwards(vip) && ports != outside) {
    nat.to.ports = ports;
  }
  return nat;
}

}  // namespace

Match fortios_vip_outside(const FortiosVip& vip) {
  const auto range = range_of(fortios_value(vip.settings, "extip"));
  if (!range) {
    return unknown_match("extip of " + vip.name);
  }
  Match match;
  match.fields = {Field::original_destination};
  match.elements = {{*range}};
  return match;
}

void fortios_vip_ports(RulesetRule& rule, const FortiosVip& vip) {
  if (!forwards(vip)) {
    return;
  }
  const std::string protocol = fortios_value(vip.settings, "protocol");
  const std::uint32_t number = protocol == "udp"    ? 17
                               : protocol == "sctp" ? 132
                               : protocol == "icmp" ? 1
                                                    : 6;
  rule.matches.push_back(one_of(Field::protocol, {{number, number}}));
  if (number == 1) {
    return;
  }
  const auto ports = port_range(external_ports(vip));
  rule.matches.push_back(ports ? one_of(Field::original_destination_port, {*ports})
                               : unknown_match("extport of " + vip.name));
}

void fortios_vip_rules(FortiosObjects& objects, RuleMaker& maker) {
  std::vector<RulesetRule> arriving;
  for (const FortiosVip& vip : objects.vips()) {
    RulesetRule rule;
    rule.line = vip.line;
    rule.text = "vip " + vip.name;
    const std::string interface = fortios_value(vip.settings, "extintf");
    if (!interface.empty() && interface != "any") {
      rule.matches.push_back(maker.any_of(objects.zones(), objects.interface_keys({interface}),
                                          {Field::in_interface}));
    }
    rule.matches.push_back(fortios_vip_outside(vip));
    fortios_vip_ports(rule, vip);
    const std::vector<std::string> filter = fortios_list(vip.settings, "src-filter");
    if (!filter.empty()) {
      Match match;
      match.fields = {Field::source};
      for (const std::string& text : filter) {
        const auto range = range_of(text);
        if (range) {
          match.elements.push_back({*range});
        } else {
          match = unknown_match("src-filter " + text);
          break;
        }
      }
      rule.matches.push_back(std::move(match));
    }
    rule.actions.push_back(translation_of(vip));
    arriving.push_back(std::move(rule));
  }
  if (!arriving.empty()) {
    maker.chain("vip", Hook::prerouting, -100).rules = std::move(arriving);
  }
}

}  // namespace pinhole::firewall
