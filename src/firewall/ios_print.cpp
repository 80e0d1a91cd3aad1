// SPDX-License-Identifier: Apache-2.0
#include "firewall/ios_print.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "firewall/cisco_printing.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::string_view kBackend = "cisco-ios";
constexpr std::size_t kLongestRemark = 100;

std::string_view word_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "tcp";
    case Protocol::udp:
      return "udp";
    case Protocol::icmp:
    case Protocol::icmpv6:
      break;
  }
  return "icmp";  // of the list's own family
}

std::string network(const IpPrefix& prefix) {
  if (prefix.length == 0) {
    return "any";
  }
  if (prefix.length == (prefix.address.is_v4() ? 32 : 128)) {
    return "host " + to_string(prefix.address);
  }
  return prefix.address.is_v4() ? fmt::format("{} {}", to_string(prefix.address), wildcard(prefix))
                                : to_string(prefix);
}

std::vector<std::string> ports(const PortSet& ports) {
  if (any_port(ports)) {
    return {""};
  }
  std::vector<std::string> all;
  all.reserve(ports.ranges().size());
  for (const PortRange& range : ports.ranges()) {
    all.push_back(range.first == range.last ? fmt::format(" eq {}", range.first)
                                            : fmt::format(" range {} {}", range.first, range.last));
  }
  return all;
}

std::string list_head(Family family, std::string_view name) {
  return fmt::format("{} {}\n",
                     family == Family::v4 ? "ip access-list extended" : "ipv6 access-list", name);
}

std::string list_name(std::string_view name, Family family) {
  return fmt::format("{}{}", name, family == Family::v4 ? "" : "_v6");
}

/// The entries that say the line; remarks before them.
std::string entries_of(const CutLine& cut) {
  const Line& line = *cut.line;
  std::string text;
  for (const std::string& remark : remarks_of(line, kLongestRemark)) {
    text += fmt::format(" remark {}\n", remark);
  }
  const bool answers = line.kind == Line::Kind::answers && line.protocol == Protocol::tcp;
  for (const IpPrefix& source : cut.sources) {
    for (const std::string& source_port : ports(line.source_ports)) {
      for (const IpPrefix& destination : cut.destinations) {
        for (const std::string& port : ports(line.ports)) {
          text += fmt::format(" permit {} {}{} {}{}{}{}\n", word_of(line.protocol), network(source),
                              source_port, network(destination), port,
                              answers ? " established" : "", line.log ? " log" : "");
        }
      }
    }
  }
  return text;
}

class Printer {
 public:
  Printer(const Policy& policy, const ZoneCuts& cuts, std::string prefix)
      : policy_(policy),
        cuts_(cuts),
        prefix_(std::move(prefix)),
        sides_(by_interface(policy)),
        lines_(lines_of(policy)) {
    if (policy.stateful) {
      print_zones();
    } else {
      print_lists();
    }
  }

  [[nodiscard]] std::string body() const { return body_ + bindings_; }
  [[nodiscard]] std::string undo() const {
    std::string text = unbind_;
    for (auto line = undo_.rbegin(); line != undo_.rend(); ++line) {
      text += *line;
    }
    return text;
  }

 private:
  using Side = InterfaceZones;

  [[nodiscard]] static bool among(const Side& side, ZoneIndex zone) {
    return std::ranges::find(side.zones, zone) != side.zones.end();
  }

  /// A block that is undone by `no` before its head.
  void block(const std::string& head, std::string_view lines) {
    body_ += head + std::string(lines);
    undo_.push_back("no " + head);
  }

  void print_zones() {
    for (std::size_t at = 0; at < sides_.size(); ++at) {
      block(fmt::format("zone security {}_{}\n", prefix_, at), "");
    }
    if (std::ranges::any_of(policy_.rules, &Rule::log)) {
      block(fmt::format("parameter-map type inspect {}_log\n", prefix_), " audit-trail on\n");
    }
    std::vector<std::string> spoofed;
    spoofed.reserve(sides_.size());
    for (std::size_t at = 0; at < sides_.size(); ++at) {
      spoofed.push_back(policy_.anti_spoofing ? print_spoofed(at) : std::string());
    }
    for (std::size_t from = 0; from < sides_.size(); ++from) {
      for (std::size_t to = 0; to < sides_.size(); ++to) {
        if (from != to) {
          print_pair(from, to, spoofed[from]);
        }
      }
    }
    for (std::size_t at = 0; at < sides_.size(); ++at) {
      const std::string member = fmt::format("zone-member security {}_{}\n", prefix_, at);
      bindings_ += fmt::format("interface {}\n {}", sides_[at].interface, member);
      unbind_ += fmt::format("interface {}\n no {}exit\n", sides_[at].interface, member);
    }
  }

