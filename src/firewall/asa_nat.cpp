// SPDX-License-Identifier: Apache-2.0
#include "firewall/asa_nat.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "firewall/address_number.hpp"
#include "firewall/cisco_values.hpp"

namespace pinhole::firewall::cisco {
namespace {

/// Addresses that are translated one by one.
constexpr std::uint64_t kMostPairs = 1024;
constexpr std::size_t kMostPairsInAll = 1'000'000;

RulesetRule rule_at(const ConfigLine& line) {
  RulesetRule rule;
  rule.line = line.line;
  rule.text = line.text;
  return rule;
}

void add(std::vector<Match>& to, std::vector<Match> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void add_ports(std::vector<Match>& to, const Service& service, Field field) {
  to.push_back(numbers_match(Field::protocol, {service.protocol}));
  if (!service.destinations.empty()) {
    to.push_back(numbers_match(field, service.destinations));
  }
}

/// Whether the packet's destination was translated before.
Match translated(bool yes) {
  return numbers_match(Field::translated, {{yes ? 1U : 0U, yes ? 1U : 0U}});
}

/// Each address of the ranges by itself.
std::vector<IpAddress> each_of(const std::vector<AddressRange>& ranges) {
  std::vector<IpAddress> all;
  for (const AddressRange& range : ranges) {
    for (U128 number = number_of(range.first);; ++number) {
      all.push_back(address_of(number, range.first.family));
      if (all.back() == range.last) {
        break;
      }
    }
  }
  return all;
}

/// Of a single port another one, or the same ones.
bool translates_ports(const std::pair<Service, Service>& ports) {
  const auto single = [](const Service& service) {
    return service.destinations.size() == 1 &&
           service.destinations[0].first == service.destinations[0].last;
  };
  return ports.first == ports.second || (ports.first.protocol == ports.second.protocol &&
                                         single(ports.first) && single(ports.second));
}

}  // namespace

void add_interface(std::vector<Match>& matches, Field field, const std::string& name) {
  if (!name.empty()) {
    Match match;
    match.fields = {field};
    match.elements = {{InterfaceName{name, false}}};
    matches.push_back(std::move(match));
  }
}

NatReader::Rule NatReader::begin(const ConfigLine& line, Words& words) {
  Rule rule;
  rule.line = line;
  words.next();
  const std::string_view pair = words.peek();
  const std::size_t comma = pair.find(',');
  if (pair.starts_with('(') && pair.ends_with(')')) {
    words.next();
    rule.unknown = comma == std::string_view::npos;
    const auto name = [&](std::string_view text) {
      std::string found(text == "any" ? std::string_view() : text);
      if (!found.empty()) {
        interfaces_.push_back(found);
      }
      return found;
    };
    rule.real_interface = name(pair.substr(1, std::min(comma, pair.size() - 1) - 1));
    if (!rule.unknown) {
      rule.mapped_interface = name(pair.substr(comma + 1, pair.size() - comma - 2));
    }
  }
  return rule;
}

NatReader::Side NatReader::side(std::string_view word) const {
  Side side;
  if (word == "any") {
    return side;
  }
  if (word == "interface") {
    side.kind = Side::Kind::interface;
  } else if (const auto host = objects_->kind(word) ? std::nullopt : objects_->address(word)) {
    side.kind = Side::Kind::host;
    side.host = *host;
  } else {
    side.kind = Side::Kind::named;
    side.name = word;
  }
  return side;
}

/// What a dynamic rule translates to; which address that is has no say in who passes.
void NatReader::skip_mapped(Words& words) {
  if (words.take("pat-pool")) {
    words.next();
    for (bool more = true; more;) {
      more = words.take("round-robin") || words.take("extended") || words.take("flat") ||
             words.take("include-reserve") || words.take("block-allocation");
    }
  } else if (words.peek() != "interface") {
    words.next();
    if (words.take("pat-pool")) {
      words.next();
    }
  }
  if (words.take("interface")) {
    words.take("ipv6");
  }
}

bool NatReader::service(Rule& rule, Words& words) {
  const Services* first = objects_->services(words.next());
  const Services* second = objects_->services(words.next());
  if (first == nullptr || second == nullptr || first->open || second->open ||
      first->services.size() != 1 || second->services.size() != 1) {
    return false;
  }
  Service one = first->services[0];
  Service two = second->services[0];
  const bool of_source = !one.sources.empty();
  if (of_source) {
    std::swap(one.sources, one.destinations);
    std::swap(two.sources, two.destinations);
  }
  if (one.destinations.empty() || two.destinations.empty() || !one.sources.empty() ||
      !two.sources.empty() || !translates_ports({one, two})) {
    return false;
  }
  (of_source ? rule.own_ports : rule.ports) = {one, two};
  return true;
}

bool NatReader::options(Rule& rule, Words& words) {
  while (!words.done()) {
    if (words.take("unidirectional")) {
      rule.both_ways = false;
    } else if (words.take("description")) {
      words.skip_all();
    } else if (!words.take("no-proxy-arp") && !words.take("route-lookup") && !words.take("dns") &&
               !words.take("net-to-net")) {
      return false;
    }
  }
  return true;
}

bool NatReader::twice(Rule& rule, Words& words) {
  if (!words.take("source")) {
    return false;
  }
  rule.dynamic = words.peek() == "dynamic";
  if (!rule.dynamic && words.peek() != "static") {
    return false;
  }
  words.next();
  rule.real = side(words.next());
  if (rule.dynamic) {
    skip_mapped(words);
  } else {
    rule.mapped = side(words.next());
    if (rule.mapped.kind == Side::Kind::interface) {
      words.take("ipv6");
    }
  }
  if (words.take("destination")) {
    if (!words.take("static")) {
      return false;
    }
    const Side mapped = side(words.next());
    rule.destination = {mapped, side(words.next())};
  }
  if (words.take("service") && !service(rule, words)) {
    return false;
  }
  if (rule.ports && !rule.destination) {
    return false;
  }
  return options(rule, words);
}

void NatReader::add_twice(const ConfigLine& line) {
  Words words(line.text);
  Rule rule = begin(line, words);
  bool after = false;
  for (bool more = true; more;) {
    more = false;
    if (words.take("after-auto")) {
      after = more = true;
    } else if (parse_decimal(words.peek(), 1, 1'000'000)) {
      words.next();
      more = true;
    }
  }
  const std::string rest = words.rest();
  if (rest.find(" inactive") != std::string::npos) {
    return;
  }
  rule.unknown = rule.unknown || !twice(rule, words);
  (after ? last_ : first_).push_back(std::move(rule));
}

void NatReader::add_object(std::string_view object, const ConfigLine& line) {
  Words words(line.text);
  Rule rule = begin(line, words);
  rule.real = {Side::Kind::named, std::string(object), {}};
  rule.dynamic = words.peek() == "dynamic";
  const bool known = rule.dynamic || words.peek() == "static";
  words.next();
  bool good = known;
  if (rule.dynamic) {
    skip_mapped(words);
  } else if (known) {
    rule.mapped = side(words.next());
    if (words.take("service")) {
      const auto protocols = protocol(words.next());
      const auto real = port(words.next());
      const auto mapped = port(words.next());
      good = false;
      if (protocols && real && mapped) {
        good = true;
        rule.own_ports = {Service{*protocols, {}, {{*real, *real}}, {}, {}},
                          Service{*protocols, {}, {{*mapped, *mapped}}, {}, {}}};
      }
    }
  }
  rule.unknown = rule.unknown || !good || !options(rule, words);
  (rule.dynamic ? dynamic_objects_ : static_objects_).push_back(std::move(rule));
}

/// Fewer addresses before more, then the lowest one, then the name.
void NatReader::sort_objects(std::vector<Rule>& rules) const {
  // What is the same stays in its order.
  using Key = std::tuple<U128, IpAddress, std::string, std::size_t>;
  std::vector<std::pair<Key, Rule>> keyed;
  keyed.reserve(rules.size());
  for (Rule& rule : rules) {
    U128 count = 0;
    IpAddress lowest;
    if (const Addresses* held = objects_->addresses(rule.real.name);
        held != nullptr && !held->ranges.empty()) {
      lowest = held->ranges.front().first;
      for (const AddressRange& range : held->ranges) {
        count += number_of(range.last) - number_of(range.first) + 1;
      }
    }
    Key key(count, lowest, rule.real.name, keyed.size());
    keyed.emplace_back(std::move(key), std::move(rule));
  }
  std::ranges::sort(keyed, {}, [](const auto& one) -> const Key& { return one.first; });
  rules.clear();
  for (auto& [key, rule] : keyed) {
    rules.push_back(std::move(rule));
  }
}

std::vector<Match> NatReader::match(const Side& side, Field field) const {
  switch (side.kind) {
    case Side::Kind::any:
      return {};
    case Side::Kind::named: {
      const std::string text = "object " + side.name;
      Words words(text);
      return entries_->addresses(words, Style::asa, field);
    }
    case Side::Kind::host: {
      Match match;
      match.fields = {field};
      match.elements = {{AddressRange{side.host, side.host}}};
      return {std::move(match)};
    }
    case Side::Kind::interface:
      break;
  }
  return {unknown_match("the address of the interface")};
}

std::optional<std::vector<AddressRange>> NatReader::list(const Side& side,
                                                         const std::string& interface) const {
  switch (side.kind) {
    case Side::Kind::any:
      return std::nullopt;
    case Side::Kind::named:
      return objects_->in_order(side.name, kMostPairs);
    case Side::Kind::host:
      return std::vector{AddressRange{side.host, side.host}};
    case Side::Kind::interface:
      break;
  }
  const auto address = address_of_(interface);
  return address ? std::optional(std::vector{AddressRange{*address, *address}}) : std::nullopt;
}

/// A destination of `from` becomes the one of `to` that has its place.
std::optional<Nat> NatReader::translation(const Side& from, const Side& to,
                                          const std::string& interface,
                                          std::optional<NumberRange> ports) {
  const auto before = list(from, interface);
  const auto after = list(to, interface);
  if (!before || !after) {
    return std::nullopt;
  }
  const std::vector<IpAddress> keys = each_of(*before);
  const std::vector<IpAddress> targets = each_of(*after);
  pairs_ += keys.size();
  if (keys.size() != targets.size() || keys.empty() || pairs_ > kMostPairsInAll) {
    return std::nullopt;
  }
  Nat nat;
  nat.kind = Nat::Kind::dnat;
  nat.by.emplace();
  nat.by->fields = {Field::destination};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    nat.by->entries.push_back(
        {{AddressRange{keys[i], keys[i]}}, NatTarget{AddressRange{targets[i], targets[i]}, ports}});
  }
  return nat;
}

void NatReader::arriving(const Rule& rule, std::vector<RulesetRule>& to) {
  const auto target = [](const std::pair<Service, Service>& ports, bool second) {
    return ports.first == ports.second
               ? std::nullopt
               : std::optional((second ? ports.second : ports.first).destinations[0]);
  };
  RulesetRule there = rule_at(rule.line);
  add_interface(there.matches, Field::in_interface, rule.real_interface);
  add(there.matches, match(rule.real, Field::source));
  if (rule.ports) {
    add_ports(there.matches, rule.ports->first, Field::destination_port);
  }
  if (rule.own_ports) {
    add_ports(there.matches, rule.own_ports->first, Field::source_port);
  }
  const bool moves = rule.destination && (rule.destination->first != rule.destination->second ||
                                          (rule.ports && target(*rule.ports, true)));
  if (rule.destination && moves) {
    const auto nat =
        translation(rule.destination->first, rule.destination->second, rule.real_interface,
                    rule.ports ? target(*rule.ports, true) : std::nullopt);
    there.actions.emplace_back(nat ? Action(*nat) : Action(UnknownAction{there.text}));
  } else {
    add_interface(there.matches, Field::out_interface, rule.mapped_interface);
    if (rule.destination) {
      add(there.matches, match(rule.destination->first, Field::destination));
    }
    there.actions.emplace_back(Verdict{Verdict::Kind::accept, {}});
  }
  to.push_back(std::move(there));
  if (rule.dynamic || !rule.both_ways) {
    return;
  }
  RulesetRule home = rule_at(rule.line);
  add_interface(home.matches, Field::in_interface, rule.mapped_interface);
  if (rule.destination) {
    add(home.matches, match(rule.destination->second, Field::source));
  }
  if (rule.own_ports) {
    add_ports(home.matches, rule.own_ports->second, Field::destination_port);
  }
  if (rule.real == rule.mapped && !(rule.own_ports && target(*rule.own_ports, false))) {
    add_interface(home.matches, Field::out_interface, rule.real_interface);
    add(home.matches, match(rule.mapped, Field::destination));
    home.actions.emplace_back(Verdict{Verdict::Kind::accept, {}});
  } else {
    const auto nat = translation(rule.mapped, rule.real, rule.mapped_interface,
                                 rule.own_ports ? target(*rule.own_ports, false) : std::nullopt);
    home.actions.emplace_back(nat ? Action(*nat) : Action(UnknownAction{home.text}));
  }
  to.push_back(std::move(home));
}

/// A connection to the real host itself, whose answers this rule would translate.
void NatReader::back(const Rule& rule, std::vector<RulesetRule>& to) const {
  if (!rule.both_ways || (rule.dynamic && (rule.ports || rule.own_ports))) {
    return;
  }
  RulesetRule drop = rule_at(rule.line);
  add_interface(drop.matches, Field::in_interface, rule.mapped_interface);
  add_interface(drop.matches, Field::out_interface, rule.real_interface);
  add(drop.matches, match(rule.real, Field::destination));
  if (rule.destination) {
    add(drop.matches, match(rule.destination->second, Field::source));
  }
  if (rule.own_ports) {
    add_ports(drop.matches, rule.own_ports->first, Field::destination_port);
  }
  const bool same = !rule.dynamic && rule.real == rule.mapped &&
                    (!rule.own_ports || rule.own_ports->first == rule.own_ports->second);
  if (!same) {
    drop.matches.push_back(translated(false));
  }
  drop.actions.emplace_back(Verdict{same ? Verdict::Kind::accept : Verdict::Kind::drop, {}});
  to.push_back(std::move(drop));
}

void NatReader::leaving(const Rule& rule, std::vector<RulesetRule>& to) const {
  RulesetRule hides = rule_at(rule.line);
  add_interface(hides.matches, Field::in_interface, rule.real_interface);
  add_interface(hides.matches, Field::out_interface, rule.mapped_interface);
  add(hides.matches, match(rule.real, Field::source));
  if (rule.destination) {
    add(hides.matches, match(rule.destination->second, Field::destination));
    if (rule.destination->first != rule.destination->second) {
      hides.matches.push_back(translated(true));
    }
  }
  if (rule.ports) {
    add_ports(hides.matches, rule.ports->second, Field::destination_port);
  }
  if (rule.own_ports) {
    add_ports(hides.matches, rule.own_ports->first, Field::source_port);
  }
  if (!rule.dynamic && rule.real == rule.mapped) {
    hides.actions.emplace_back(Verdict{Verdict::Kind::accept, {}});
  } else {
    Nat nat;
    nat.kind = Nat::Kind::masquerade;
    hides.actions.emplace_back(std::move(nat));
  }
  to.push_back(std::move(hides));
}

NatReader::Chains NatReader::chains() {
  sort_objects(static_objects_);
  sort_objects(dynamic_objects_);
  Chains chains;
  for (const auto* section : {&first_, &static_objects_, &dynamic_objects_, &last_}) {
    for (const Rule& rule : *section) {
      if (rule.unknown) {
        RulesetRule unknown = rule_at(rule.line);
        unknown.actions.emplace_back(UnknownAction{unknown.text});
        chains.arriving.push_back(std::move(unknown));
        continue;
      }
      arriving(rule, chains.arriving);
      back(rule, chains.back);
      leaving(rule, chains.leaving);
    }
  }
  return chains;
}

}  // namespace pinhole::firewall::cisco
