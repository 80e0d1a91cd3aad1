// SPDX-License-Identifier: Apache-2.0
#include "firewall/ios_read.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "firewall/asa_nat.hpp"
#include "firewall/cisco_config.hpp"
#include "firewall/cisco_entry.hpp"
#include "firewall/cisco_objects.hpp"
#include "firewall/cisco_values.hpp"
#include "firewall/ios_lists.hpp"
#include "firewall/ios_zones.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall {
namespace {

using cisco::ConfigBlock;
using cisco::ConfigLine;
using cisco::ListUse;
using cisco::starts_with_words;
using cisco::Words;

struct Binding {
  std::string list;
  std::string interface;
  bool inbound = true;
  bool v6 = false;
  ConfigLine line;
};

Match of_interfaces(Field field, const std::vector<std::string>& names, bool negated = false) {
  Match match;
  match.fields = {field};
  match.negated = negated;
  for (const std::string& name : names) {
    match.elements.push_back({InterfaceName{name, false}});
  }
  return match;
}

RulesetRule rule_at(const ConfigLine& line, std::vector<Match> matches, Action action) {
  RulesetRule rule;
  rule.matches = std::move(matches);
  rule.actions.push_back(std::move(action));
  rule.line = line.line;
  rule.text = line.text;
  return rule;
}

Verdict verdict(Verdict::Kind kind, std::string chain = {}) {
  return {kind, std::move(chain)};
}

Match host(Field field, const IpAddress& address) {
  Match match;
  match.fields = {field};
  match.elements = {{AddressRange{address, address}}};
  return match;
}

class Reader {
 public:
  explicit Reader(std::string_view text)
      : blocks_(cisco::config_blocks(text)), entries_(objects_), lists_(entries_), zones_(lists_) {}

  std::vector<Table> read() {
    for (const ConfigBlock& block : blocks_) {
      objects_.add(block);
    }
    for (const ConfigBlock& block : blocks_) {
      if (!lists_.add(block) && !zones_.add(block) &&
          starts_with_words(block.head.text, "interface")) {
        interface(block);
      }
    }
    Table table;
    table.name = "ios";
    table.family = TableFamily::inet;
    for (const ConfigBlock& block : blocks_) {
      global(block.head);
    }
    base(table, "inbound", Hook::prerouting, -150, bound(true));
    base(table, "nat", Hook::prerouting, -100, std::move(arriving_));
    base(table, "interfaces", Hook::forward, -1, interface_rules());
    base(table, "zones", Hook::forward, 0, zones_.rules());
    base(table, "outbound", Hook::forward, 1, bound(false));
    base(table, "nat source", Hook::postrouting, 100, std::move(leaving_));
    std::ranges::move(zones_.take_chains(), std::back_inserter(table.chains));
    std::ranges::move(lists_.chains(), std::back_inserter(table.chains));
    table.sets = entries_.sets();
    std::vector<Table> tables;
    tables.push_back(std::move(table));
    return tables;
  }

 private:
  /// Names of base chains begin as no list is called.
  static void base(Table& table, std::string_view name, Hook hook, std::int32_t priority,
                   std::vector<RulesetRule> rules) {
    if (!rules.empty()) {
      Chain& chain = table.chains.emplace_back();
      chain.name = "ios: " + std::string(name);
      chain.hook = hook;
      chain.priority = priority;
      chain.line = rules.front().line;
      chain.rules = std::move(rules);
    }
  }

  void interface(const ConfigBlock& block) {
    Words head(block.head.text);
    head.next();
    std::string name = head.rest();
    for (const ConfigLine& line : block.lines) {
      interface_line(name, line);
    }
    interfaces_.push_back(std::move(name));
  }

  void interface_line(const std::string& name, const ConfigLine& line) {
    Words words(line.text);
    if (starts_with_words(line.text, "ip access-group") ||
        starts_with_words(line.text, "ipv6 traffic-filter")) {
      const bool v6 = words.next() == "ipv6";
      words.next();
      std::string list(words.next());
      bindings_.push_back({std::move(list), name, words.peek() != "out", v6, line});
    } else if (starts_with_words(line.text, "zone-member security")) {
      zones_.add_member(std::string(words.peek(2)), name, line);
    } else if (line.text == "ip nat inside") {
      inside_.push_back(name);
    } else if (line.text == "ip nat outside") {
      outside_.push_back(name);
    } else if (starts_with_words(line.text, "ip address")) {
      if (const auto address = parse_address(words.peek(2)); address && words.peek(4).empty()) {
        addresses_[name] = *address;
      }
    } else if (starts_with_words(line.text, "ip verify") ||
               starts_with_words(line.text, "ipv6 verify") ||
               starts_with_words(line.text, "ip admission") ||
               starts_with_words(line.text, "ip auth-proxy") ||
               starts_with_words(line.text, "ip ips") ||
               starts_with_words(line.text, "mac access-group")) {
      maybe(line, Field::in_interface, name, Verdict::Kind::drop);
    } else if (starts_with_words(line.text, "crypto map")) {
      tunnels_.emplace_back(name, line);
    } else if (starts_with_words(line.text, "service-policy")) {
      policies_.emplace_back(name, line);
    }
  }

