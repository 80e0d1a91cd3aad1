// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_print.hpp"

#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "firewall/printing.hpp"

namespace pinhole::firewall {
namespace {

/// NFTNL_UDATA_COMMENT_MAXLEN with its end.
constexpr std::size_t kLongestComment = 127;

std::string_view ip_word(Family family) {
  return family == Family::v4 ? "ip" : "ip6";
}

std::string_view nfproto(Family family) {
  return family == Family::v4 ? "meta nfproto ipv4" : "meta nfproto ipv6";
}

std::string_view protocol_word(Protocol protocol) {
  switch (protocol) {
    case Protocol::icmp:
      return "icmp";
    case Protocol::tcp:
      return "tcp";
    case Protocol::udp:
      return "udp";
    case Protocol::icmpv6:
      return "ipv6-icmp";
  }
  return "";
}

std::string prefix_text(const IpPrefix& prefix) {
  const std::uint8_t host = prefix.address.is_v4() ? 32 : 128;
  return prefix.length == host ? to_string(prefix.address) : to_string(prefix);
}

/// Parts of a rule, with one space between those that say something.
std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    if (!part.empty()) {
      text += text.empty() ? "" : " ";
      text += part;
    }
  }
  return text;
}

std::string quoted_comment(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("comment \"{}\"", text);
}

std::string ports_text(std::string_view key, const PortSet& ports) {
  if (ports.empty()) {
    return {};
  }
  std::vector<std::string> texts;
  for (const PortRange& range : ports.ranges()) {
    texts.push_back(range.first == range.last ? fmt::format("{}", range.first)
                                              : fmt::format("{}-{}", range.first, range.last));
  }
  return texts.size() == 1 ? fmt::format("{} {}", key, texts[0])
                           : fmt::format("{} {{ {} }}", key, fmt::join(texts, ", "));
}

/// The protocol and its ports; the protocol is named by itself only where no port implies it.
std::string service_text(Protocol protocol, const PortSet& source_ports, const PortSet& ports) {
  const std::string_view word = protocol_word(protocol);
  if (source_ports.empty() && ports.empty()) {
    return fmt::format("meta l4proto {}", word);
  }
  return join({ports_text(fmt::format("{} sport", word), source_ports),
               ports_text(fmt::format("{} dport", word), ports)});
}

/// Lists of prefixes that were given a name: equal lists share one set.
class Sets {
 public:
  /// `10.0.0.0/8`, or `@name` of a set.
  std::string operand(const std::vector<IpPrefix>& prefixes, std::string_view wanted_name) {
    if (prefixes.size() == 1) {
      return prefix_text(prefixes[0]);
    }
    const auto [at, fresh] = names_.try_emplace(prefixes, "");
    if (fresh) {
      at->second = wanted_name.empty() ? fmt::format("addresses_{}", names_.size())
                                       : std::string(wanted_name);
      order_.push_back(&*at);
    }
    return "@" + at->second;
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto* each : order_) {
      const auto& [prefixes, name] = *each;
      const bool v4 = prefixes.front().address.is_v4();
      text += fmt::format("  set {} {{\n    type {}\n    flags interval\n    elements = {{ ", name,
                          v4 ? "ipv4_addr" : "ipv6_addr");
      for (std::size_t i = 0; i < prefixes.size(); ++i) {
        text += i == 0 ? "" : i % 4 == 0 ? ",\n      " : ", ";
        text += prefix_text(prefixes[i]);
      }
      text += " }\n  }\n\n";
    }
    return text;
  }

 private:
  std::map<std::vector<IpPrefix>, std::string> names_;
  std::vector<const std::pair<const std::vector<IpPrefix>, std::string>*> order_;
};

enum class Side { source, destination };

class Printer {
 public:
  explicit Printer(const Policy& policy) : policy_(policy) {}

  std::string print() {
    const std::string chains = raw_chain() + forward_chain() + nat_chains();
    std::string head = fmt::format("# {}\n", clean_text(policy_.title, 200));
    if (!policy_.device.empty()) {
      head += fmt::format("# device {}\n", clean_text(policy_.device, 200));
    }
    for (const Zone& zone : policy_.zones) {
      head += fmt::format("# zone {}: {}\n", clean_text(zone.name, 100),
                          zone.interface.empty() ? "by its addresses"
                                                 : "interface " + clean_text(zone.interface, 100));
    }
    return fmt::format(
        "{0}\n# Replaces the table in one transaction; no other table is touched.\n"
        "table inet {1}\ndelete table inet {1}\ntable inet {1} {{\n{2}{3}}}\n",
        head, kNftTable, sets_.text(), chains);
  }

 private:
  /// `ip saddr` and its like.
  static std::string key(Side side, Family family) {
    return fmt::format("{} {}", ip_word(family), side == Side::source ? "saddr" : "daddr");
  }

