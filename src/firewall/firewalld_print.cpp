// SPDX-License-Identifier: Apache-2.0
#include "firewall/firewalld_print.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "firewall/printing.hpp"
#include "firewall/zone_ranges.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::string_view kName = "firewalld";
constexpr std::size_t kLongestText = 1000;

// Before zones and other policies, whose priorities are seldom below -1; each before the next.
constexpr int kSpoofed = -32200;
constexpr int kTranslate = -32100;
constexpr int kPair = -32000;
constexpr int kDeny = -31000;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : clean_text(text, kLongestText)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string document(std::string_view element, std::string_view attributes, std::string_view title,
                     std::string_view description, std::string_view content) {
  const std::string about =
      description.empty() ? ""
                          : fmt::format("  <description>{}</description>\n", escaped(description));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{0}{1}>\n  <short>{2}</short>\n{3}{4}</{0}>\n",
      element, attributes, escaped(title), about, content);
}

std::string_view family_word(Family family) {
  return family == Family::v4 ? "ipv4" : "ipv6";
}

std::string text_of(const IpPrefix& prefix) {
  return prefix.length == (prefix.address.is_v4() ? 32 : 128) ? to_string(prefix.address)
                                                              : to_string(prefix);
}

std::string_view protocol_word(Protocol protocol) {
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
  return "ipv6-icmp";
}

bool has_family(Protocol protocol, Family family) {
  return protocol == Protocol::tcp || protocol == Protocol::udp ||
         (protocol == Protocol::icmp) == (family == Family::v4);
}

/// A rule of the rich language, element by element.
struct RichRule {
  std::string addresses;  // <source/> and <destination/>
  std::string element;
  std::string log;
  std::string action;
};

std::string text_of(const RichRule& rule, Family family) {
  return fmt::format("  <rule family=\"{}\">{}{}{}{}</rule>\n", family_word(family), rule.addresses,
                     rule.element, rule.log, rule.action);
}

std::string limited_log(std::string_view what) {
  return fmt::format("<log prefix=\"pinhole {}: \" level=\"info\"><limit value=\"10/s\"/></log>",
                     what);
}

class Printer {
 public:
  explicit Printer(const Policy& policy) : policy_(policy) {
    print_zones();
    if (policy.anti_spoofing) {
      print_spoofed();
    }
    print_translations();
    print_hides();
    print_pairs();
    const std::string log =
        policy.log_denied ? "  <rule priority=\"1\">" + limited_log("denied") + "</rule>\n" : "";
    print_policy("deny", {kDeny, "DROP", "ANY", "ANY"}, "no flow of the plan", "", log);
  }

  std::vector<PrintedFile> files() && {
    std::vector<PrintedFile> all;
    for (auto* some : {&ipsets_, &services_, &zones_, &policies_}) {
      std::ranges::move(*some, std::back_inserter(all));
    }
    all.back().how += " && firewall-cmd --reload";
    return all;
  }

 private:
  struct PolicyHead {
    int priority = 0;
    std::string_view target;
    std::string ingress;
    std::string egress;
  };

  static void add(std::vector<PrintedFile>& files, const std::string& name, std::string text) {
    files.push_back({PrintedFile::Use::apply, name,
                     fmt::format("install -D -m 644 {0} /etc/firewalld/{0}", name),
                     std::move(text)});
  }

  void print_policy(std::string_view name, const PolicyHead& head, std::string_view title,
                    std::string_view description, std::string_view rules) {
    add(policies_, fmt::format("policies/pinhole-{}.xml", name),
        document("policy",
                 fmt::format(" priority=\"{}\" target=\"{}\"", head.priority, head.target), title,
                 description,
                 fmt::format("{}  <ingress-zone name=\"{}\"/>\n  <egress-zone name=\"{}\"/>\n",
                             rules, head.ingress, head.egress)));
  }

  /// firewalld's zone that a zone of ours comes from or goes to.
  std::string object(ZoneIndex zone) const {
    const std::string& interface = policy_.zones[zone].interface;
    if (interface.empty()) {
      return "ANY";
    }
    const auto first = std::ranges::find(policy_.zones, interface, &Zone::interface);
    return fmt::format("pinhole-z{}", first - policy_.zones.begin());
  }

