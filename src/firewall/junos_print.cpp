// SPDX-License-Identifier: Apache-2.0
#include "firewall/junos_print.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "firewall/zone_print.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::string_view kName = "junos-srx";
/// Of a description of a policy; what is replaced in it makes it longer.
constexpr std::size_t kLongestDescription = 300;
constexpr std::size_t kLongestReason = 220;
/// Destination ports of one rule of the NAT.
constexpr std::size_t kMostNatPorts = 8;

/// `ge-0/0/1`: a port of the device without the logical interface on it.
bool lacks_unit(std::string_view interface) {
  return interface.find('/') != std::string_view::npos &&
         interface.find('.') == std::string_view::npos;
}

/// In quotes; Junos takes no `<`, `>` and `&` in a description.
std::string quoted(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c == '>') {
      plain += "-to-";
    } else if (c == '<' || c == '&') {
      plain += '+';
    } else {
      plain += static_cast<unsigned char>(c) < 0x80 ? c : '?';
    }
  }
  return fmt::format("\"{}\"", clean_text(plain, kLongestDescription));
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
      return "58";
  }
  return "";
}

class Printer {
 public:
  Printer(const Policy& policy, ZoneTask task) : task_(std::move(task)) {
    print_zones();
    for (const ZoneRule& rule : task_.rules) {
      print_rule(rule);
    }
    print_translations();
    print_hides();
    texts_.apply = fmt::format("# {}\n# load set, then commit confirmed\n",
                               clean_text(policy.title.empty() ? "pinhole" : policy.title, 100)) +
                   zones_ + objects() + rest_;
    // What is used goes after what uses it.
    texts_.undo = undo_rules_ + undo_objects_ + undo_zones_;
  }

  JunosTexts take() { return std::move(texts_); }

 private:
  void set(std::string& text, const std::string& path) { text += "set " + path + "\n"; }
  static void forget(std::string& text, const std::string& path) {
    text += "delete " + path + "\n";
  }

  void print_zones() {
    for (const DeviceZone& zone : task_.zones) {
      const std::string path = "security zones security-zone " + zone.name;
      set(zones_, fmt::format("{} interfaces {}", path, zone.interface));
      forget(undo_zones_, path);
    }
  }

  /// Addresses and applications, whose names are known once the rules are printed.
  std::string objects() {
    std::string text;
    for (const auto& [name, members] : addresses_.groups()) {
      forget(undo_objects_, "security address-book global address-set " + name);
    }
    for (const auto& [name, range] : addresses_.objects()) {
      const std::string path = "security address-book global address " + name;
      if (const auto prefix = as_prefix(range)) {
        set(text, fmt::format("{} {}", path, to_string(*prefix)));
      } else {
        set(text, fmt::format("{} range-address {} to {}", path, to_string(range.first),
                              to_string(range.last)));
      }
      forget(undo_objects_, path);
    }
    for (const auto& [name, members] : addresses_.groups()) {
      for (const std::string& member : members) {
        set(text,
            fmt::format("security address-book global address-set {} address {}", name, member));
      }
    }
    return text + applications_;
  }

  std::string address(const AddressList& list) {
    return list.empty() ? "any" : addresses_.name(list);
  }

  void application(Protocol protocol, std::optional<PortRange> source,
                   std::optional<PortRange> destination, std::vector<std::string>& names) {
    std::string name =
        fmt::format("pinhole-{}", protocol == Protocol::icmpv6 ? "icmp6" : protocol_word(protocol));
    name += source ? "-from-" + dashed(*source) : "";
    name += destination ? "-" + dashed(*destination) : "";
    if (known_.insert(name).second) {
      const std::string path = "applications application " + name;
      // Otherwise the ALG of a well-known port opens further ones by itself.
      set(applications_, path + " application-protocol ignore");
      set(applications_, fmt::format("{} protocol {}", path, protocol_word(protocol)));
      if (source) {
        set(applications_, fmt::format("{} source-port {}", path, dashed(*source)));
      }
      if (destination) {
        set(applications_, fmt::format("{} destination-port {}", path, dashed(*destination)));
      }
      forget(undo_objects_, path);
    }
    names.push_back(std::move(name));
  }

  std::vector<std::string> applications(const ZoneRule& rule) {
    const auto ranges = [](const PortSet& ports) {
      std::vector<std::optional<PortRange>> all(ports.ranges().begin(), ports.ranges().end());
      if (all.empty()) {
        all.emplace_back();
      }
      return all;
    };
    std::vector<std::string> names;
    for (const auto& source : ranges(rule.source_ports)) {
      for (const auto& destination : ranges(rule.ports)) {
        application(rule.protocol, source, destination, names);
      }
    }
    return names;
  }

  std::string path_of(const ZoneRule& rule) {
    std::string path = "security policies ";
    path += rule.from && rule.to
                ? fmt::format("from-zone {} to-zone {}", zone(*rule.from), zone(*rule.to))
                : std::string("global");
    path += " policy pinhole-";
    switch (rule.kind) {
      case ZoneRule::Kind::spoofed:
        return path + "spoofed";
      case ZoneRule::Kind::denied:
        return path + "denied";
      case ZoneRule::Kind::permit:
        break;
    }
    return path + std::to_string(++permits_);
  }

  [[nodiscard]] const std::string& zone(std::size_t index) const { return task_.zones[index].name; }

