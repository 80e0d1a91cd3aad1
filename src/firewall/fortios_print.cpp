// SPDX-License-Identifier: Apache-2.0
#include "firewall/fortios_print.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "firewall/zone_print.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::string_view kName = "fortios";
/// A comment has at most 1,023 characters; what is replaced in it makes it longer.
constexpr std::size_t kLongestReason = 700;
constexpr std::size_t kLongestComment = 1000;
constexpr std::size_t kFirstPolicy = 1'350'001;
/// Ranges of one service.
constexpr std::size_t kMostRanges = 15;

/// The CLI takes `?` for a cry for help, and refuses `<>()#"'` in names and comments.
std::string quoted(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c == '>') {
      plain += "-to-";
    } else {
      const bool good = static_cast<unsigned char>(c) < 0x80 &&
                        std::string_view("<()#\"'?\\").find(c) == std::string_view::npos;
      plain += good ? c : '.';
    }
  }
  return fmt::format("\"{}\"", clean_text(plain, kLongestComment));
}

std::string mask_of(std::uint8_t length) {
  return to_string(IpAddress::v4(length == 0 ? 0 : ~std::uint32_t{0} << (32U - length)));
}

bool is_whole(const AddressList& list) {
  const auto prefix = list.size() == 1 ? as_prefix(list.front()) : std::nullopt;
  return prefix && prefix->length == 0;
}

bool overlap(const AddressList& some, const AddressList& others) {
  return some.empty() || others.empty() || std::ranges::any_of(some, [&](const AddressRange& one) {
           return std::ranges::any_of(others, [&](const AddressRange& other) {
             return one.first.family == other.first.family && one.first <= other.last &&
                    other.first <= one.last;
           });
         });
}

/// One `config ... end`, and how it is undone.
class Section {
 public:
  explicit Section(std::string_view name) : name_(name) {}

  void edit(const std::string& name, const std::vector<std::string>& settings) {
    body_ += fmt::format("    edit {}\n", name);
    for (const std::string& setting : settings) {
      body_ += fmt::format("        set {}\n", setting);
    }
    body_ += "    next\n";
    deletes_ += fmt::format("    delete {}\n", name);
  }
  [[nodiscard]] std::string text() const { return wrap(body_); }
  [[nodiscard]] std::string undo() const { return wrap(deletes_); }

 private:
  [[nodiscard]] std::string wrap(const std::string& body) const {
    return body.empty() ? std::string() : fmt::format("config {}\n{}end\n", name_, body);
  }

  std::string_view name_;
  std::string body_;
  std::string deletes_;
};

class Printer {
 public:
  explicit Printer(ZoneTask task) : task_(std::move(task)) {
    for (std::size_t i = 0; i < task_.translations.size(); ++i) {
      print_vips(task_.translations[i], i + 1);
    }
    for (const ZoneRule& rule : task_.rules) {
      print_rule(rule);
    }
    print_addresses();
    const std::vector<const Section*> all = {&address_, &address6_, &group_, &group6_,
                                             &service_, &services_, &vip_,   &policy_};
    for (const Section* section : all) {
      texts_.apply += section->text();
      texts_.undo.insert(0, section->undo());
    }
  }

  FortiosTexts take() { return std::move(texts_); }

 private:
  void print_addresses() {
    for (const auto& [name, range] : addresses_.objects()) {
      const auto prefix = as_prefix(range);
      if (!range.first.is_v4()) {
        address6_.edit(name, {fmt::format("ip6 {}", prefix ? to_string(*prefix) : "")});
      } else if (prefix) {
        address_.edit(name, {fmt::format("subnet {} {}", to_string(prefix->address),
                                         mask_of(prefix->length))});
      } else {
        address_.edit(name, {"type iprange", "start-ip " + to_string(range.first),
                             "end-ip " + to_string(range.last)});
      }
    }
    std::map<std::string, bool> v4;
    for (const auto& [name, range] : addresses_.objects()) {
      v4[name] = range.first.is_v4();
    }
    for (const auto& [name, members] : addresses_.groups()) {
      std::string list = "member";
      for (const std::string& member : members) {
        list += fmt::format(" \"{}\"", member);
      }
      (v4[members.front()] ? group_ : group6_).edit(name, {list});
    }
  }

  std::string address(const AddressList& list) {
    return list.empty() || is_whole(list) ? "all" : addresses_.name(list);
  }

