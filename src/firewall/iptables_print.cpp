// SPDX-License-Identifier: Apache-2.0
#include "firewall/iptables_print.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "firewall/printing.hpp"

namespace pinhole::firewall {
namespace {

/// XT_MAX_COMMENT_LEN is 256 with its end; leave room for the words before a reason.
constexpr std::size_t kLongestComment = 220;
/// XT_MULTI_PORTS; a range takes two of them.
constexpr std::size_t kMostPorts = 15;

std::string comment(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("-m comment --comment \"{}\" ", text);
}

/// One table: our chains in the order of their making, and the jumps from the kernel's chains.
class TableText {
 public:
  explicit TableText(std::string_view name) : name_(name) {}

  void jump_from(std::string_view builtin, std::string_view chain) {
    jumps_.emplace_back(builtin, chain);
  }
  /// Chains are numbered, so that rules can be added to any of them at any time.
  std::size_t chain(std::string name) {
    chains_.push_back({std::move(name), {}});
    return chains_.size() - 1;
  }
  void rule(std::size_t chain, std::string_view text) {
    chains_[chain].rules += fmt::format("-A {} {}\n", chains_[chain].name, text);
  }
  [[nodiscard]] const std::string& name(std::size_t chain) const { return chains_[chain].name; }

  [[nodiscard]] std::string text(Install install) const {
    if (chains_.empty()) {
      return {};
    }
    std::string text = fmt::format("*{}\n", name_);
    for (const Chain& chain : chains_) {
      text += fmt::format(":{} - [0:0]\n", chain.name);
    }
    for (const Chain& chain : chains_) {
      text += chain.rules;
    }
    if (install == Install::first) {
      for (const auto& [builtin, chain] : jumps_) {
        text += fmt::format("-I {} 1 -j {}\n", builtin, chain);
      }
    }
    return text + "COMMIT\n";
  }

  [[nodiscard]] std::string undo() const {
    if (chains_.empty()) {
      return {};
    }
    std::string text = fmt::format("*{}\n", name_);
    for (const auto& [builtin, chain] : jumps_) {
      text += fmt::format("-D {} -j {}\n", builtin, chain);
    }
    for (const Chain& chain : chains_) {
      text += fmt::format("-F {}\n", chain.name);
    }
    for (const Chain& chain : chains_) {
      text += fmt::format("-X {}\n", chain.name);
    }
    return text + "COMMIT\n";
  }

 private:
  struct Chain {
    std::string name;
    std::string rules;
  };
  std::string_view name_;
  std::vector<Chain> chains_;
  std::vector<std::pair<std::string_view, std::string>> jumps_;
};

std::string colon_range(PortRange range) {
  return range.first == range.last ? fmt::format("{}", range.first)
                                   : fmt::format("{}:{}", range.first, range.last);
}

constexpr std::string_view kMultiport = " -m multiport";

/// Matches for each handful of ports that fits into one rule; `which` is sport or dport.
std::vector<std::string> port_matches(const PortSet& ports, std::string_view which) {
  if (ports.empty()) {
    return {""};
  }
  std::vector<std::vector<std::string>> handfuls;
  std::size_t taken = kMostPorts;
  for (const PortRange& range : ports.ranges()) {
    const std::size_t size = range.first == range.last ? 1 : 2;
    if (taken + size > kMostPorts) {
      handfuls.emplace_back();
      taken = 0;
    }
    handfuls.back().push_back(colon_range(range));
    taken += size;
  }
  std::vector<std::string> matches;
  matches.reserve(handfuls.size());
  for (const std::vector<std::string>& each : handfuls) {
    matches.push_back(each.size() == 1
                          ? fmt::format(" --{} {}", which, each[0])
                          : fmt::format("{} --{}s {}", kMultiport, which, fmt::join(each, ",")));
  }
  return matches;
}

class Printer {
 public:
  Printer(const Policy& policy, Family family) : policy_(policy), family_(family) {
    print_raw();
    print_forward();
    print_nat();
  }