  void maybe(const ConfigLine& line, Field field, const std::string& name, Verdict::Kind kind) {
    unknown_.push_back(
        rule_at(line, {of_interfaces(field, {name}), unknown_match(std::string(line.text))},
                verdict(kind)));
  }

  void global(const ConfigLine& line) {
    Words words(line.text);
    if (starts_with_words(line.text, "ip nat")) {
      nat(line, std::move(words));
    } else if (starts_with_words(line.text, "ip port-map") ||
               starts_with_words(line.text, "vlan filter") ||
               starts_with_words(line.text, "ipv6 nat") || starts_with_words(line.text, "nat64")) {
      unknown_.push_back(rule_at(line, {}, UnknownAction{std::string(line.text)}));
    }
  }

  void nat(const ConfigLine& line, Words words) {
    words.next();
    words.next();
    static constexpr std::array<std::string_view, 9> kOther = {
        "pool",     "translation", "log",     "service", "create",
        "settings", "switchover",  "portmap", "refresh"};
    if (std::ranges::find(kOther, words.peek()) != kOther.end()) {
      return;
    }
    const bool inside = words.take("inside") && words.take("source");
    if (inside && words.take("list")) {
      const std::string list(words.next());
      const auto chain = lists_.chain(list, ListUse::hide);
      if (chain) {
        leaving_.push_back(rule_at(line,
                                   {of_interfaces(Field::in_interface, inside_),
                                    of_interfaces(Field::out_interface, outside_)},
                                   verdict(Verdict::Kind::jump, *chain)));
      }
      return;
    }
    if (!inside || !words.take("static") || !static_nat(line, std::move(words))) {
      arriving_.push_back(rule_at(line, {}, UnknownAction{std::string(line.text)}));
    }
  }

  /// `A B`, `tcp A PORT B PORT`; the outer address may be that of an interface.
  bool static_nat(const ConfigLine& line, Words words) {
    std::optional<NumberRange> protocol;
    if (words.peek() == "tcp" || words.peek() == "udp") {
      protocol = cisco::protocol(words.next());
    }
    const auto inner = parse_address(words.next());
    const auto inner_port = protocol ? cisco::port(words.next()) : std::nullopt;
    std::optional<IpAddress> outer;
    if (words.take("interface")) {
      const auto found = addresses_.find(words.next());
      outer = found != addresses_.end() ? std::optional(found->second) : std::nullopt;
    } else {
      outer = parse_address(words.next());
    }
    const auto outer_port = protocol ? cisco::port(words.next()) : std::nullopt;
    if (!inner || !outer || (protocol && (!inner_port || !outer_port))) {
      return false;
    }
    while (words.take("extendable") || words.take("no-alias") || words.take("no-payload")) {
    }
    if (!words.done()) {
      return false;
    }
    Nat there;
    there.kind = Nat::Kind::dnat;
    there.to.address = AddressRange{*inner, *inner};
    std::vector<Match> arrives = {of_interfaces(Field::in_interface, outside_),
                                  host(Field::destination, *outer)};
    std::vector<Match> leaves = {of_interfaces(Field::in_interface, inside_),
                                 of_interfaces(Field::out_interface, outside_),
                                 host(Field::source, *inner)};
    if (protocol && inner_port && outer_port) {
      arrives.push_back(cisco::numbers_match(Field::protocol, {*protocol}));
      arrives.push_back(
          cisco::numbers_match(Field::destination_port, {{*outer_port, *outer_port}}));
      leaves.push_back(cisco::numbers_match(Field::protocol, {*protocol}));
      leaves.push_back(cisco::numbers_match(Field::source_port, {{*inner_port, *inner_port}}));
      if (*inner_port != *outer_port) {
        there.to.ports = NumberRange{*inner_port, *inner_port};
      }
    }
    Nat back;
    back.kind = Nat::Kind::masquerade;
    arriving_.push_back(rule_at(line, std::move(arrives), std::move(there)));
    // A static translation comes before those by lists.
    leaving_.insert(leaving_.begin(), rule_at(line, std::move(leaves), std::move(back)));
    return true;
  }

  std::vector<RulesetRule> interface_rules() {
    std::vector<RulesetRule> rules = std::move(unknown_);
    for (const auto& [name, line] : policies_) {
      Words words(line.text);
      words.next();
      const bool inbound = words.next() == "input";
      if (zones_.drops(words.peek())) {
        rules.push_back(
            rule_at(line,
                    {of_interfaces(inbound ? Field::in_interface : Field::out_interface, {name}),
                     unknown_match(std::string(line.text))},
                    verdict(Verdict::Kind::drop)));
      }
    }
    const ConfigLine nowhere{blocks_.empty() ? 1 : blocks_.front().head.line,
                             "an interface that is not configured"};
    if (interfaces_.empty()) {
      return rules;
    }
    for (const Field field : {Field::in_interface, Field::out_interface}) {
      rules.push_back(rule_at(nowhere, {of_interfaces(field, interfaces_, true)},
                              verdict(Verdict::Kind::drop)));
    }
    neighbours(rules, nowhere.line);
    return rules;
  }