  /// `135:1024-65535` for each pair of ranges.
  static std::vector<std::string> ranges_of(const PortSet& source_ports, const PortSet& ports) {
    const PortSet any({0, 65535});
    std::vector<std::string> all;
    for (const PortRange& port : (ports.empty() ? any : ports).ranges()) {
      if (source_ports.empty()) {
        all.push_back(dashed(port));
      }
      for (const PortRange& source : source_ports.ranges()) {
        all.push_back(fmt::format("{}:{}", dashed(port), dashed(source)));
      }
    }
    return all;
  }

  std::string service(Protocol protocol, const PortSet& source_ports, const PortSet& ports) {
    const auto [place, added] =
        known_.try_emplace({protocol, to_string(source_ports), to_string(ports)}, std::string());
    if (!added) {
      return place->second;
    }
    if (protocol == Protocol::icmp || protocol == Protocol::icmpv6) {
      place->second = protocol == Protocol::icmp ? "pinhole-icmp" : "pinhole-icmp6";
      service_.edit(place->second,
                    {protocol == Protocol::icmp ? "protocol ICMP" : "protocol ICMP6"});
      return place->second;
    }
    const std::string_view word = protocol == Protocol::tcp ? "tcp" : "udp";
    std::vector<std::string> names;
    const std::vector<std::string> ranges = ranges_of(source_ports, ports);
    for (std::size_t at = 0; at < ranges.size(); at += kMostRanges) {
      std::string list = fmt::format("{}-portrange", word);
      for (std::size_t i = at; i < std::min(at + kMostRanges, ranges.size()); ++i) {
        list += " " + ranges[i];
      }
      names.push_back(fmt::format("pinhole-{}-{}", word, ++numbered_));
      service_.edit(names.back(), {"protocol TCP/UDP/SCTP", "helper disable", list});
    }
    place->second = names.front();
    if (names.size() > 1) {
      place->second = fmt::format("pinhole-services-{}", numbered_);
      std::string list = "member";
      for (const std::string& name : names) {
        list += fmt::format(" \"{}\"", name);
      }
      services_.edit(place->second, {list});
    }
    return place->second;
  }

  [[nodiscard]] std::string interface(std::optional<std::size_t> zone) const {
    return zone ? task_.zones[*zone].interface : "any";
  }

  [[nodiscard]] bool hidden(const ZoneRule& rule) const {
    return std::ranges::any_of(task_.hides, [&](const ZoneHide& hide) {
      return rule.from == hide.from && rule.to == hide.to && overlap(rule.sources, hide.sources);
    });
  }

  void print_vips(const ZoneTranslation& one, std::size_t number) {
    std::string names;
    std::size_t part = 0;
    for (const PortRange& range : one.ports.ranges()) {
      const std::string name = fmt::format("pinhole-vip-{}-{}", number, ++part);
      std::vector<std::string> settings = {
          fmt::format("extintf \"{}\"", interface(one.from)),
          fmt::format("extip {}", to_string(one.outside)),
          fmt::format("mappedip \"{}\"", to_string(one.inside)),
          "portforward enable",
          fmt::format("protocol {}", one.protocol == Protocol::tcp ? "tcp" : "udp"),
          fmt::format("extport {}", dashed(range)),
          fmt::format("mappedport {}", dashed(range)),
          fmt::format("comment {}", quoted(clean_text(one.about, 200)))};
      std::string filter;
      for (const AddressRange& source : one.sources) {
        const auto prefix = as_prefix(source);
        filter += fmt::format(" \"{}\"", prefix ? to_string(*prefix)
                                                : fmt::format("{}-{}", to_string(source.first),
                                                              to_string(source.last)));
      }
      if (!filter.empty()) {
        settings.push_back("src-filter" + filter);
      }
      vip_.edit(name, settings);
      names += fmt::format(" \"{}\"", name);
    }
    vips_.push_back(std::move(names));
  }

  void print_rule(const ZoneRule& rule) {
    const auto pair = [&](std::string_view what) {
      return rule.from ? fmt::format("pinhole-{}-{}-{}", what, *rule.from, rule.to.value_or(0))
                       : fmt::format("pinhole-{}", what);
    };
    if (rule.kind != ZoneRule::Kind::permit) {
      print_policy(pair(rule.kind == ZoneRule::Kind::spoofed ? "spoofed" : "denied"), rule,
                   addresses_of(rule), "ALL");
      return;
    }
    const std::string name = fmt::format("pinhole-{}", ++permits_);
    print_policy(name, rule, addresses_of(rule),
                 service(rule.protocol, rule.source_ports, rule.ports));
    for (std::size_t i = 0; i < task_.translations.size(); ++i) {
      const ZoneTranslation& one = task_.translations[i];
      const PortSet ports = rule.ports.empty() ? one.ports : rule.ports - (rule.ports - one.ports);
      const AddressList sources = of_family(rule.sources, one.inside.family);
      const bool concerns = rule.from == one.from && rule.protocol == one.protocol &&
                            !ports.empty() && (rule.sources.empty() || !sources.empty()) &&
                            overlap(sources, one.sources) &&
                            overlap(rule.destinations, {{one.inside, one.inside}});
      if (concerns) {
        print_policy(fmt::format("{}-nat-{}", name, i + 1), rule,
                     {fmt::format("srcaddr \"{}\"", address(sources)), "dstaddr" + vips_[i]},
                     service(rule.protocol, rule.source_ports, ports));
      }
    }
  }

