// SPDX-License-Identifier: Apache-2.0
#include "firewall/junos_nat.hpp"

#include <algorithm>
#include <utility>

namespace pinhole::firewall {
namespace {

std::string all_words(std::span<const std::string> words) {
  RuleText text;
  text.add(words);
  return text.text();
}

std::optional<std::uint32_t> protocol_of(const std::string& text) {
  const auto number = parse_decimal(text, 0, 255);
  if (number) {
    return static_cast<std::uint32_t>(*number);
  }
  return text == "tcp"     ? std::optional<std::uint32_t>(6)
         : text == "udp"   ? std::optional<std::uint32_t>(17)
         : text == "icmp"  ? std::optional<std::uint32_t>(1)
         : text == "icmp6" ? std::optional<std::uint32_t>(58)
                           : std::nullopt;
}

/// `[pool P]`, `[prefix 10.0.0.0/8]`: what follows the word.
std::string behind(const std::vector<std::string>& words, std::string_view word) {
  const auto found = std::ranges::find(words, word);
  return found == words.end() || std::next(found) == words.end() ? std::string()
                                                                 : *std::next(found);
}

}  // namespace

void JunosNat::take(std::span<const std::string> words, std::uint32_t line) {
  if (words.size() < 3) {
    return;
  }
  if (words[0] == "destination" && words[1] == "pool") {
    pool(words.subspan(2));
  } else if (words[1] == "rule-set" && words.size() > 3) {
    RuleSets* sets = words[0] == "static"        ? &static_
                     : words[0] == "destination" ? &destination_
                     : words[0] == "source"      ? &source_
                                                 : nullptr;
    if (sets != nullptr) {
      rule_set((*sets)[words[2]], words.subspan(3), line, literals_);
    }
  }
}

void JunosNat::pool(std::span<const std::string> words) {
  Pool& pool = pools_[words[0]];
  if (words.size() < 3 || words[1] != "address") {
    if (words.size() > 1 && words[1] != "description") {
      pool.unknown = all_words(words);
    }
    return;
  }
  for (std::size_t i = 2; i < words.size(); ++i) {
    const bool more = i + 1 < words.size();
    if (words[i] == "port" && more) {
      const auto port = port_range(words[++i]);
      pool.port = port ? std::optional(port->first) : std::nullopt;
      pool.unknown = port ? pool.unknown : all_words(words);
    } else if (words[i] == "to" && more && pool.address) {
      const auto last = network(words[++i]);
      pool.address->last = last ? last->last : pool.address->last;
      pool.unknown = last ? pool.unknown : all_words(words);
    } else {
      pool.address = network(words[i]);
      pool.unknown = pool.address ? pool.unknown : all_words(words);
    }
  }
}

void JunosNat::side(Side& side, std::span<const std::string> words) {
  if (words.size() < 2) {
    return;
  }
  if (words[0] == "zone") {
    side.zones.push_back(words[1]);
  } else if (words[0] == "interface") {
    side.interfaces.push_back(words[1]);
  } else {
    side.unknown = all_words(words);
  }
}

void JunosNat::rule_set(RuleSet& set, std::span<const std::string> words, std::uint32_t line,
                        std::map<std::string, AddressRange>& literals) {
  if (words[0] == "from" || words[0] == "to") {
    side(words[0] == "from" ? set.from : set.to, words.subspan(1));
    return;
  }
  if (words[0] != "rule" || words.size() < 3) {
    return;
  }
  if (set.rules.empty() || set.rules.back().name != words[1]) {
    NatRule rule;
    rule.name = words[1];
    rule.line = line;
    rule.text = RuleText("rule " + words[1]);
    set.rules.push_back(std::move(rule));
  }
  NatRule& rule = set.rules.back();
  if (words[2] == "description") {
    return;
  }
  rule.text.add(words.subspan(2));
  if (words[2] == "match" && words.size() > 4) {
    match(rule, words.subspan(3), literals);
  } else if (words[2] == "then") {
    rule.then.insert(rule.then.end(), words.begin() + 3, words.end());
  } else {
    rule.unknown.push_back(all_words(words.subspan(2)));
  }
}

void JunosNat::match(NatRule& rule, std::span<const std::string> words,
                     std::map<std::string, AddressRange>& literals) {
  const std::string& what = words[0];
  const bool source = what.starts_with("source-");
  if (what == "source-address" || what == "destination-address") {
    const auto range = network(words[1]);
    if (range) {
      const std::string key = "nat\x1f" + words[1];
      literals.try_emplace(key, *range);
      (source ? rule.sources : rule.destinations).push_back(key);
      return;
    }
  } else if (what == "source-address-name" || what == "destination-address-name") {
    (source ? rule.sources : rule.destinations).push_back("global\x1f" + words[1]);
    return;
  } else if (what == "source-port" || what == "destination-port") {
    const auto first = port_range(words[1]);
    const auto last = words.size() > 3 && words[2] == "to" ? port_range(words[3]) : first;
    if (first && last && first->first <= last->last) {
      (source ? rule.source_ports : rule.ports).push_back({first->first, last->last});
      return;
    }
  } else if (what == "protocol" && protocol_of(words[1])) {
    rule.protocols.push_back(words[1]);
    return;
  } else if (what == "application") {
    rule.applications.push_back(words[1]);
    return;
  }
  rule.unknown.push_back(all_words(words));
}

void JunosNat::add_side(RulesetRule& to, const Side& side, Field field, RuleMaker& maker,
                        JunosObjects& objects) {
  if (!side.zones.empty()) {
    to.matches.push_back(maker.any_of(objects.zones(), side.zones, {field}));
  } else if (!side.interfaces.empty()) {
    Match match;
    match.fields = {field};
    for (const std::string& name : side.interfaces) {
      match.elements.push_back({InterfaceName{name, false}});
    }
    to.matches.push_back(std::move(match));
  } else {
    to.matches.push_back(
        unknown_match(side.unknown.empty() ? "a rule set without from or to" : side.unknown));
  }
}

RulesetRule JunosNat::begin(const NatRule& rule, RuleMaker& maker, JunosObjects& objects) {
  RulesetRule result;
  result.line = rule.line;
  result.text = rule.text.text();
  if (!rule.sources.empty()) {
    result.matches.push_back(maker.any_of(objects.addresses(), rule.sources, {Field::source}));
  }
  if (!rule.destinations.empty()) {
    result.matches.push_back(
        maker.any_of(objects.addresses(), rule.destinations, {Field::destination}));
  }
  if (!rule.applications.empty()) {
    result.matches.push_back(
        maker.any_of(objects.applications(), rule.applications,
                     {Field::protocol, Field::source_port, Field::destination_port}));
  }
  if (!rule.source_ports.empty()) {
    result.matches.push_back(one_of(Field::source_port, rule.source_ports));
  }
  if (!rule.ports.empty()) {
    result.matches.push_back(one_of(Field::destination_port, rule.ports));
  }
  std::vector<NumberRange> protocols;
  for (const std::string& name : rule.protocols) {
    const std::uint32_t number = protocol_of(name).value_or(0);
    protocols.push_back({number, number});
  }
  if (protocols.empty() && (!rule.ports.empty() || !rule.source_ports.empty())) {
    protocols = {{6, 6}, {17, 17}};
  }
  if (!protocols.empty()) {
    result.matches.push_back(one_of(Field::protocol, std::move(protocols)));
  }
  for (const std::string& unknown : rule.unknown) {
    result.matches.push_back(unknown_match(unknown));
  }
  return result;
}

std::vector<const JunosNat::RuleSet*> JunosNat::ordered(const RuleSets& sets) {
  const auto rank = [](const Side& side) {
    return !side.interfaces.empty() ? 0 : side.zones.empty() ? 2 : 1;
  };
  std::multimap<std::pair<int, int>, const RuleSet*> ranked;
  for (const auto& [name, set] : sets) {
    ranked.emplace(std::pair(rank(set.from), rank(set.to)), &set);
  }
  std::vector<const RuleSet*> all;
  for (const auto& [place, set] : ranked) {
    all.push_back(set);
  }
  return all;
}

Action JunosNat::destination_action(const NatRule& rule) const {
  if (std::ranges::find(rule.then, "off") != rule.then.end()) {
    return Verdict{Verdict::Kind::accept, ""};
  }
  const auto pool = pools_.find(behind(rule.then, "pool"));
  if (pool == pools_.end() || !pool->second.unknown.empty() || !pool->second.address) {
    return UnknownAction{"then " + all_words(rule.then)};
  }
  Nat nat;
  nat.kind = Nat::Kind::dnat;
  nat.to.address = pool->second.address;
  if (const auto port = pool->second.port) {
    nat.to.ports = NumberRange{*port, *port};
  }
  return nat;
}

Action JunosNat::source_action(const NatRule& rule) {
  if (std::ranges::find(rule.then, "off") != rule.then.end()) {
    return Verdict{Verdict::Kind::accept, ""};
  }
  if (rule.then.size() > 1 && (rule.then[1] == "interface" || rule.then[1] == "pool")) {
    Nat nat;
    nat.kind = Nat::Kind::masquerade;
    return nat;
  }
  return UnknownAction{"then " + all_words(rule.then)};
}

void JunosNat::static_rules(const RuleSet& set, Chain& arriving, Chain& leaving, RuleMaker& maker,
                            JunosObjects& objects) const {
  for (const NatRule& rule : set.rules) {
    RulesetRule in = begin(rule, maker, objects);
    add_side(in, set.from, Field::in_interface, maker, objects);
    const auto inside = network(behind(rule.then, "prefix"));
    const bool plain = inside && rule.then.size() == 3;
    Nat nat;
    nat.kind = Nat::Kind::dnat;
    nat.to.address = inside;
    in.actions.push_back(plain ? Action(nat) : Action(UnknownAction{all_words(rule.then)}));
    arriving.rules.push_back(std::move(in));
    // What the inside opens towards that side leaves with the outside address.
    RulesetRule out;
    out.line = rule.line;
    out.text = rule.text.text();
    if (plain) {
      Match source;
      source.fields = {Field::source};
      source.elements = {{*inside}};
      out.matches.push_back(std::move(source));
    }
    add_side(out, set.from, Field::out_interface, maker, objects);
    Nat back;
    back.kind = Nat::Kind::snat;
    if (!rule.destinations.empty()) {
      const auto literal = literals_.find(rule.destinations.front());
      back.to.address =
          literal == literals_.end() ? std::optional<AddressRange>() : literal->second;
    }
    out.actions.push_back(plain ? Action(back) : Action(UnknownAction{all_words(rule.then)}));
    leaving.rules.push_back(std::move(out));
  }
}

void JunosNat::chains(RuleMaker& maker, JunosObjects& objects) const {
  for (const auto& [key, range] : literals_) {
    ZoneObject& object = objects.addresses().put(key, 0);
    object.elements = {{range}};
  }
  Chain arriving;
  Chain leaving;
  for (const RuleSet* set : ordered(static_)) {
    static_rules(*set, arriving, leaving, maker, objects);
  }
  for (const RuleSet* set : ordered(destination_)) {
    for (const NatRule& rule : set->rules) {
      RulesetRule made = begin(rule, maker, objects);
      add_side(made, set->from, Field::in_interface, maker, objects);
      made.actions.push_back(destination_action(rule));
      arriving.rules.push_back(std::move(made));
    }
  }
  for (const RuleSet* set : ordered(source_)) {
    for (const NatRule& rule : set->rules) {
      RulesetRule made = begin(rule, maker, objects);
      add_side(made, set->from, Field::in_interface, maker, objects);
      add_side(made, set->to, Field::out_interface, maker, objects);
      made.actions.push_back(source_action(rule));
      leaving.rules.push_back(std::move(made));
    }
  }
  if (!arriving.rules.empty()) {
    maker.chain("destination nat", Hook::prerouting, -100).rules = std::move(arriving.rules);
  }
  if (!leaving.rules.empty()) {
    maker.chain("source nat", Hook::postrouting, 100).rules = std::move(leaving.rules);
  }
}

}  // namespace pinhole::firewall