  /// Nobody forwards a search for a neighbour that goes to the link alone (RFC 4291, 2.5.6, 2.7).
  static void neighbours(std::vector<RulesetRule>& rules, std::uint32_t line) {
    Match link;
    link.fields = {Field::destination};
    for (const std::string_view text : {"fe80::/10", "ff02::/16"}) {
      if (const auto range = cisco::prefix_range(text)) {
        link.elements.push_back({*range});
      }
    }
    rules.push_back(rule_at({line, "to the link alone: not forwarded"},
                            {cisco::numbers_match(Field::protocol, {{58, 58}}),
                             cisco::numbers_match(Field::icmp_type, {{135, 136}}), link},
                            verdict(Verdict::Kind::drop)));
  }

  std::vector<RulesetRule> bound(bool inbound) {
    std::vector<RulesetRule> rules;
    const Field field = inbound ? Field::in_interface : Field::out_interface;
    for (const Binding& binding : bindings_) {
      if (binding.inbound != inbound) {
        continue;
      }
      const std::vector<Match> where = {
          of_interfaces(field, {binding.interface}),
          cisco::numbers_match(Field::family,
                               {binding.v6 ? NumberRange{6, 6} : NumberRange{4, 4}})};
      unsure(rules, binding);
      filter(rules, binding.line, where, binding.list);
    }
    if (inbound && interfaces_.empty()) {
      alone(rules);
    }
    return rules;
  }

  /// Where a list may see other packets than those that arrived, or not all of them.
  void unsure(std::vector<RulesetRule>& rules, const Binding& binding) {
    const bool outer = std::ranges::find(outside_, binding.interface) != outside_.end();
    if (!binding.inbound && outer && !leaving_.empty()) {
      rules.push_back(rule_at(binding.line,
                              {of_interfaces(Field::in_interface, inside_),
                               of_interfaces(Field::out_interface, {binding.interface})},
                              UnknownAction{"the list sees translated sources"}));
    }
    for (const auto& [name, line] : tunnels_) {
      if (binding.inbound && name == binding.interface) {
        rules.push_back(rule_at(
            line, {of_interfaces(Field::in_interface, {name}), unknown_match("from a tunnel")},
            verdict(Verdict::Kind::accept)));
      }
    }
  }

  void filter(std::vector<RulesetRule>& rules, const ConfigLine& line,
              const std::vector<Match>& where, const std::string& list) {
    if (const auto chain = lists_.chain(list, ListUse::filter)) {
      rules.push_back(rule_at(line, where, verdict(Verdict::Kind::jump, *chain)));
      rules.push_back(rule_at(line, where, verdict(Verdict::Kind::drop)));
    }
  }

  /// A list by itself, which is asked about every packet of its family.
  void alone(std::vector<RulesetRule>& rules) {
    const std::uint32_t first = blocks_.empty() ? 1 : blocks_.front().head.line;
    for (const bool v6 : {false, true}) {
      const std::vector<std::string> names = lists_.names(v6);
      const std::vector<Match> family = {
          cisco::numbers_match(Field::family, {v6 ? NumberRange{6, 6} : NumberRange{4, 4}})};
      if (names.size() == 1) {
        filter(rules, {first, "the list by itself"}, family, names[0]);
      } else {
        const std::string_view why = names.empty()
                                         ? std::string_view("no list for this family")
                                         : std::string_view("several lists, and no interface");
        rules.push_back(rule_at({first, why}, family,
                                names.empty() ? Action(verdict(Verdict::Kind::drop))
                                              : Action(UnknownAction{std::string(why)})));
      }
    }
  }

  std::vector<ConfigBlock> blocks_;
  cisco::Objects objects_;
  cisco::EntryReader entries_;
  cisco::AccessLists lists_;
  cisco::Zones zones_;
  std::vector<std::string> interfaces_;
  std::vector<std::string> inside_;
  std::vector<std::string> outside_;
  std::map<std::string, IpAddress, std::less<>> addresses_;
  std::vector<Binding> bindings_;
  std::vector<std::pair<std::string, ConfigLine>> tunnels_;
  std::vector<std::pair<std::string, ConfigLine>> policies_;
  std::vector<RulesetRule> unknown_;
  std::vector<RulesetRule> arriving_;
  std::vector<RulesetRule> leaving_;
};

}  // namespace

Checked<Ruleset> read_ios(std::string_view text, const std::string& name) {
  return read_tables(name, "cisco-ios", [&] { return Reader(text).read(); });
}

}  // namespace pinhole::firewall