  void print_zones() {
    for (ZoneIndex zone = 0; zone < policy_.zones.size(); ++zone) {
      const std::string name = object(zone);
      if (name != fmt::format("pinhole-z{}", zone)) {
        continue;
      }
      const std::string& interface = policy_.zones[zone].interface;
      std::string title;
      for (const Zone& each : policy_.zones) {
        title += each.interface == interface ? (title.empty() ? "" : ", ") + each.name : "";
      }
      add(zones_, fmt::format("zones/{}.xml", name),
          document("zone", "", title, head(),
                   fmt::format("  <interface name=\"{}\"/>\n  <service name=\"ssh\"/>\n",
                               escaped(interface))));
    }
  }

  std::string head() const {
    return policy_.title + (policy_.device.empty() ? "" : "; device " + policy_.device);
  }

  /// An attribute that names the addresses; a list is an IP set, and one for all its users.
  std::string addresses(const std::vector<IpPrefix>& prefixes, Family family) {
    if (prefixes.size() == 1) {
      return fmt::format("address=\"{}\"", text_of(prefixes[0]));
    }
    const auto [found, added] = sets_.try_emplace(prefixes, "");
    if (added) {
      found->second = fmt::format("pinhole-s{}", sets_.size() - 1);
      std::string content =
          family == Family::v6 ? "  <option name=\"family\" value=\"inet6\"/>\n" : std::string();
      for (const IpPrefix& prefix : prefixes) {
        content += fmt::format("  <entry>{}</entry>\n", text_of(prefix));
      }
      add(ipsets_, fmt::format("ipsets/{}.xml", found->second),
          document("ipset", " type=\"hash:net\"", found->second, head(), content));
    }
    return fmt::format("ipset=\"{}\"", found->second);
  }

  std::string source(const std::vector<IpPrefix>& prefixes, Family family) {
    return is_whole(prefixes) ? "" : fmt::format("<source {}/>", addresses(prefixes, family));
  }
  /// Addresses with their ports, for a rule that has ports of the destination too.
  std::string source_with_ports(const std::string& name, std::vector<IpPrefix> prefixes,
                                const Line& line, Family family) {
    if (is_whole(prefixes)) {
      // A set takes no prefix of the length 0.
      prefixes.clear();
      for (const char* half : family == Family::v4 ? std::array{"0.0.0.0/1", "128.0.0.0/1"}
                                                   : std::array{"::/1", "8000::/1"}) {
        prefixes.push_back(parse_prefix(half).value_or(IpPrefix{}));
      }
    }
    std::string content =
        family == Family::v6 ? "  <option name=\"family\" value=\"inet6\"/>\n" : std::string();
    for (const IpPrefix& prefix : prefixes) {
      for (const PortRange& range : line.source_ports.ranges()) {
        content += fmt::format("  <entry>{},{}:{}</entry>\n", text_of(prefix),
                               protocol_word(line.protocol), to_string(range));
      }
    }
    add(ipsets_, fmt::format("ipsets/{}.xml", name),
        document("ipset", " type=\"hash:net,port\"", name, head(), content));
    return fmt::format("<source ipset=\"{}\"/>", name);
  }
  std::string destination(const std::vector<IpPrefix>& prefixes, Family family) {
    return is_whole(prefixes) ? "" : fmt::format("<destination {}/>", addresses(prefixes, family));
  }

  /// A service of its own for one rule or translation; what refers to it.
  std::string service(const std::string& name, Protocol protocol, const PortSet& source_ports,
                      const PortSet& ports, const std::vector<Reason>& reasons) {
    const std::string_view word = protocol_word(protocol);
    std::string content;
    const bool by_source = !any_port(source_ports);
    for (const PortRange& range : (by_source ? source_ports : ports).ranges()) {
      if (by_source || !any_port(ports)) {
        content += fmt::format("  <{} protocol=\"{}\" port=\"{}\"/>\n",
                               by_source ? "source-port" : "port", word, to_string(range));
      }
    }
    if (content.empty()) {
      content = fmt::format("  <protocol value=\"{}\"/>\n", word);
    }
    add(services_, fmt::format("services/{}.xml", name),
        document("service", "", reasons.empty() ? name : reasons.front().flow,
                 comment_of(reasons, kLongestText), content));
    return fmt::format("<service name=\"{}\"/>", name);
  }