  /// A class of what comes from the wrong side; none where there is no such thing.
  std::string print_spoofed(std::size_t at) {
    std::string name = fmt::format("{}_{}_spoofed", prefix_, at);
    std::string matches;
    for (const Family family : kFamilies) {
      const std::vector<IpPrefix> own = cuts_.of_zones(sides_[at].zones, family);
      if (is_whole(own)) {
        continue;
      }
      const std::string_view all = family == Family::v4 ? "ip" : "ipv6";
      std::string entries = " remark not an address of this side\n";
      for (const IpPrefix& prefix : own) {
        entries += fmt::format(" deny {} {} any\n", all, network(prefix));
      }
      entries += fmt::format(" permit {} any any\n", all);
      block(list_head(family, list_name(name, family)), entries);
      matches += fmt::format(" match access-group name {}\n", list_name(name, family));
    }
    if (matches.empty()) {
      return {};
    }
    print_class(name, matches);
    return name;
  }

  void print_class(const std::string& name, const std::string& matches) {
    body_ += fmt::format("class-map type inspect match-any {}\n{}", name, matches);
    undo_.push_back(fmt::format("no class-map type inspect match-any {}\n", name));
  }

  void print_pair(std::size_t from, std::size_t to, const std::string& spoofed) {
    const std::string name = fmt::format("{}_{}_{}", prefix_, from, to);
    const std::string_view drop = policy_.log_denied ? "  drop log\n" : "  drop\n";
    std::string classes;
    if (!spoofed.empty()) {
      classes += fmt::format(" class type inspect {}\n{}", spoofed, drop);
    }
    for (const bool logged : {false, true}) {
      const std::string class_name = name + (logged ? "_log" : "");
      const std::string matches = class_lists(class_name, sides_[from], sides_[to], logged);
      if (!matches.empty()) {
        print_class(class_name, matches);
        classes += fmt::format(" class type inspect {}\n  inspect{}\n", class_name,
                               logged ? fmt::format(" {}_log", prefix_) : "");
      }
    }
    classes += fmt::format(" class class-default\n{}", drop);
    block(fmt::format("policy-map type inspect {}\n", name), classes);
    block(fmt::format("zone-pair security {0} source {1}_{2} destination {1}_{3}\n", name, prefix_,
                      from, to),
          fmt::format(" service-policy type inspect {}\n", name));
  }

  /// Lists of what passes from one side to the other, and the lines that match them.
  std::string class_lists(const std::string& name, const Side& from, const Side& to, bool logged) {
    std::string matches;
    for (const Family family : kFamilies) {
      std::string entries;
      for (const CutLine& line : cut(cuts_, lines_, family)) {
        if (among(from, line.line->from) && among(to, line.line->to) && line.line->log == logged) {
          // The class logs, not the list.
          Line plain = *line.line;
          plain.log = false;
          entries += entries_of({&plain, family, line.sources, line.destinations});
        }
      }
      if (!entries.empty()) {
        block(list_head(family, list_name(name, family)), entries);
        matches += fmt::format(" match access-group name {}\n", list_name(name, family));
      }
    }
    return matches;
  }

  /// What goes out is filtered, so that who may ask the router itself stays as it is; what comes
  /// in must belong to its side.
  void print_lists() {
    for (std::size_t at = 0; at < sides_.size(); ++at) {
      std::string bindings;
      for (const Family family : kFamilies) {
        if (policy_.anti_spoofing) {
          bindings += bound(fmt::format("{}_{}_in", prefix_, at), family, "in",
                            own_sources(sides_[at], family));
        }
        bindings += bound(fmt::format("{}_{}_out", prefix_, at), family, "out",
                          leaving(sides_[at], family));
      }
      bindings_ += fmt::format("interface {}\n{}", sides_[at].interface, bindings);
      for (std::size_t line = 0; line < bindings.size(); line = bindings.find('\n', line) + 1) {
        bindings.insert(line + 1, "no ");
      }
      unbind_ += fmt::format("interface {}\n{}exit\n", sides_[at].interface, bindings);
    }
  }

