// SPDX-License-Identifier: Apache-2.0
#include "firewall/panos_print.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "firewall/zone_print.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::string_view kName = "pan-os";
/// A description has at most 1,023 characters, and so has the list of ports of a service.
constexpr std::size_t kLongestReason = 1000;
constexpr std::size_t kLongestPorts = 1000;

bool overlap(const AddressList& some, const AddressList& others) {
  return some.empty() || others.empty() || std::ranges::any_of(some, [&](const AddressRange& one) {
           return std::ranges::any_of(others, [&](const AddressRange& other) {
             return one.first.family == other.first.family && one.first <= other.last &&
                    other.first <= one.last;
           });
         });
}

bool contains(const AddressList& list, const IpAddress& address) {
  return overlap(list, {{address, address}});
}

PortSet common(const PortSet& some, const PortSet& others) {
  if (some.empty() || others.empty()) {
    return some.empty() ? others : some;
  }
  return some - (some - others);
}

/// Both ask for some port in common; an empty set is any port.
bool meet(const PortSet& some, const PortSet& others) {
  return some.empty() || others.empty() || !common(some, others).empty();
}

/// `80,443`, in as many pieces as it takes; `0-65535` for any.
std::vector<std::string> port_lists(const PortSet& ports) {
  std::vector<std::string> lists(1);
  for (const PortRange& range : ports.ranges()) {
    std::string text = dashed(range);
    if (lists.back().size() + text.size() + 1 > kLongestPorts) {
      lists.emplace_back();
    }
    lists.back() += (lists.back().empty() ? "" : ",") + text;
  }
  if (ports.empty()) {
    lists.back() = "0-65535";
  }
  return lists;
}

/// The translation is made of packets that the rule is about.
bool concerns(const ZoneTranslation& one, const ZoneRule& rule) {
  return rule.kind == ZoneRule::Kind::permit && rule.from == one.from &&
         rule.protocol == one.protocol && meet(rule.ports, one.ports) &&
         overlap(rule.sources, one.sources);
}

class Printer {
 public:
  explicit Printer(ZoneTask task) : task_(std::move(task)) {
    for (const DeviceZone& zone : task_.zones) {
      set(zones_, fmt::format("zone {} network layer3 {}", zone.name, zone.interface));
      forget(undo_zones_, "zone " + zone.name);
    }
    for (const ZoneRule& rule : task_.rules) {
      print_rule(rule);
    }
    for (std::size_t i = 0; i < task_.translations.size(); ++i) {
      print_translation(task_.translations[i], i + 1);
    }
    for (std::size_t i = 0; i < task_.hides.size(); ++i) {
      print_hide(task_.hides[i], i + 1);
    }
    texts_.apply = zones_ + addresses() + services_ + rules_;
    texts_.undo = undo_rules_ + undo_groups_ + undo_objects_ + undo_zones_;
  }

  PanosTexts take() { return std::move(texts_); }

 private:
  static void set(std::string& text, std::string_view path) {
    text += fmt::format("set {}\n", path);
  }
  static void forget(std::string& text, std::string_view path) {
    text += fmt::format("delete {}\n", path);
  }

  std::string addresses() {
    std::string text;
    for (const auto& [name, range] : addresses_.objects()) {
      if (const auto prefix = as_prefix(range)) {
        set(text, fmt::format("address {} ip-netmask {}", name, to_string(*prefix)));
      } else {
        set(text, fmt::format("address {} ip-range {}-{}", name, to_string(range.first),
                              to_string(range.last)));
      }
      forget(undo_objects_, "address " + name);
    }
    for (const auto& [name, members] : addresses_.groups()) {
      set(text, fmt::format("address-group {} static [ {} ]", name, fmt::join(members, " ")));
      forget(undo_groups_, "address-group " + name);
    }
    return text;
  }

  std::string address(const AddressList& list) {
    return list.empty() ? "any" : addresses_.name(list);
  }