  /// The pairs of lists of each family that the rule is about.
  std::vector<std::string> addresses_of(const ZoneRule& rule) {
    std::vector<std::string> settings;
    for (const Family family : kFamilies) {
      const AddressList sources = of_family(rule.sources, family);
      const AddressList destinations = of_family(rule.destinations, family);
      if ((rule.sources.empty() || !sources.empty()) &&
          (rule.destinations.empty() || !destinations.empty())) {
        const std::string_view version = family == Family::v4 ? "" : "6";
        settings.push_back(fmt::format("srcaddr{} \"{}\"", version, address(sources)));
        settings.push_back(fmt::format("dstaddr{} \"{}\"", version, address(destinations)));
      }
    }
    return settings;
  }

  void print_policy(const std::string& name, const ZoneRule& rule,
                    std::vector<std::string> addresses, const std::string& service) {
    const bool permit = rule.kind == ZoneRule::Kind::permit;
    std::vector<std::string> settings = {fmt::format("name \"{}\"", name),
                                         fmt::format("srcintf \"{}\"", interface(rule.from)),
                                         fmt::format("dstintf \"{}\"", interface(rule.to)),
                                         permit ? "action accept" : "action deny"};
    std::ranges::move(addresses, std::back_inserter(settings));
    settings.emplace_back("schedule \"always\"");
    settings.push_back(fmt::format("service \"{}\"", service));
    if (!permit) {
      // Otherwise a virtual IP behind this policy would be reached all the same.
      settings.emplace_back("match-vip enable");
    } else if (hidden(rule)) {
      settings.emplace_back("nat enable");
    }
    settings.emplace_back(rule.log ? "logtraffic all" : "logtraffic disable");
    settings.push_back("comments " + quoted(rule.about));
    policy_.edit(std::to_string(kFirstPolicy + policies_++), settings);
  }

  ZoneTask task_;
  AddressObjects addresses_;
  std::vector<std::string> vips_;  // names, of each translation
  std::map<std::tuple<Protocol, std::string, std::string>, std::string> known_;  // services
  std::size_t numbered_ = 0;
  std::size_t permits_ = 0;
  std::size_t policies_ = 0;
  Section address_{"firewall address"};
  Section address6_{"firewall address6"};
  Section group_{"firewall addrgrp"};
  Section group6_{"firewall addrgrp6"};
  Section service_{"firewall service custom"};
  Section services_{"firewall service group"};
  Section vip_{"firewall vip"};
  Section policy_{"firewall policy"};
  FortiosTexts texts_;
};

Diagnostics refusals(const ZoneTask& task) {
  Diagnostics refused;
  const auto add = [&](std::string id, std::string message, std::string remedy) {
    refused.push_back(zone_refusal(kName, std::move(id), std::move(message), std::move(remedy)));
  };
  for (const ZoneTranslation& one : task.translations) {
    if (!one.outside.is_v4()) {
      add("firewall-translation-ipv6",
          "a virtual IP of IPv6 is not bound to an interface: " + one.about,
          "let the clients ask for the inside address");
    }
    if (one.protocol != Protocol::tcp && one.protocol != Protocol::udp) {
      add("firewall-translation-icmp", "a virtual IP forwards ports: " + one.about,
          "translate TCP or UDP");
    } else if (one.ports.empty()) {
      add("firewall-translation-ports", "a virtual IP forwards ports that are named: " + one.about,
          "name the ports");
    }
  }
  return refused;
}

}  // namespace

Checked<FortiosTexts> print_fortios(const Policy& policy) {
  Checked<ZoneTask> task = zone_task(policy, kName, kLongestReason);
  if (!task) {
    return tl::unexpected(std::move(task).error());
  }
  if (Diagnostics refused = refusals(*task); !refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  return Printer(*std::move(task)).take();
}

}  // namespace pinhole::firewall