  void print_spoofed() {
    for (ZoneIndex zone = 0; zone < policy_.zones.size(); ++zone) {
      std::string rules;
      for (const Family family : kFamilies) {
        const ZoneAddresses held = addresses_of(policy_, zone, family);
        if (needs_addresses(policy_, zone) || held.everything()) {
          continue;
        }
        // A rule of nothing but its family is none that firewalld takes.
        RichRule rule{.addresses = fmt::format("<source address=\"{}/0\"/>",
                                               family == Family::v4 ? "0.0.0.0" : "::"),
                      .element = "",
                      .log = policy_.log_denied ? limited_log("spoofed") : "",
                      .action = "<drop/>"};
        if (!held.nothing()) {
          rule.addresses = fmt::format("<source {} invert=\"True\"/>",
                                       addresses(prefixes_of(held, family), family));
        }
        rules += text_of(rule, family);
      }
      if (!rules.empty()) {
        print_policy(fmt::format("spoof-{}", zone), {kSpoofed, "CONTINUE", object(zone), "ANY"},
                     "not an address of zone " + policy_.zones[zone].name, "", rules);
      }
    }
  }

  void print_translations() {
    std::map<ZoneIndex, std::string> rules;  // of each zone that they are for
    for (std::size_t i = 0; i < policy_.translations.size(); ++i) {
      const Translation& translation = policy_.translations[i];
      PortSet ports = any_port(translation.ports) ? PortSet({0, 65535}) : translation.ports;
      // The first of several for the same address counts.
      for (std::size_t before = 0; before < i; ++before) {
        const Translation& other = policy_.translations[before];
        if (other.from == translation.from && other.outside == translation.outside &&
            other.protocol == translation.protocol) {
          ports.erase(any_port(other.ports) ? PortSet({0, 65535}) : other.ports);
        }
      }
      if (!ports.empty()) {
        rules[translation.from] += translation_rules(i, ports);
      }
    }
    for (const auto& [zone, text] : rules) {
      print_policy(fmt::format("nat-{}", zone), {kTranslate, "CONTINUE", object(zone), "ANY"},
                   "translations for zone " + policy_.zones[zone].name, "", text);
    }
  }

  std::string translation_rules(std::size_t number, const PortSet& ports) {
    const Translation& translation = policy_.translations[number];
    const Family family = translation.outside.family;
    const std::string outside =
        fmt::format("<destination address=\"{}\"/>", to_string(translation.outside));
    std::string text;
    for (const Rule& rule : policy_.rules) {
      if (rule.from != translation.from || rule.protocol != translation.protocol ||
          !reaches(rule, translation.inside)) {
        continue;
      }
      const std::vector<IpPrefix> sources =
          held_by(addresses_of(policy_, rule.from, family), rule.sources, family);
      const PortSet here = any_port(rule.ports) ? ports : ports - (ports - rule.ports);
      for (const PortRange& range : sources.empty() ? std::vector<PortRange>() : here.ranges()) {
        text += text_of(RichRule{.addresses = source(sources, family) + outside,
                                 .element = fmt::format(
                                     "<forward-port port=\"{}\" protocol=\"{}\" to-addr=\"{}\"/>",
                                     to_string(range), protocol_word(rule.protocol),
                                     to_string(translation.inside)),
                                 .log = "",
                                 .action = ""},
                        family);
      }
    }
    // Who may not use it must not reach the outer address instead.
    const std::string name = fmt::format("pinhole-t{}", number);
    return text + text_of(RichRule{.addresses = outside,
                                   .element = service(name, translation.protocol, {}, ports,
                                                      translation.reasons),
                                   .log = policy_.log_denied ? limited_log("denied") : "",
                                   .action = "<drop/>"},
                          family);
  }

  bool reaches(const Rule& rule, const IpAddress& inside) const {
    const std::uint8_t whole = inside.is_v4() ? 32 : 128;
    const auto among = [&](const IpPrefix& prefix) { return prefix.contains(inside); };
    return rule.from != rule.to && std::ranges::any_of(rule.destinations, among) &&
           !held_by(addresses_of(policy_, rule.to, inside.family), {IpPrefix{inside, whole}},
                    inside.family)
                .empty();
  }

  void print_hides() {
    for (const ZoneIndex zone : policy_.hides) {
      std::string rules;
      for (const Family family : kFamilies) {
        const ZoneAddresses held = addresses_of(policy_, zone, family);
        const bool by_address = needs_addresses(policy_, zone);
        if (!by_address || !held.nothing()) {
          rules += text_of(
              RichRule{.addresses = by_address ? source(prefixes_of(held, family), family) : "",
                       .element = "<masquerade/>",
                       .log = "",
                       .action = ""},
              family);
        }
      }
      print_policy(fmt::format("hide-{}", zone), {kTranslate, "CONTINUE", object(zone), "ANY"},
                   "hides zone " + policy_.zones[zone].name, "", rules);
    }
  }