  /// One service, or a group of them.
  std::string service(Protocol protocol, const PortSet& source_ports, const PortSet& ports) {
    const auto [place, added] =
        known_.try_emplace({protocol, to_string(source_ports), to_string(ports)}, std::string());
    if (!added) {
      return place->second;
    }
    const std::string_view word = protocol == Protocol::tcp ? "tcp" : "udp";
    std::vector<std::string> names;
    for (const std::string& source : port_lists(source_ports)) {
      for (const std::string& destination : port_lists(ports)) {
        names.push_back(fmt::format("pinhole-{}-{}", word, ++numbered_));
        set(services_,
            fmt::format("service {} protocol {} port {}{}", names.back(), word, destination,
                        source_ports.empty() ? "" : " source-port " + source));
        forget(undo_objects_, "service " + names.back());
      }
    }
    place->second = names.front();
    if (names.size() > 1) {
      place->second = fmt::format("pinhole-services-{}", numbered_);
      set(services_,
          fmt::format("service-group {} members [ {} ]", place->second, fmt::join(names, " ")));
      forget(undo_groups_, "service-group " + place->second);
    }
    return place->second;
  }

  [[nodiscard]] std::string zone(std::optional<std::size_t> index) const {
    return index ? task_.zones[*index].name : "any";
  }

  std::string name_of(const ZoneRule& rule) {
    const auto pair = [&](std::string_view what) {
      return rule.from ? fmt::format("pinhole-{}-{}-{}", what, *rule.from, rule.to.value_or(0))
                       : fmt::format("pinhole-{}", what);
    };
    switch (rule.kind) {
      case ZoneRule::Kind::spoofed:
        return pair("spoofed");
      case ZoneRule::Kind::denied:
        return pair("denied");
      case ZoneRule::Kind::permit:
        break;
    }
    return fmt::format("pinhole-{}", ++permits_);
  }

  void print_rule(const ZoneRule& rule) {
    const bool permit = rule.kind == ZoneRule::Kind::permit;
    const std::string name = name_of(rule);
    write_rule(name, rule, rule.destinations,
               permit ? service(rule.protocol, rule.source_ports, rule.ports) : "any");
    std::size_t part = 0;
    for (const ZoneTranslation& one : task_.translations) {
      if (concerns(one, rule) && contains(rule.destinations, one.inside) &&
          !contains(rule.destinations, one.outside)) {
        write_rule(fmt::format("{}-nat-{}", name, ++part), rule, {{one.outside, one.outside}},
                   service(rule.protocol, rule.source_ports, common(rule.ports, one.ports)));
      }
    }
  }

  void write_rule(const std::string& name, const ZoneRule& rule, const AddressList& destinations,
                  const std::string& service) {
    const std::string path = "rulebase security rules " + name;
    const bool permit = rule.kind == ZoneRule::Kind::permit;
    set(rules_, fmt::format("{} from {} to {}", path, zone(rule.from), zone(rule.to)));
    set(rules_, fmt::format("{} source {}", path, address(rule.sources)));
    set(rules_, fmt::format("{} destination {}", path, address(destinations)));
    set(rules_, fmt::format("{} application any service {}", path, service));
    set(rules_, fmt::format("{} action {} log-end {}", path, permit ? "allow" : "deny",
                            rule.log ? "yes" : "no"));
    set(rules_, fmt::format("{} description \"{}\"", path, rule.about));
    forget(undo_rules_, path);
  }

  void print_translation(const ZoneTranslation& one, std::size_t number) {
    const std::string path = fmt::format("rulebase nat rules pinhole-nat-{}", number);
    set(rules_, fmt::format("{} from {} to any", path, zone(one.from)));
    set(rules_, fmt::format("{} source {}", path, address(one.sources)));
    set(rules_, fmt::format("{} destination {}", path, address({{one.outside, one.outside}})));
    set(rules_, fmt::format("{} service {}", path, service(one.protocol, {}, one.ports)));
    set(rules_, fmt::format("{} destination-translation translated-address {}", path,
                            to_string(one.inside)));
    // The first NAT rule decides about both addresses.
    for (const ZoneHide& hide : task_.hides) {
      if (hide.from == one.from && one.to && hide.to == *one.to &&
          overlap(of_family(hide.sources, Family::v4), one.sources)) {
        hide_behind(path, hide.to);
      }
    }
    set(rules_, fmt::format("{} description \"{}\"", path, one.about));
    forget(undo_rules_, path);
  }

