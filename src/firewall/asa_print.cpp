// SPDX-License-Identifier: Apache-2.0
#include "firewall/asa_print.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "firewall/cisco_printing.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::string_view kBackend = "cisco-asa";
constexpr std::size_t kLongestRemark = 100;

std::string_view word_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "tcp";
    case Protocol::udp:
      return "udp";
    case Protocol::icmp:
      return "icmp";
    case Protocol::icmpv6:
      break;
  }
  return "icmp6";
}

std::string network(const IpPrefix& prefix) {
  if (prefix.length == (prefix.address.is_v4() ? 32 : 128)) {
    return "host " + to_string(prefix.address);
  }
  return prefix.address.is_v4() ? fmt::format("{} {}", to_string(prefix.address), netmask(prefix))
                                : to_string(prefix);
}

std::string compared(PortRange range) {
  return range.first == range.last ? fmt::format("eq {}", range.first)
                                   : fmt::format("range {} {}", range.first, range.last);
}

class Printer {
 public:
  Printer(const Policy& policy, const ZoneCuts& cuts, std::string prefix)
      : policy_(policy), cuts_(cuts), prefix_(std::move(prefix)) {
    print_lists();
    for (const Translation& translation : policy.translations) {
      print_translation(translation);
    }
    for (const ZoneIndex zone : policy.hides) {
      print_hide(zone);
    }
  }

  [[nodiscard]] std::string body() const { return objects_ + lists_ + nat_ + bindings_; }
  [[nodiscard]] std::string undo() const {
    std::string text = unbind_;
    for (const auto* undone : {&nat_undo_, &object_undo_}) {
      for (auto line = undone->rbegin(); line != undone->rend(); ++line) {
        text += *line;
      }
    }
    return text;
  }

 private:
  /// A group or object with these members, made once.
  std::string object(std::string_view kind, std::string_view more, const std::string& members) {
    const auto [at, added] =
        names_.try_emplace(fmt::format("{}{}\n{}", kind, more, members), std::string());
    if (added) {
      at->second = fmt::format("{}_{}{}", prefix_, kind == "object-group service" ? "P" : "N",
                               names_.size());
      objects_ += fmt::format("{} {}{}\n{}", kind, at->second, more, members);
      object_undo_.push_back(fmt::format("no {} {}{}\n", kind, at->second, more));
    }
    return at->second;
  }

  std::string addresses(const std::vector<IpPrefix>& prefixes) {
    if (is_whole(prefixes)) {
      return prefixes.front().address.is_v4() ? "any4" : "any6";
    }
    return prefixes.size() == 1 ? network(prefixes.front()) : "object-group " + group(prefixes);
  }

  std::string group(const std::vector<IpPrefix>& prefixes) {
    std::string members;
    for (const IpPrefix& prefix : prefixes) {
      members += fmt::format(" network-object {}\n", network(prefix));
    }
    return object("object-group network", "", members);
  }

  std::string ports(Protocol protocol, const PortSet& ports) {
    if (any_port(ports)) {
      return "";
    }
    if (ports.ranges().size() == 1) {
      return " " + compared(ports.ranges().front());
    }
    std::string members;
    for (const PortRange& range : ports.ranges()) {
      members += fmt::format(" port-object {}\n", compared(range));
    }
    return " object-group " +
           object("object-group service", fmt::format(" {}", word_of(protocol)), members);
  }

  void print_lists() {
    const std::vector<Line> lines = lines_of(policy_);
    for (const InterfaceZones& one : by_interface(policy_)) {
      list_ = fmt::format("{}_{}", prefix_, one.interface.empty() ? "all" : one.interface);
      for (const Family family : kFamilies) {
        for (const CutLine& line : cut(cuts_, lines, family)) {
          if (std::ranges::find(one.zones, line.line->from) != one.zones.end()) {
            print_line(line);
          }
        }
      }
      print_end(one.zones);
      const std::string binding =
          one.interface.empty()
              ? fmt::format("access-group {} global\n", list_)
              : fmt::format("access-group {} in interface {}\n", list_, one.interface);
      bindings_ += binding;
      unbind_ += fmt::format("no {}clear configure access-list {}\n", binding, list_);
    }
  }

