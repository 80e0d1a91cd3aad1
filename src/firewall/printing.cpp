// SPDX-License-Identifier: Apache-2.0
#include "firewall/printing.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace pinhole::firewall {
namespace {

/// IFNAMSIZ of Linux without its end.
constexpr std::size_t kLongestInterface = 15;
constexpr std::size_t kLongestWord = 24;

bool is_interface_name(std::string_view name) {
  if (name.size() > kLongestInterface || name == "." || name == "..") {
    return false;
  }
  // `*` and `+` would be wildcards, `"` the end of the name.
  return std::ranges::all_of(name, [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("/:*+\"\\!").find(c) == std::string_view::npos;
  });
}

bool is_icmp(Protocol protocol) {
  return protocol == Protocol::icmp || protocol == Protocol::icmpv6;
}

/// Octets of the UTF-8 character that starts with `c`; 0 where none can.
std::size_t character_size(unsigned char c) {
  if (c < 0x80) {
    return 1;
  }
  if (c >= 0xc2 && c < 0xe0) {
    return 2;
  }
  if (c >= 0xe0 && c < 0xf0) {
    return 3;
  }
  return c >= 0xf0 && c < 0xf5 ? 4 : 0;
}

bool is_whole_character(std::string_view text) {
  return std::ranges::all_of(
      text.substr(1), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; });
}

class Refusals {
 public:
  explicit Refusals(std::string_view backend) : backend_(backend) {}

  void add(std::string_view id, std::string message, std::string_view remedy) {
    found_.push_back({.id = std::string(id),
                      .severity = Severity::error,
                      .place = {.name = backend_, .line = 0, .column = 0, .offset = {}},
                      .message = std::move(message),
                      .remedy = std::string(remedy),
                      .exit = Exit::usage});
  }
  Diagnostics take() { return std::move(found_); }

 private:
  std::string backend_;
  Diagnostics found_;
};

void check_zones(const Policy& policy, Refusals& refusals) {
  if (policy.zones.size() < 2) {
    refusals.add("firewall-zones", "a device stands between at least two zones", "name both zones");
  }
}

void check_linux(const Policy& policy, Refusals& refusals) {
  for (const Zone& zone : policy.zones) {
    if (!zone.interface.empty() && !is_interface_name(zone.interface)) {
      refusals.add("firewall-interface-name",
                   fmt::format("zone {}: Linux has no interface named {}", zone.name,
                               clean_text(zone.interface, 64)),
                   "give the name that `ip link` shows, at most 15 characters");
    }
  }
  if (!policy.stateful && (!policy.translations.empty() || !policy.hides.empty())) {
    refusals.add("firewall-stateless-nat",
                 "a device without state cannot translate addresses on Linux",
                 "set stateful = true for the device, or translate elsewhere");
  }
}

void check_rules(const Policy& policy, Refusals& refusals) {
  for (const Rule& rule : policy.rules) {
    const std::string name = comment_of(rule.reasons, 80);
    if (rule.from >= policy.zones.size() || rule.to >= policy.zones.size()) {
      refusals.add("firewall-zone-unknown", "a rule names a zone that is not there: " + name,
                   "name zones of the policy only");
    }
    if (rule.sources.empty() || rule.destinations.empty()) {
      refusals.add("firewall-rule-empty", "a rule has no addresses: " + name,
                   "give sources and destinations");
    }
    if (is_icmp(rule.protocol) && (!any_port(rule.ports) || !any_port(rule.source_ports))) {
      refusals.add("firewall-icmp-ports", "a rule wants ports of ICMP: " + name,
                   "ICMP is passed whole; leave the ports out");
    }
  }
}

void check_translations(const Policy& policy, Refusals& refusals) {
  for (const Translation& translation : policy.translations) {
    const std::string name = comment_of(translation.reasons, 80);
    if (translation.from >= policy.zones.size()) {
      refusals.add("firewall-zone-unknown", "a translation names a zone that is not there: " + name,
                   "name zones of the policy only");
    }
    if (translation.outside.family != translation.inside.family) {
      refusals.add("firewall-translation-family",
                   fmt::format("{} cannot become {}: {}", to_string(translation.outside),
                               to_string(translation.inside), name),
                   "translate within one family");
    }
    if (is_icmp(translation.protocol) && !any_port(translation.ports)) {
      refusals.add("firewall-icmp-ports", "a translation wants ports of ICMP: " + name,
                   "leave the ports out");
    }
  }
  if (std::ranges::any_of(policy.hides, [&](ZoneIndex z) { return z >= policy.zones.size(); })) {
    refusals.add("firewall-zone-unknown", "a hidden zone is not there",
                 "name zones of the policy only");
  }
}

void check_general(const Policy& policy, Refusals& refusals) {
  check_zones(policy, refusals);
  check_rules(policy, refusals);
  check_translations(policy, refusals);
}

Line line_of(const Rule& rule) {
  return {.kind = Line::Kind::opens,
          .from = rule.from,
          .to = rule.to,
          .sources = &rule.sources,
          .destinations = &rule.destinations,
          .protocol = rule.protocol,
          .source_ports = any_port(rule.source_ports) ? PortSet() : rule.source_ports,
          .ports = any_port(rule.ports) ? PortSet() : rule.ports,
          .log = rule.log,
          .reasons = &rule.reasons};
}