  void print_rule(const ZoneRule& rule) {
    const std::string path = path_of(rule);
    set(rest_, fmt::format("{} description {}", path, quoted(rule.about)));
    set(rest_, fmt::format("{} match source-address {}", path, address(rule.sources)));
    set(rest_, fmt::format("{} match destination-address {}", path, address(rule.destinations)));
    const bool permit = rule.kind == ZoneRule::Kind::permit;
    for (const std::string& name : permit ? applications(rule) : std::vector<std::string>{"any"}) {
      set(rest_, fmt::format("{} match application {}", path, name));
    }
    set(rest_, fmt::format("{} then {}", path, permit ? "permit" : "deny"));
    if (rule.log) {
      set(rest_, fmt::format("{} then log session-{}", path, permit ? "close" : "init"));
    }
    forget(undo_rules_, path);
  }

  void print_translations() {
    std::set<std::size_t> from;
    for (std::size_t i = 0; i < task_.translations.size(); ++i) {
      const ZoneTranslation& one = task_.translations[i];
      const std::string set_path =
          fmt::format("security nat destination rule-set pinhole-in-{}", one.from);
      const std::string pool = fmt::format("pinhole-{}", i + 1);
      set(rest_, fmt::format("security nat destination pool {} address {}/{}", pool,
                             to_string(one.inside), one.inside.is_v4() ? 32 : 128));
      if (from.insert(one.from).second) {
        set(rest_, fmt::format("{} from zone {}", set_path, zone(one.from)));
        forget(undo_rules_, set_path);
      }
      forget(undo_objects_, "security nat destination pool " + pool);
      std::vector<PortRange> ports = one.ports.ranges();
      std::size_t part = 0;
      do {
        const std::size_t count = std::min(ports.size(), kMostNatPorts);
        print_translation(one, fmt::format("{} rule pinhole-{}-{}", set_path, i + 1, ++part),
                          std::span(ports).first(count));
        set(rest_, fmt::format("{} rule pinhole-{}-{} then destination-nat pool {}", set_path,
                               i + 1, part, pool));
        ports.erase(ports.begin(), ports.begin() + static_cast<std::ptrdiff_t>(count));
      } while (!ports.empty());
    }
  }

  void print_translation(const ZoneTranslation& one, const std::string& path,
                         std::span<const PortRange> ports) {
    set(rest_, fmt::format("{} description {}", path, quoted(one.about)));
    if (!one.sources.empty()) {
      set(rest_, fmt::format("{} match source-address-name {}", path, address(one.sources)));
    }
    set(rest_, fmt::format("{} match destination-address {}/{}", path, to_string(one.outside),
                           one.outside.is_v4() ? 32 : 128));
    set(rest_, fmt::format("{} match protocol {}", path, protocol_word(one.protocol)));
    for (const PortRange& range : ports) {
      set(rest_,
          range.first == range.last
              ? fmt::format("{} match destination-port {}", path, range.first)
              : fmt::format("{} match destination-port {} to {}", path, range.first, range.last));
    }
  }

  void print_hides() {
    std::set<std::pair<std::size_t, std::size_t>> pairs;
    std::size_t number = 0;
    for (const ZoneHide& hide : task_.hides) {
      const std::string path =
          fmt::format("security nat source rule-set pinhole-{}-to-{}", hide.from, hide.to);
      if (pairs.emplace(hide.from, hide.to).second) {
        set(rest_, fmt::format("{} from zone {}", path, zone(hide.from)));
        set(rest_, fmt::format("{} to zone {}", path, zone(hide.to)));
        forget(undo_rules_, path);
      }
      const std::string rule = fmt::format("{} rule pinhole-hide-{}", path, ++number);
      const AddressList sources = of_family(hide.sources, Family::v4);
      set(rest_, sources.empty()
                     ? fmt::format("{} match source-address 0.0.0.0/0", rule)
                     : fmt::format("{} match source-address-name {}", rule, address(sources)));
      set(rest_, fmt::format("{} then source-nat interface", rule));
    }
  }

  ZoneTask task_;
  AddressObjects addresses_;
  std::set<std::string> known_;  // applications
  std::size_t permits_ = 0;
  std::string zones_;
  std::string applications_;
  std::string rest_;
  std::string undo_rules_;
  std::string undo_objects_;
  std::string undo_zones_;
  JunosTexts texts_;
};

Diagnostics refusals(const Policy& policy, const ZoneTask& task) {
  Diagnostics refused;
  for (const DeviceZone& zone : task.zones) {
    if (lacks_unit(zone.interface)) {
      refused.push_back(zone_refusal(kName, "firewall-interface-name",
                                     fmt::format("{} is no logical interface", zone.interface),
                                     fmt::format("name its unit: {}.0", zone.interface)));
    }
  }
  for (const ZoneIndex zone : policy.hides) {
    const bool v6 = std::ranges::any_of(policy.rules, [zone](const Rule& rule) {
      return rule.from == zone && std::ranges::any_of(rule.sources, [](const IpPrefix& each) {
               return !each.address.is_v4();
             });
    });
    if (v6) {
      refused.push_back(zone_refusal(
          kName, "firewall-hide-ipv6",
          fmt::format("zone {}: an interface's address hides IPv4 only", policy.zones[zone].name),
          "hide IPv4 alone: keep the zone's IPv6 networks in a zone of their own"));
    }
  }
  return refused;
}

}  // namespace

Checked<JunosTexts> print_junos(const Policy& policy) {
  Checked<ZoneTask> task = zone_task(policy, kName, kLongestReason);
  if (!task) {
    return tl::unexpected(std::move(task).error());
  }
  if (Diagnostics refused = refusals(policy, *task); !refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  return Printer(policy, *std::move(task)).take();
}

}  // namespace pinhole::firewall