  void print_line(const CutLine& cut) {
    const Line& line = *cut.line;
    for (const std::string& remark : remarks_of(line, kLongestRemark)) {
      lists_ += fmt::format("access-list {} remark {}\n", list_, remark);
    }
    const std::string sources = addresses(cut.sources) + ports(line.protocol, line.source_ports);
    const std::string destinations = addresses(cut.destinations) + ports(line.protocol, line.ports);
    lists_ += fmt::format("access-list {} extended permit {} {} {}{}\n", list_,
                          word_of(line.protocol), sources, destinations, line.log ? " log" : "");
  }

  /// What is denied, apart from what comes from the wrong side.
  void print_end(const std::vector<ZoneIndex>& zones) {
    const std::string_view log = policy_.log_denied ? "log" : "log disable";
    if (policy_.anti_spoofing) {
      lists_ += fmt::format("access-list {} remark no flow of the plan\n", list_);
      for (const Family family : kFamilies) {
        if (const auto own = cuts_.of_zones(zones, family); !own.empty()) {
          lists_ += fmt::format("access-list {} extended deny ip {} {} {}\n", list_, addresses(own),
                                family == Family::v4 ? "any4" : "any6", log);
        }
      }
    }
    lists_ += fmt::format(
        "access-list {0} remark {1}\naccess-list {0} extended deny ip any any {2}\n", list_,
        policy_.anti_spoofing ? "not an address of this side" : "no flow of the plan", log);
  }

  /// `nat` takes objects of one family only, and no ports inline.
  std::string nat_host(const IpAddress& address) {
    return object("object network", "", fmt::format(" host {}\n", to_string(address)));
  }
  std::string nat_sources(ZoneIndex zone, Family family) {
    if (!needs_addresses(policy_, zone)) {
      return object("object network", "",
                    family == Family::v4 ? " subnet 0.0.0.0 0.0.0.0\n" : " subnet ::/0\n");
    }
    return group(cuts_.of_zones({zone}, family));
  }

  void nat(const std::string& rule, const std::vector<Reason>& reasons) {
    const std::string line = fmt::format("nat {}", rule);
    const std::string why = cisco_text(comment_of(reasons, kLongestRemark), kLongestRemark);
    nat_ += line + (why.empty() ? "" : " description " + why) + "\n";
    nat_undo_.push_back("no " + line + "\n");
  }

  [[nodiscard]] bool hidden(ZoneIndex zone) const {
    return std::ranges::find(policy_.hides, zone) != policy_.hides.end();
  }

  /// The interface behind which an address is.
  [[nodiscard]] std::string interface_of(const IpAddress& address) const {
    const std::vector<IpPrefix> host{
        {address, static_cast<std::uint8_t>(address.is_v4() ? 32 : 128)}};
    for (ZoneIndex zone = 0; zone < policy_.zones.size(); ++zone) {
      if (!cuts_.within(zone, host, address.family).empty() &&
          !policy_.zones[zone].interface.empty()) {
        return policy_.zones[zone].interface;
      }
    }
    return "any";
  }

  void print_translation(const Translation& translation) {
    const ZoneIndex from = translation.from;
    const Family family = translation.outside.family;
    const std::string& interface = policy_.zones[from].interface;
    const bool all = !needs_addresses(policy_, from);
    const std::string sources = all && !hidden(from) ? "any" : nat_sources(from, family);
    const std::string source = hidden(from) ? fmt::format("dynamic {} interface{}", sources,
                                                          family == Family::v6 ? " ipv6" : "")
                                            : fmt::format("static {0} {0}", sources);
    const std::string outside = nat_host(translation.outside);
    const std::string inside = nat_host(translation.inside);
    const PortSet ports = any_port(translation.ports) ? PortSet({0, 65535}) : translation.ports;
    for (const PortRange& range : ports.ranges()) {
      const std::string service =
          object("object service", "",
                 fmt::format(" service {} destination {}\n", word_of(translation.protocol),
                             compared(range)));
      nat(fmt::format("({},{}) source {} destination static {} {} service {} {}{}",
                      interface.empty() ? "any" : interface, interface_of(translation.inside),
                      source, outside, inside, service, service,
                      hidden(from) ? "" : " unidirectional"),
          translation.reasons);
    }
  }