  /// Makes the list; the line that binds it.
  std::string bound(const std::string& name, Family family, std::string_view way,
                    const std::string& entries) {
    block(list_head(family, list_name(name, family)), entries);
    return fmt::format(" {} {} {}\n",
                       family == Family::v4 ? "ip access-group" : "ipv6 traffic-filter",
                       list_name(name, family), way);
  }

  [[nodiscard]] std::string own_sources(const Side& side, Family family) const {
    const std::string_view all = family == Family::v4 ? "ip" : "ipv6";
    std::string text;
    for (const IpPrefix& own : cuts_.of_zones(side.zones, family)) {
      text += fmt::format(" permit {} {} any\n", all, network(own));
    }
    if (family == Family::v6) {
      text +=
          " remark hosts of the link itself, which are not forwarded\n"
          " permit ipv6 fe80::/10 any\n permit icmp any ff02::/16 nd-ns\n";
    }
    return text + fmt::format(" remark not an address of this side\n deny {} any any{}\n", all,
                              policy_.log_denied ? " log" : "");
  }

  [[nodiscard]] std::string leaving(const Side& side, Family family) const {
    std::string text;
    for (const CutLine& line : cut(cuts_, lines_, family)) {
      if (among(side, line.line->to)) {
        text += entries_of(line);
      }
    }
    return text + fmt::format(" remark no flow of the plan\n deny {} any any{}\n",
                              family == Family::v4 ? "ip" : "ipv6",
                              policy_.log_denied ? " log" : "");
  }

  const Policy& policy_;
  const ZoneCuts& cuts_;
  std::string prefix_;
  std::vector<Side> sides_;
  std::vector<Line> lines_;
  std::string body_;
  std::string bindings_;
  std::string unbind_;
  std::vector<std::string> undo_;
};

Diagnostics refused(const Policy& policy) {
  Diagnostics found = cisco_refusals_of(policy, kBackend);
  if (!found.empty()) {
    return found;
  }
  const auto add = [&](std::string_view id, std::string message, std::string_view remedy) {
    found.push_back(cisco_refusal(kBackend, id, std::move(message), remedy));
  };
  if (policy.zones.front().interface.empty()) {
    add("ios-interface", "rules of a router belong to its interfaces, and no zone has one",
        "name the device with --device, and the interfaces in its topology");
  }
  if (!policy.translations.empty() || !policy.hides.empty()) {
    add("ios-translation",
        "`ip nat inside source` would also change answers to those who ask by the inside address",
        "translate addresses on another device");
  }
  for (const InterfaceZones& side : by_interface(policy)) {
    if (policy.stateful && side.zones.size() > 1 && !side.interface.empty()) {
      add("ios-one-interface", "zones of a router are interfaces: two share " + side.interface,
          "give each zone an interface of its own");
    }
  }
  for (const Rule& rule : policy.rules) {
    if (rule.from == rule.to) {
      add("ios-own-service",
          "no list for forwarded packets says who may ask the device itself: " +
              comment_of(rule.reasons, 80),
          "use the device's own commands, such as `access-class` and `control-plane`");
    }
  }
  return found;
}

}  // namespace

Checked<IosTexts> print_ios(const Policy& policy) {
  if (Diagnostics found = refused(policy); !found.empty()) {
    return tl::unexpected(std::move(found));
  }
  const ZoneCuts cuts(policy);
  const std::string version = version_of(Printer(policy, cuts, "PINHOLE").body());
  const Printer printer(policy, cuts, "PINHOLE_" + version);
  const std::string head = fmt::format(
      "! Cisco IOS 15 or IOS XE, in configuration mode\n! {}{}\n", cisco_text(policy.title, 200),
      policy.device.empty() ? "" : "; device " + cisco_text(policy.device, 100));
  return IosTexts{.apply = head + printer.body(), .undo = printer.undo()};
}

}  // namespace pinhole::firewall