  void hide_behind(const std::string& path, std::size_t to) {
    set(rules_, fmt::format("{} source-translation dynamic-ip-and-port interface-address "
                            "interface {}",
                            path, task_.zones[to].interface));
  }

  void print_hide(const ZoneHide& hide, std::size_t number) {
    const std::string path = fmt::format("rulebase nat rules pinhole-hide-{}", number);
    set(rules_, fmt::format("{} from {} to {}", path, zone(hide.from), zone(hide.to)));
    set(rules_, fmt::format("{} source {}", path, address(of_family(hide.sources, Family::v4))));
    set(rules_, fmt::format("{} destination any service any", path));
    hide_behind(path, hide.to);
    forget(undo_rules_, path);
  }

  ZoneTask task_;
  AddressObjects addresses_;
  std::map<std::tuple<Protocol, std::string, std::string>, std::string> known_;  // services
  std::size_t numbered_ = 0;
  std::size_t permits_ = 0;
  std::string zones_;
  std::string services_;
  std::string rules_;
  std::string undo_rules_;
  std::string undo_groups_;
  std::string undo_objects_;
  std::string undo_zones_;
  PanosTexts texts_;
};

class Refusals {
 public:
  Refusals(const Policy& policy, const ZoneTask& task) {
    for (const ZoneRule& rule : task.rules) {
      check_rule(rule, task);
    }
    for (const ZoneTranslation& one : task.translations) {
      if (!one.outside.is_v4()) {
        add("firewall-translation-ipv6", "a stateful translation is of IPv4 only: " + one.about,
            "let the clients ask for the inside address");
      }
      if (one.protocol != Protocol::tcp && one.protocol != Protocol::udp) {
        add("firewall-translation-icmp", "a translation is by a service: " + one.about,
            "translate TCP or UDP");
      }
    }
    for (const ZoneIndex zone : policy.hides) {
      const bool v6 = std::ranges::any_of(policy.rules, [zone](const Rule& rule) {
        return rule.from == zone && std::ranges::any_of(rule.sources, [](const IpPrefix& each) {
                 return !each.address.is_v4();
               });
      });
      if (v6) {
        add("firewall-hide-ipv6",
            fmt::format("zone {}: an interface's address hides IPv4 only", policy.zones[zone].name),
            "hide IPv4 alone: keep the zone's IPv6 networks in a zone of their own");
      }
    }
  }

  Diagnostics take() { return std::move(refused_); }

 private:
  void add(std::string id, std::string message, std::string remedy) {
    refused_.push_back(zone_refusal(kName, std::move(id), std::move(message), std::move(remedy)));
  }

  void check_rule(const ZoneRule& rule, const ZoneTask& task) {
    if (rule.protocol != Protocol::tcp && rule.protocol != Protocol::udp) {
      add("firewall-icmp", "ICMP is an application there and no service: " + rule.about,
          "permit the applications icmp, ping and ipv6-icmp on the device, and leave the flow out");
    }
    for (const ZoneTranslation& one : task.translations) {
      if (concerns(one, rule) && contains(rule.destinations, one.outside) &&
          !contains(rule.destinations, one.inside)) {
        add("firewall-translation-overlap",
            fmt::format("{} is permitted, but is led to {}, which is not: {}",
                        to_string(one.outside), to_string(one.inside), rule.about),
            "take the address out of the rule's destinations");
      }
    }
  }

  Diagnostics refused_;
};

}  // namespace

Checked<PanosTexts> print_panos(const Policy& policy) {
  Checked<ZoneTask> task = zone_task(policy, kName, kLongestReason);
  if (!task) {
    return tl::unexpected(std::move(task).error());
  }
  if (Diagnostics refused = Refusals(policy, *task).take(); !refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  return Printer(*std::move(task)).take();
}

}  // namespace pinhole::firewall