  void print_pairs() {
    const std::vector<Line> lines = lines_of(policy_);
    for (std::size_t at = 0; at < lines.size();) {
      const ZoneIndex from = lines[at].from;
      const ZoneIndex to = lines[at].to;
      std::string rules;
      for (; at < lines.size() && lines[at].from == from && lines[at].to == to; ++at) {
        rules += line_rules(at, lines[at]);
      }
      const bool own = from == to;
      print_policy(own ? fmt::format("own-{}", from) : fmt::format("{}-{}", from, to),
                   {kPair, "CONTINUE", object(from), own ? "HOST" : object(to)},
                   fmt::format("{} to {}", policy_.zones[from].name,
                               own ? "the device itself" : policy_.zones[to].name),
                   head(), rules);
    }
  }

  std::string line_rules(std::size_t number, const Line& line) {
    const bool both = !any_port(line.source_ports) && !any_port(line.ports);
    const std::string element =
        service(fmt::format("pinhole-r{}", number), line.protocol,
                both ? PortSet() : line.source_ports, line.ports, *line.reasons);
    std::string text;
    for (const Family family : kFamilies) {
      const std::vector<IpPrefix> sources =
          held_by(addresses_of(policy_, line.from, family), *line.sources, family);
      const std::vector<IpPrefix> destinations =
          held_by(addresses_of(policy_, line.to, family), *line.destinations, family);
      if (has_family(line.protocol, family) && !sources.empty() && !destinations.empty()) {
        const std::string from =
            both ? source_with_ports(fmt::format("pinhole-p{}-{}", number, family_word(family)),
                                     sources, line, family)
                 : source(sources, family);
        text += text_of(
            RichRule{.addresses = from + destination(destinations, family),
                     .element = element,
                     .log = line.log ? "<log prefix=\"pinhole passed: \" level=\"info\"/>" : "",
                     .action = "<accept/>"},
            family);
      }
    }
    return text;
  }

  const Policy& policy_;
  std::map<std::vector<IpPrefix>, std::string> sets_;
  std::vector<PrintedFile> ipsets_;
  std::vector<PrintedFile> services_;
  std::vector<PrintedFile> zones_;
  std::vector<PrintedFile> policies_;
};

void refuse(Diagnostics& found, std::string_view id, std::string message, std::string remedy) {
  found.push_back({.id = std::string(id),
                   .severity = Severity::error,
                   .place = {.name = std::string(kName), .line = 0, .column = 0, .offset = {}},
                   .message = std::move(message),
                   .remedy = std::move(remedy),
                   .exit = Exit::usage});
}

/// What firewalld cannot say although Linux can.
Diagnostics own_refusals(const Policy& policy) {
  Diagnostics found;
  if (!policy.stateful) {
    refuse(found, "firewalld-stateless", "firewalld always keeps state",
           "set stateful = true for the device, or use nftables");
  }
  for (const Rule& rule : policy.rules) {
    const bool translated =
        std::ranges::any_of(policy.translations, [&](const Translation& translation) {
          return translation.from == rule.from && translation.protocol == rule.protocol;
        });
    if (!any_port(rule.source_ports) && translated) {
      refuse(
          found, "firewalld-source-ports",
          "firewalld asks for no source port where it translates: " + comment_of(rule.reasons, 80),
          "leave the source ports out, or use nftables");
    }
  }
  for (const Translation& translation : policy.translations) {
    if (translation.protocol != Protocol::tcp && translation.protocol != Protocol::udp) {
      refuse(found, "firewalld-translation-protocol",
             "firewalld translates TCP and UDP only: " + comment_of(translation.reasons, 80),
             "translate ports, or use nftables");
    }
  }
  return found;
}

}  // namespace

Checked<std::vector<PrintedFile>> print_firewalld(const Policy& policy) {
  Diagnostics refused = refusals_of(policy, kName);
  if (refused.empty()) {
    refused = own_refusals(policy);
  }
  if (!refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  std::vector<PrintedFile> files = Printer(policy).files();
  files.push_back({PrintedFile::Use::undo, "undo.sh", "sh undo.sh",
                   "#!/bin/sh\nset -e\nfor kind in policies zones services ipsets; do\n"
                   "  rm -f \"/etc/firewalld/$kind\"/pinhole-*.xml\ndone\n"
                   "firewall-cmd --reload\n"});
  return files;
}

}  // namespace pinhole::firewall