  [[nodiscard]] std::string text(Install install) const {
    return raw_.text(install) + nat_.text(install) + filter_.text(install);
  }
  [[nodiscard]] std::string undo() const { return raw_.undo() + nat_.undo() + filter_.undo(); }

 private:
  std::string zone_comment(std::string_view what, ZoneIndex zone) const {
    return comment(fmt::format("{} {}", what, clean_text(policy_.zones[zone].name, 100)));
  }

  static std::string address(std::string_view option, const IpPrefix& prefix) {
    return prefix.length == 0 ? std::string() : fmt::format("{} {} ", option, to_string(prefix));
  }

  /// Rules that lead packets of the zone to `target` (`-j CHAIN`), by an interface of its own or
  /// else by addresses. `options` are those for interface and address.
  void lead(TableText& table, std::size_t chain, ZoneIndex zone,
            std::pair<std::string_view, std::string_view> options, std::string_view target) {
    const std::string& interface = policy_.zones[zone].interface;
    const std::string by_interface = interface.empty() || options.first.empty()
                                         ? std::string()
                                         : fmt::format("{} {} ", options.first, interface);
    if (!by_interface.empty() && !needs_addresses(policy_, zone)) {
      table.rule(chain, fmt::format("{}{}", by_interface, target));
      return;
    }
    const ZoneAddresses addresses = addresses_of(policy_, zone, family_);
    std::size_t within = chain;
    std::string first = by_interface;
    if (addresses.rest && !addresses.others.empty()) {
      within = table.chain(fmt::format("PINHOLE-N{}", ++numbered_));
      table.rule(chain, fmt::format("{}-j {}", by_interface, table.name(within)));
      first.clear();
    }
    for (const IpPrefix& own : addresses.own) {
      table.rule(within, first + address(options.second, own) + std::string(target));
    }
    if (addresses.rest) {
      for (const IpPrefix& other : addresses.others) {
        table.rule(within, address(options.second, other) + "-j RETURN");
      }
      table.rule(within, first + std::string(target));
    }
  }

  std::string log(std::string_view what) const {
    return fmt::format(
        "-m limit --limit 10/second --limit-burst 20 -j LOG --log-prefix \"pinhole {}: \"", what);
  }

  void drop_spoofed(std::size_t top) {
    for (ZoneIndex zone = 0; zone < policy_.zones.size(); ++zone) {
      const ZoneAddresses addresses = addresses_of(policy_, zone, family_);
      if (needs_addresses(policy_, zone) || addresses.everything()) {
        continue;
      }
      const std::size_t chain = filter_.chain(fmt::format("PINHOLE-A{}", zone));
      filter_.rule(top,
                   fmt::format("-i {} -j {}", policy_.zones[zone].interface, filter_.name(chain)));
      for (const IpPrefix& own : addresses.own) {
        filter_.rule(chain, address("-s", own) + "-j RETURN");
      }
      const std::string drop = zone_comment("not an address of zone", zone) + "-j DROP";
      if (!addresses.rest) {
        if (policy_.log_denied) {
          filter_.rule(chain, log("spoofed"));
        }
        filter_.rule(chain, drop);
      }
      for (const IpPrefix& other : addresses.rest ? addresses.others : std::vector<IpPrefix>()) {
        if (policy_.log_denied) {
          filter_.rule(chain, address("-s", other) + log("spoofed"));
        }
        filter_.rule(chain, address("-s", other) + drop);
      }
    }
  }

  void print_forward() {
    const std::size_t top = filter_.chain("PINHOLE");
    filter_.jump_from("FORWARD", "PINHOLE");
    if (policy_.anti_spoofing) {
      drop_spoofed(top);
    }
    if (policy_.stateful) {
      filter_.rule(top, "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT");
      filter_.rule(top, "-m conntrack --ctstate INVALID -j DROP");
    }
    const std::vector<Line> lines = lines_of(policy_);
    for (std::size_t at = 0; at < lines.size();) {
      print_from(top, lines, at);
    }
    if (policy_.log_denied) {
      filter_.rule(top, log("denied"));
    }
    filter_.rule(top, comment("no flow of the plan") + "-j DROP");
  }