Line answers_to(Line line) {
  line.kind = Line::Kind::answers;
  std::swap(line.from, line.to);
  std::swap(line.sources, line.destinations);
  std::swap(line.source_ports, line.ports);
  line.log = false;
  return line;
}

}  // namespace

std::vector<Line> lines_of(const Policy& policy) {
  std::map<std::tuple<ZoneIndex, ZoneIndex, Line::Kind>, std::vector<Line>> ordered;
  for (const Rule& rule : policy.rules) {
    Line line = line_of(rule);
    if (!policy.stateful) {
      Line answers = answers_to(line);
      ordered[{answers.from, answers.to, answers.kind}].push_back(std::move(answers));
    }
    ordered[{line.from, line.to, line.kind}].push_back(std::move(line));
  }
  std::vector<Line> lines;
  lines.reserve(policy.rules.size() * (policy.stateful ? 1 : 2));
  for (auto& [pair, some] : ordered) {
    std::ranges::move(some, std::back_inserter(lines));
  }
  return lines;
}

std::vector<IpPrefix> of_family(const std::vector<IpPrefix>& prefixes, Family family) {
  std::vector<IpPrefix> sorted;
  std::ranges::copy_if(prefixes, std::back_inserter(sorted),
                       [&](const IpPrefix& each) { return each.address.family == family; });
  std::ranges::sort(sorted);
  // A prefix sorts after all that cover it, and what lies between them is covered too.
  std::vector<IpPrefix> kept;
  for (const IpPrefix& each : sorted) {
    if (kept.empty() || !kept.back().contains(each.address)) {
      kept.push_back(each);
    }
  }
  return kept;
}

bool is_whole(const std::vector<IpPrefix>& prefixes) {
  return std::ranges::any_of(prefixes, [](const IpPrefix& each) { return each.length == 0; });
}

ZoneAddresses addresses_of(const Policy& policy, ZoneIndex zone, Family family) {
  ZoneAddresses addresses{.own = of_family(policy.zones[zone].networks, family),
                          .rest = policy.zones[zone].rest,
                          .others = {}};
  if (addresses.rest) {
    std::vector<IpPrefix> others;
    for (ZoneIndex other = 0; other < policy.zones.size(); ++other) {
      if (other != zone) {
        const std::vector<IpPrefix>& networks = policy.zones[other].networks;
        others.insert(others.end(), networks.begin(), networks.end());
      }
    }
    addresses.others = of_family(others, family);
  }
  return addresses;
}

bool needs_addresses(const Policy& policy, ZoneIndex zone) {
  const std::string& interface = policy.zones[zone].interface;
  return interface.empty() || std::ranges::count(policy.zones, interface, &Zone::interface) > 1;
}

bool any_port(const PortSet& ports) {
  return ports.empty() || ports.count() == 65536;
}

std::string clean_text(std::string_view text, std::size_t limit) {
  constexpr std::string_view kCut = "...";
  std::string clean;
  std::size_t room_for_cut = 0;  // the longest beginning that leaves space for kCut
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    std::size_t size = character_size(first);
    const bool whole =
        size > 0 && at + size <= text.size() && is_whole_character(text.substr(at, size));
    std::string_view character = whole ? text.substr(at, size) : std::string_view("?");
    size = whole ? size : 1;
    if (first < 0x20 || first == 0x7f || character == "\xc2\x85") {
      character = " ";
    } else if (first == '"') {
      character = "'";
    } else if (first == '\\') {
      character = "/";
    }
    if (clean.size() + character.size() > limit) {
      clean.resize(room_for_cut);
      clean += kCut.substr(0, limit);
      return clean;
    }
    clean += character;
    if (clean.size() + kCut.size() <= limit) {
      room_for_cut = clean.size();
    }
    at += size;
  }
  return clean;
}

std::string comment_of(const std::vector<Reason>& reasons, std::size_t limit) {
  std::string all;
  for (const Reason& reason : reasons) {
    // Ids first: they say most where the end is cut away.
    all += (all.empty() ? "" : ", ") + reason.flow;
    if (all.size() > limit) {
      break;
    }
  }
  for (std::size_t i = 0; i < reasons.size() && all.size() <= limit; ++i) {
    if (!reasons[i].text.empty() && (i == 0 || reasons[i].text != reasons[i - 1].text)) {
      all += (i == 0 ? ": " : "; ") + reasons[i].text;
    }
  }
  return clean_text(all, limit);
}

std::string word_of(std::string_view name) {
  std::string word;
  for (const char c : name.substr(0, kLongestWord)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    word += plain ? c : '_';
  }
  return word;
}

Diagnostics contradictions_of(const Policy& policy, std::string_view backend) {
  Refusals refusals(backend);
  check_general(policy, refusals);
  return refusals.take();
}

Diagnostics refusals_of(const Policy& policy, std::string_view backend) {
  Refusals refusals(backend);
  check_general(policy, refusals);
  check_linux(policy, refusals);
  return refusals.take();
}

}  // namespace pinhole::firewall
