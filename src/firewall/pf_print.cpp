// SPDX-License-Identifier: Apache-2.0
#include "firewall/pf_print.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "firewall/printing.hpp"
#include "firewall/zone_ranges.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::string_view kName = "pf";
/// PF_RULE_LABEL_SIZE without its end.
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestComment = 400;
constexpr std::size_t kLongestInterface = 15;

/// In a label `$` would be a macro.
std::string label(std::string_view text) {
  std::string clean = clean_text(text, kLongestLabel);
  std::ranges::replace(clean, '$', '.');
  return clean.empty() ? "" : fmt::format(" label \"{}\"", clean);
}

std::string comment(std::string_view text) {
  return fmt::format("# {}\n", clean_text(text, kLongestComment));
}

std::string text_of(const IpPrefix& prefix) {
  return prefix.length == (prefix.address.is_v4() ? 32 : 128) ? to_string(prefix.address)
                                                              : to_string(prefix);
}

std::string_view family_word(Family family) {
  return family == Family::v4 ? "inet" : "inet6";
}

std::string_view protocol_word(Protocol protocol, Family family) {
  switch (protocol) {
    case Protocol::tcp:
      return "tcp";
    case Protocol::udp:
      return "udp";
    case Protocol::icmp:
      return family == Family::v4 ? "icmp" : "";
    case Protocol::icmpv6:
      break;
  }
  return family == Family::v6 ? "ipv6-icmp" : "";
}

std::string port_text(const PortSet& ports) {
  std::vector<std::string> parts;
  for (const PortRange& range : ports.ranges()) {
    parts.push_back(range.first == range.last ? fmt::format("{}", range.first)
                                              : fmt::format("{}:{}", range.first, range.last));
  }
  if (any_port(ports)) {
    return "";
  }
  return parts.size() == 1 ? " port " + parts[0]
                           : fmt::format(" port {{ {} }}", fmt::join(parts, " "));
}

class Printer {
 public:
  explicit Printer(const Policy& policy) : policy_(policy) {
    if (policy.anti_spoofing) {
      print_spoofed();
    }
    for (const Translation& translation : policy.translations) {
      print_translation(translation);
    }
    for (const Line& line : lines_of(policy)) {
      print_line(line);
    }
    for (const ZoneIndex zone : policy.hides) {
      rules_ += comment("zone " + policy.zones[zone].name + " hides, by nat-to of its rules");
    }
    rules_ += comment("no flow of the plan");
    rules_ += fmt::format("block drop out {}quick received-on any{}\n", log(policy.log_denied),
                          label("pinhole denied"));
  }

  [[nodiscard]] std::string text() const {
    return fmt::format(
        "# pfctl -a pinhole -f pinhole.conf; pf.conf needs `anchor \"pinhole\"` before other "
        "rules\n"
        "# {}{}\n{}\n{}",
        clean_text(policy_.title, 200),
        policy_.device.empty() ? "" : "; device " + clean_text(policy_.device, 100), tables_,
        rules_);
  }

 private:
  static std::string_view log(bool wanted) { return wanted ? "log " : ""; }

  /// Addresses by name; a list is a table, and one for all its users.
  std::string addresses(const std::vector<IpPrefix>& prefixes) {
    if (is_whole(prefixes)) {
      return "any";
    }
    if (prefixes.size() == 1) {
      return text_of(prefixes[0]);
    }
    const auto [found, added] = named_.try_emplace(prefixes, "");
    if (added) {
      found->second = fmt::format("<pinhole_s{}>", named_.size() - 1);
      std::vector<std::string> parts;
      std::ranges::transform(prefixes, std::back_inserter(parts),
                             [](const IpPrefix& each) { return text_of(each); });
      tables_ += fmt::format("table {} const {{ {} }}\n", found->second, fmt::join(parts, " "));
    }
    return found->second;
  }

  std::string on(ZoneIndex zone) const {
    const std::string& interface = policy_.zones[zone].interface;
    return interface.empty() ? "" : fmt::format("on {} ", interface);
  }
  std::string received_on(ZoneIndex zone) const {
    const std::string& interface = policy_.zones[zone].interface;
    return fmt::format("received-on {} ", interface.empty() ? "any" : interface);
  }

  void print_spoofed() {
    for (ZoneIndex zone = 0; zone < policy_.zones.size(); ++zone) {
      const std::string what = "not an address of zone " + policy_.zones[zone].name;
      for (const Family family : kFamilies) {
        const ZoneAddresses held = addresses_of(policy_, zone, family);
        if (needs_addresses(policy_, zone) || held.everything()) {
          continue;
        }
        const std::string from =
            held.nothing() ? "any" : "! " + addresses(prefixes_of(held, family));
        rules_ += fmt::format("{}block drop out {}quick {}{} from {} to any{}\n", comment(what),
                              log(policy_.log_denied), received_on(zone), family_word(family), from,
                              label("pinhole spoofed: " + what));
      }
    }
  }

  void print_translation(const Translation& translation) {
    const Family family = translation.outside.family;
    const std::string_view protocol = protocol_word(translation.protocol, family);
    const std::string reason = comment_of(translation.reasons, kLongestComment);
    const ZoneAddresses held = addresses_of(policy_, translation.from, family);
    const bool by_address = policy_.zones[translation.from].interface.empty() ||
                            needs_addresses(policy_, translation.from);
    if (protocol.empty() || (by_address && held.nothing())) {
      rules_ += comment("no packet can be meant: " + reason);
      return;
    }
    rules_ +=
        comment(reason) + fmt::format("pass in quick {}{} proto {} from {} to {}{}{} rdr-to {}{}\n",
                                      on(translation.from), family_word(family), protocol,
                                      by_address ? addresses(prefixes_of(held, family)) : "any",
                                      to_string(translation.outside), port_text(translation.ports),
                                      state(translation.protocol), to_string(translation.inside),
                                      label(reason));
  }