  /// The lines from one zone, of which `at` is the first; it moves behind them.
  void print_from(std::size_t top, const std::vector<Line>& lines, std::size_t& at) {
    const ZoneIndex from = lines[at].from;
    const std::size_t leaving = filter_.chain(fmt::format("PINHOLE-F{}", from));
    lead(filter_, top, from, {"-i", "-s"},
         zone_comment("from", from) + "-j " + filter_.name(leaving));
    while (at < lines.size() && lines[at].from == from) {
      const ZoneIndex to = lines[at].to;
      const std::size_t pair = filter_.chain(fmt::format("PINHOLE-F{}-T{}", from, to));
      if (from == to) {
        lead(filter_, own_services(), from, {"-i", "-s"}, "-j " + filter_.name(pair));
      } else {
        lead(filter_, leaving, to, {"-o", "-d"},
             zone_comment("to", to) + "-j " + filter_.name(pair));
      }
      for (; at < lines.size() && lines[at].from == from && lines[at].to == to; ++at) {
        print_line(pair, lines[at]);
      }
    }
  }

  /// What the device does not forward. Nothing is denied there: who may administer it is not the
  /// plan's to say.
  std::size_t own_services() {
    if (!own_) {
      own_ = filter_.chain("PINHOLE-OWN");
      filter_.jump_from("INPUT", "PINHOLE-OWN");
    }
    return *own_;
  }

  std::string_view protocol_word(Protocol protocol) const {
    switch (protocol) {
      case Protocol::tcp:
        return "tcp";
      case Protocol::udp:
        return "udp";
      case Protocol::icmp:
        return family_ == Family::v4 ? "icmp" : "";
      case Protocol::icmpv6:
        return family_ == Family::v6 ? "ipv6-icmp" : "";
    }
    return "";
  }

  std::vector<std::string> services(std::string_view protocol, const PortSet& source_ports,
                                    const PortSet& ports, std::string_view more) const {
    std::vector<std::string> all;
    for (const std::string& source : port_matches(source_ports, "sport")) {
      for (const std::string& destination : port_matches(ports, "dport")) {
        // Once multiport is loaded, iptables takes --dport for its own --dports cut short.
        const bool many_sources = source.starts_with(kMultiport);
        all.push_back(fmt::format("-p {}{}{}{}", protocol, many_sources ? destination : source,
                                  many_sources ? source : destination, more));
      }
    }
    return all;
  }

  void print_line(std::size_t chain, const Line& line) {
    const std::vector<IpPrefix> sources = of_family(*line.sources, family_);
    const std::vector<IpPrefix> destinations = of_family(*line.destinations, family_);
    const std::string_view protocol = protocol_word(line.protocol);
    if (protocol.empty() || sources.empty() || destinations.empty()) {
      return;
    }
    const bool answers = line.kind == Line::Kind::answers;
    const bool flags = answers && line.protocol == Protocol::tcp;
    const std::vector<std::string> matches = services(
        protocol, line.source_ports, line.ports, flags ? " -m tcp ! --tcp-flags ACK,RST NONE" : "");
    const std::string reason =
        comment((answers ? "answers " : "") + comment_of(*line.reasons, kLongestComment));
    std::size_t within = chain;
    const bool apart = sources.size() > 1 && destinations.size() * matches.size() > 1;
    if (apart) {
      within = filter_.chain(fmt::format("PINHOLE-R{}", ++numbered_));
      for (const IpPrefix& source : sources) {
        filter_.rule(chain, address("-s", source) + "-j " + filter_.name(within));
      }
    }
    for (const IpPrefix& source : apart ? std::vector<IpPrefix>{IpPrefix{}} : sources) {
      for (const IpPrefix& destination : destinations) {
        for (const std::string& match : matches) {
          const std::string all =
              fmt::format("{}{}{}", address("-s", source), address("-d", destination), match);
          if (line.log) {
            filter_.rule(within, fmt::format("{} -j LOG --log-prefix \"pinhole passed: \"", all));
          }
          filter_.rule(within, fmt::format("{} {}-j ACCEPT", all, reason));
        }
      }
    }
  }