  void print_hide(ZoneIndex zone) {
    const std::string& interface = policy_.zones[zone].interface;
    for (const InterfaceZones& other : by_interface(policy_)) {
      for (const Family family : kFamilies) {
        if (other.interface != interface && !cuts_.of_zones({zone}, family).empty()) {
          nat(fmt::format("({},{}) after-auto source dynamic {} interface{}", interface,
                          other.interface, nat_sources(zone, family),
                          family == Family::v6 ? " ipv6" : ""),
              {});
        }
      }
    }
  }

  const Policy& policy_;
  const ZoneCuts& cuts_;
  std::string prefix_;
  std::string list_;
  std::map<std::string, std::string> names_;  // by what they hold
  std::string objects_;
  std::string lists_;
  std::string nat_;
  std::string bindings_;
  std::string unbind_;
  std::vector<std::string> nat_undo_;
  std::vector<std::string> object_undo_;
};

class Refusals {
 public:
  explicit Refusals(const Policy& policy)
      : policy_(policy), found_(cisco_refusals_of(policy, kBackend)) {}

  Diagnostics take() {
    if (found_.empty()) {
      if (!policy_.stateful) {
        add("asa-stateless", "an ASA keeps the state of every connection",
            "set stateful = true for the device");
      }
      check_rules();
      check_hides();
      check_translations();
    }
    return std::move(found_);
  }

 private:
  void add(std::string_view id, std::string message, std::string_view remedy) {
    found_.push_back(cisco_refusal(kBackend, id, std::move(message), remedy));
  }
  [[nodiscard]] bool hides(ZoneIndex zone) const {
    return std::ranges::find(policy_.hides, zone) != policy_.hides.end();
  }

  void check_rules() {
    for (const Rule& rule : policy_.rules) {
      const std::string name = comment_of(rule.reasons, 80);
      const std::string& from = policy_.zones[rule.from].interface;
      if (rule.from == rule.to) {
        add("asa-own-service", "no access list says who may ask the device itself: " + name,
            "use the device's own commands, such as `ssh`, `http` and `snmp-server host`");
      } else if (!from.empty() && from == policy_.zones[rule.to].interface) {
        add("asa-one-interface",
            "an ASA forwards nothing between two zones of one interface: " + name,
            "give each zone an interface of its own");
      }
      if (hides(rule.to) && rule.from != rule.to) {
        add("asa-hidden-destination",
            "an ASA drops connections to hosts that it hides, as it would translate their "
            "answers: " +
                name,
            "do not hide the zone, or translate the address of the destination elsewhere");
      }
    }
  }

  void check_hides() {
    for (const ZoneIndex zone : policy_.hides) {
      if (policy_.zones[zone].interface.empty()) {
        add("asa-hide-interface",
            fmt::format("zone {} can hide behind an interface only", policy_.zones[zone].name),
            "give each zone its interface");
      }
    }
  }

  void check_translations() {
    for (const Translation& translation : policy_.translations) {
      const std::string name = comment_of(translation.reasons, 80);
      if (translation.protocol != Protocol::tcp && translation.protocol != Protocol::udp) {
        add("asa-translation-icmp", "an ASA cannot translate ICMP alone: " + name,
            "translate TCP and UDP only");
      }
      const bool found = std::ranges::any_of(policy_.zones, [&](const Zone& zone) {
        return zone.rest || std::ranges::any_of(zone.networks, [&](const IpPrefix& prefix) {
                 return prefix.contains(translation.inside);
               });
      });
      if (hides(translation.from) && !found) {
        add("asa-translation-nowhere",
            fmt::format("no zone holds {}: {}", to_string(translation.inside), name),
            "give the network of the address to a zone");
      }
    }
  }

  const Policy& policy_;
  Diagnostics found_;
};

}  // namespace

Checked<AsaTexts> print_asa(const Policy& policy) {
  if (Diagnostics refused = Refusals(policy).take(); !refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  const ZoneCuts cuts(policy);
  const std::string version = version_of(Printer(policy, cuts, "PINHOLE").body());
  const Printer printer(policy, cuts, "PINHOLE_" + version);
  const std::string head = fmt::format(
      "! Cisco ASA 9.0 or later, in configuration mode\n! {}{}\n", cisco_text(policy.title, 200),
      policy.device.empty() ? "" : "; device " + cisco_text(policy.device, 100));
  return AsaTexts{.apply = head + printer.body(), .undo = printer.undo()};
}

}  // namespace pinhole::firewall