  std::string_view state(Protocol protocol) const {
    if (!policy_.stateful) {
      return protocol == Protocol::tcp ? " flags any no state" : " no state";
    }
    return protocol == Protocol::tcp ? " flags S/SA keep state" : " keep state";
  }

  void print_line(const Line& line) {
    const bool answers = line.kind == Line::Kind::answers;
    const std::string reason =
        (answers ? "answers " : "") + comment_of(*line.reasons, kLongestComment);
    std::string text;
    for (const Family family : kFamilies) {
      const std::vector<IpPrefix> sources =
          held_by(addresses_of(policy_, line.from, family), *line.sources, family);
      const std::vector<IpPrefix> destinations =
          held_by(addresses_of(policy_, line.to, family), *line.destinations, family);
      const std::string_view protocol = protocol_word(line.protocol, family);
      if (protocol.empty() || sources.empty() || destinations.empty()) {
        continue;
      }
      const std::string packets = fmt::format(
          "{} proto {} from {}{} to {}{}", family_word(family), protocol, addresses(sources),
          port_text(line.source_ports), addresses(destinations), port_text(line.ports));
      if (answers && line.protocol == Protocol::tcp) {
        // Answers of TCP have one of these flags; a first packet has neither.
        text += both_ways(line, packets, " flags A/A no state", reason);
        text += both_ways(line, packets, " flags R/R no state", reason);
      } else {
        text += both_ways(line, packets, state(line.protocol), reason);
      }
    }
    rules_ += comment(reason) + text;
  }

  /// The rule where packets come in, and where they leave. What is for the device itself does not
  /// leave, and its answers do not come in.
  std::string both_ways(const Line& line, std::string_view packets, std::string_view state,
                        std::string_view reason) const {
    const bool own = line.from == line.to;
    const bool answers = line.kind == Line::Kind::answers;
    const bool hidden = std::ranges::find(policy_.hides, line.from) != policy_.hides.end();
    std::string text;
    if (!own || !answers) {
      text += fmt::format("pass in {}quick {}{}{}{}\n", log(line.log), on(line.from), packets,
                          state, label(reason));
    }
    if (!own) {
      text += fmt::format(
          "pass out quick {}{}{}{}{}{}\n", on(line.to), received_on(line.from), packets, state,
          hidden ? fmt::format(" nat-to ({}:0)", policy_.zones[line.to].interface) : "",
          label(reason));
    } else if (answers) {
      text += fmt::format("pass out quick {}{}{}{}\n", on(line.to), packets, state, label(reason));
    }
    return text;
  }

  const Policy& policy_;
  std::map<std::vector<IpPrefix>, std::string> named_;
  std::string tables_;
  std::string rules_;
};

bool is_interface_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && name.size() <= kLongestInterface && letter(name.front()) &&
         digit(name.back()) && std::ranges::all_of(name, [&](char c) {
           return letter(c) || digit(c) || c == '_' || c == '.';
         });
}

void refuse(Diagnostics& found, std::string_view id, std::string message, std::string remedy) {
  found.push_back({.id = std::string(id),
                   .severity = Severity::error,
                   .place = {.name = std::string(kName), .line = 0, .column = 0, .offset = {}},
                   .message = std::move(message),
                   .remedy = std::move(remedy),
                   .exit = Exit::usage});
}

/// What pf cannot say, beside what no device can.
Diagnostics own_refusals(const Policy& policy) {
  Diagnostics found;
  for (const Zone& zone : policy.zones) {
    if (!zone.interface.empty() && !is_interface_name(zone.interface)) {
      refuse(found, "pf-interface-name",
             fmt::format("zone {}: BSD has no interface named {}", zone.name,
                         clean_text(zone.interface, 64)),
             "give the name that `ifconfig` shows, letters and a number as em0");
    }
  }
  if (!policy.stateful && (!policy.translations.empty() || !policy.hides.empty())) {
    refuse(found, "pf-stateless-nat", "pf translates addresses with states only",
           "set stateful = true for the device, or translate elsewhere");
  }
  for (const Rule& rule : policy.rules) {
    const bool hidden = std::ranges::find(policy.hides, rule.from) != policy.hides.end();
    if (hidden && rule.from != rule.to && policy.zones[rule.to].interface.empty()) {
      refuse(found, "pf-hide-interface",
             fmt::format("zone {} has no interface whose address could hide zone {}",
                         policy.zones[rule.to].name, policy.zones[rule.from].name),
             "compile with --device, and name the interfaces of its zones");
      break;
    }
  }
  return found;
}

}  // namespace

Checked<std::string> print_pf(const Policy& policy) {
  // Interfaces and states of Linux are no concern of pf.
  Policy general = policy;
  general.stateful = true;
  for (Zone& zone : general.zones) {
    zone.interface.clear();
  }
  Diagnostics refused = refusals_of(general, kName);
  if (refused.empty()) {
    refused = own_refusals(policy);
  }
  if (!refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  return Printer(policy).text();
}

std::string print_pf_undo() {
  return "#!/bin/sh\npfctl -a pinhole -F all\n";
}

}  // namespace pinhole::firewall