  void print_raw() {
    if (!policy_.stateful) {
      const std::size_t chain = raw_.chain("PINHOLE");
      raw_.jump_from("PREROUTING", "PINHOLE");
      raw_.rule(chain, "-m addrtype ! --dst-type LOCAL -j CT --notrack");
    }
  }

  void print_nat() {
    if (!policy_.translations.empty()) {
      const std::size_t top = nat_.chain("PINHOLE-DNAT");
      nat_.jump_from("PREROUTING", "PINHOLE-DNAT");
      for (const Translation& translation : policy_.translations) {
        print_translation(top, translation);
      }
    }
    if (!policy_.hides.empty()) {
      const std::size_t top = nat_.chain("PINHOLE-HIDE");
      nat_.jump_from("POSTROUTING", "PINHOLE-HIDE");
      for (const ZoneIndex zone : policy_.hides) {
        print_hide(top, zone);
      }
    }
  }

  void print_translation(std::size_t top, const Translation& translation) {
    const std::string_view protocol = protocol_word(translation.protocol);
    if (translation.outside.family != family_ || protocol.empty()) {
      return;
    }
    const PortSet ports = any_port(translation.ports) ? PortSet() : translation.ports;
    for (const std::string& match : services(protocol, {}, ports, "")) {
      lead(nat_, top, translation.from, {"-i", "-s"},
           fmt::format("-d {} {} {}-j DNAT --to-destination {}", to_string(translation.outside),
                       match, comment(comment_of(translation.reasons, kLongestComment)),
                       to_string(translation.inside)));
    }
  }

  /// POSTROUTING knows no interface that a packet came by, so the zone is its addresses.
  void print_hide(std::size_t top, ZoneIndex zone) {
    const std::size_t chain = nat_.chain(fmt::format("PINHOLE-H{}", zone));
    lead(nat_, top, zone, {"", "-s"}, "-j " + nat_.name(chain));
    const std::string target = zone_comment("hides zone", zone) + "-j MASQUERADE";
    if (needs_addresses(policy_, zone)) {
      lead(nat_, chain, zone, {"", "-d"}, "-j RETURN");
      nat_.rule(chain, target);
    } else {
      nat_.rule(chain, fmt::format("! -o {} {}", policy_.zones[zone].interface, target));
    }
  }

  const Policy& policy_;
  Family family_;
  TableText raw_{"raw"};
  TableText nat_{"nat"};
  TableText filter_{"filter"};
  std::size_t numbered_ = 0;
  std::optional<std::size_t> own_;
};

std::string head(const Policy& policy, std::string_view program) {
  return fmt::format("# for {} --noflush\n# {}{}\n", program, clean_text(policy.title, 200),
                     policy.device.empty() ? "" : "; device " + clean_text(policy.device, 100));
}

}  // namespace

Checked<IptablesTexts> print_iptables(const Policy& policy, Install install) {
  if (Diagnostics refused = refusals_of(policy, "iptables"); !refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  return IptablesTexts{
      .v4 = head(policy, "iptables-restore") + Printer(policy, Family::v4).text(install),
      .v6 = head(policy, "ip6tables-restore") + Printer(policy, Family::v6).text(install)};
}

Checked<IptablesTexts> print_iptables_undo(const Policy& policy) {
  if (Diagnostics refused = refusals_of(policy, "iptables"); !refused.empty()) {
    return tl::unexpected(std::move(refused));
  }
  return IptablesTexts{.v4 = Printer(policy, Family::v4).undo(),
                       .v6 = Printer(policy, Family::v6).undo()};
}

}  // namespace pinhole::firewall