  std::string set_name(ZoneIndex zone, Family family, std::string_view what) const {
    return fmt::format("{}{}_v{}", zone_word(zone), what, family == Family::v4 ? 4 : 6);
  }

  std::string zone_word(ZoneIndex zone) const {
    return fmt::format("z{}_{}", zone, word_of(policy_.zones[zone].name));
  }

  /// Matches, any of which says that the address is in the zone.
  std::vector<std::string> in_zone(ZoneIndex zone, Side side, Family family) {
    const ZoneAddresses addresses = addresses_of(policy_, zone, family);
    if (addresses.nothing()) {
      return {};
    }
    if (addresses.everything()) {
      return {std::string(nfproto(family))};
    }
    std::vector<std::string> matches;
    if (!addresses.own.empty()) {
      matches.push_back(key(side, family) + " " +
                        sets_.operand(addresses.own, set_name(zone, family, "")));
    }
    if (addresses.rest && !is_whole(addresses.others)) {
      matches.push_back(key(side, family) +
                        " != " + sets_.operand(addresses.others, set_name(zone, family, "_not")));
    }
    return matches;
  }

  /// The one match that says that the address is not in the zone; none where each is.
  std::optional<std::string> outside_zone(ZoneIndex zone, Side side, Family family) {
    const ZoneAddresses addresses = addresses_of(policy_, zone, family);
    if (addresses.everything()) {
      return std::nullopt;
    }
    std::string others;
    std::string own;
    if (addresses.rest && !is_whole(addresses.others)) {
      others =
          key(side, family) + " " + sets_.operand(addresses.others, set_name(zone, family, "_not"));
    }
    if (!addresses.own.empty()) {
      own = key(side, family) + " != " + sets_.operand(addresses.own, set_name(zone, family, ""));
    }
    return others.empty() && own.empty() ? std::string(nfproto(family)) : join({others, own});
  }

  /// Matches, any of which says that a packet comes from or leaves for the zone.
  std::vector<std::string> at_zone(ZoneIndex zone, Side side, Family family) {
    const std::string& interface = policy_.zones[zone].interface;
    std::string by_interface;
    if (!interface.empty()) {
      by_interface =
          fmt::format("{} \"{}\"", side == Side::source ? "iifname" : "oifname", interface);
    }
    if (!needs_addresses(policy_, zone)) {
      return {by_interface};
    }
    std::vector<std::string> matches = in_zone(zone, side, family);
    for (std::string& match : matches) {
      match = join({by_interface, match});
    }
    return matches;
  }

  std::string address_match(const std::vector<IpPrefix>& prefixes, Side side, Family family) {
    return is_whole(prefixes) ? std::string()
                              : key(side, family) + " " + sets_.operand(prefixes, "");
  }

  std::string line_text(const Line& line) {
    std::string text;
    for (const Family family : kFamilies) {
      const std::vector<IpPrefix> sources = of_family(*line.sources, family);
      const std::vector<IpPrefix> destinations = of_family(*line.destinations, family);
      const bool other_icmp =
          line.protocol == (family == Family::v4 ? Protocol::icmpv6 : Protocol::icmp);
      if (sources.empty() || destinations.empty() || other_icmp) {
        continue;
      }
      std::string addresses = join({address_match(sources, Side::source, family),
                                    address_match(destinations, Side::destination, family)});
      if (addresses.empty()) {
        addresses = nfproto(family);
      }
      const bool answers = line.kind == Line::Kind::answers;
      const bool flags = answers && line.protocol == Protocol::tcp;
      const std::string comment = comment_of(*line.reasons, kLongestComment - (answers ? 8 : 0));
      text += fmt::format(
          "    {}\n", join({addresses, service_text(line.protocol, line.source_ports, line.ports),
                            flags ? "tcp flags & (ack | rst) != 0x0" : "", "counter",
                            line.log ? "log prefix \"pinhole passed: \"" : "", "accept",
                            quoted_comment(answers ? "answers " + comment : comment)}));
    }
    return text;
  }

  std::string drop_spoofed() {
    std::string text;
    for (ZoneIndex zone = 0; zone < policy_.zones.size(); ++zone) {
      // Without an interface of its own, a zone is known by nothing but its addresses.
      if (needs_addresses(policy_, zone)) {
        continue;
      }
      for (const Family family : kFamilies) {
        if (const auto outside = outside_zone(zone, Side::source, family)) {
          text += fmt::format("    {}\n",
                              join({at_zone(zone, Side::source, family)[0], *outside, "counter",
                                    log("spoofed"), "drop",
                                    quoted_comment("not an address of zone " +
                                                   clean_text(policy_.zones[zone].name, 60))}));
        }
      }
    }
    return text;
  }

  std::string log(std::string_view what) const {
    return policy_.log_denied ? fmt::format("log prefix \"pinhole {}: \"", what) : std::string();
  }

  std::string jumps_to(ZoneIndex from, ZoneIndex to, std::string_view chain) {
    std::string text;
    std::string last;
    for (const Family family : kFamilies) {
      for (const std::string& source : at_zone(from, Side::source, family)) {
        for (const std::string& destination :
             from == to ? std::vector<std::string>{""} : at_zone(to, Side::destination, family)) {
          const std::string match = join({source, destination});
          // Interfaces alone say the same for both families.
          if (match != last) {
            text += fmt::format("    {} jump {}\n", match, chain);
            last = match;
          }
        }
      }
    }
    return text;
  }

  std::string forward_chain() {
    std::string pairs;
    std::string own;
    std::string forward =
        "  chain forward {\n    type filter hook forward priority filter; policy drop;\n";
    if (policy_.anti_spoofing) {
      forward += drop_spoofed();
    }
    if (policy_.stateful) {
      forward +=
          "    ct state established,related counter accept\n    ct state invalid counter drop\n";
    }
    const std::vector<Line> lines = lines_of(policy_);
    for (std::size_t at = 0; at < lines.size();) {
      const auto [from, to] = std::pair(lines[at].from, lines[at].to);
      const std::string chain = zone_word(from) + "_to_" + zone_word(to);
      // Between a zone and itself: the device's own services, which it does not forward.
      (from == to ? own : forward) += jumps_to(from, to, chain);
      pairs += fmt::format("  chain {} {{\n", chain);
      for (; at < lines.size() && lines[at].from == from && lines[at].to == to; ++at) {
        pairs += line_text(lines[at]);
      }
      pairs += "  }\n\n";
    }
    if (policy_.log_denied) {
      forward += "    limit rate 10/second burst 20 packets " + log("denied") + "\n";
    }
    if (!own.empty()) {
      // Nothing is denied here: who may administer the device is not the plan's to say.
      pairs += "  chain own {\n    type filter hook input priority filter; policy accept;\n" + own +
               "  }\n\n";
    }
    return pairs + forward + "    counter comment \"denied: no flow of the plan\"\n  }\n";
  }

  /// Packets for the device itself and its own stay tracked, whatever its other tables say.
  std::string raw_chain() const {
    return policy_.stateful ? std::string()
                            : "  chain untracked {\n    type filter hook prerouting priority raw; "
                              "policy accept;\n    fib daddr type != local notrack\n  }\n\n";
  }

  std::string translation_text(const Translation& translation) {
    const Family family = translation.outside.family;
    std::string text;
    for (const std::string& from : at_zone(translation.from, Side::source, family)) {
      text += fmt::format(
          "    {}\n",
          join({from, fmt::format("{} daddr {}", ip_word(family), to_string(translation.outside)),
                service_text(translation.protocol, {},
                             any_port(translation.ports) ? PortSet() : translation.ports),
                "counter",
                fmt::format("dnat {} to {}", ip_word(family), to_string(translation.inside)),
                quoted_comment(comment_of(translation.reasons, kLongestComment))}));
    }
    return text;
  }

  std::string hide_text(ZoneIndex zone) {
    const std::string& interface = policy_.zones[zone].interface;
    std::string text;
    for (const Family family : kFamilies) {
      // Where packets leave, the interface that they came by is not known to all kernels.
      const std::string leaves = needs_addresses(policy_, zone)
                                     ? outside_zone(zone, Side::destination, family).value_or("")
                                     : fmt::format("oifname != \"{}\"", interface);
      if (leaves.empty()) {
        continue;
      }
      for (const std::string& source : in_zone(zone, Side::source, family)) {
        text += fmt::format(
            "    {}\n",
            join({source, leaves, "counter masquerade",
                  quoted_comment("hides zone " + clean_text(policy_.zones[zone].name, 60))}));
      }
    }
    return text;
  }

  std::string nat_chains() {
    std::string text;
    if (!policy_.translations.empty()) {
      text +=
          "\n  chain translate {\n    type nat hook prerouting priority dstnat; policy accept;\n";
      for (const Translation& translation : policy_.translations) {
        text += translation_text(translation);
      }
      text += "  }\n";
    }
    if (!policy_.hides.empty()) {
      text += "\n  chain hide {\n    type nat hook postrouting priority srcnat; policy accept;\n";
      for (const ZoneIndex zone : policy_.hides) {
        text += hide_text(zone);
      }
      text += "  }\n";
    }
    return text;
  }

  const Policy& policy_;
  Sets sets_;
};

}  // namespace

Checked<std::string> print_nft(const Policy& policy) {
  if (Diagnostics refused = refusals_of(policy, "nftables"); !refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  return Printer(policy).print();
}

std::string print_nft_undo() {
  return fmt::format("table inet {0}\ndelete table inet {0}\n", kNftTable);
}

}  // namespace pinhole::firewall
