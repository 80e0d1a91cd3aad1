// SPDX-License-Identifier: Apache-2.0
#include "firewall/cisco_entry.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "firewall/cisco_values.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall::cisco {
namespace {

constexpr std::uint32_t kFlagRst = 4;
constexpr std::uint32_t kFlagAck = 16;
/// Ports of one service of a group, sources times destinations.
constexpr std::size_t kMostPairs = 1'000'000;
/// What groups of ports, services and masks with holes put into all entries.
constexpr std::uint64_t kMostElements = 4'000'000;
const std::vector<NumberRange> kAllPorts{{0, 65535}};

struct Flag {
  std::string_view name;
  std::uint32_t bit;
};
constexpr std::array kFlags = {Flag{"fin", 1}, Flag{"syn", 2},  Flag{"rst", 4},
                               Flag{"psh", 8}, Flag{"ack", 16}, Flag{"urg", 32}};

bool is_v6(Style style) {
  return style == Style::ios_v6;
}
bool is_asa(Style style) {
  return style == Style::asa || style == Style::asa_v4;
}

Match addresses_match(Field field, const std::vector<AddressRange>& ranges) {
  Match match;
  match.fields = {field};
  for (const AddressRange& range : ranges) {
    match.elements.push_back({range});
  }
  return match;
}

}  // namespace

Match numbers_match(Field field, const std::vector<NumberRange>& ranges) {
  Match match;
  match.fields = {field};
  for (const NumberRange& range : ranges) {
    match.elements.push_back({range});
  }
  return match;
}

struct EntryReader::Entry {
  Style style = Style::asa;
  bool permit = false;
  bool active = true;
  std::vector<Match> matches;
  std::vector<NumberRange> protocols;  // without a group of services
  std::optional<Services> services;    // an object or group of them in the place of the protocol
};

std::vector<RulesetRule> EntryReader::read(const ConfigLine& line, Words words, Style style) {
  Entry entry;
  entry.style = style;
  entry.permit = words.next() == "permit";
  if (style == Style::ios_standard) {
    entry.protocols = {{0, 255}};
    for (Match& match : addresses(words, style, Field::source)) {
      entry.matches.push_back(std::move(match));
    }
    read_options(entry, words);
    return rules_of(entry, line);
  }
  read_service(entry, words);
  for (const bool source : {true, false}) {
    for (Match& match : addresses(words, style, source ? Field::source : Field::destination)) {
      entry.matches.push_back(std::move(match));
    }
    read_ports(entry, words, source ? Field::source_port : Field::destination_port);
  }
  read_options(entry, words);
  return rules_of(entry, line);
}

void EntryReader::read_service(Entry& entry, Words& words) {
  const std::string_view first = words.peek();
  if (first == "object" || first == "object-group") {
    const std::string_view name = words.peek(1);
    const auto kind = objects_->kind(name);
    const Services* found = objects_->services(name);
    if (found == nullptr || (kind != GroupKind::service && kind != GroupKind::protocol)) {
      entry.matches.push_back(unknown_match(words.rest()));
      words.skip_all();
      return;
    }
    words.next();
    words.next();
    if (kind == GroupKind::protocol && !found->open) {
      for (const Service& each : found->services) {
        entry.protocols.push_back(each.protocol);
      }
    } else {
      entry.services = *found;
    }
    return;
  }
  if (const auto known = protocol(first)) {
    words.next();
    // IPv6 calls its own ICMP so.
    const bool icmp6 = is_v6(entry.style) && known->first == 1 && known->last == 1;
    entry.protocols = {icmp6 ? NumberRange{58, 58} : *known};
    return;
  }
  // An IPv6 list may leave `ipv6` out.
  if (is_v6(entry.style) && (first == "any" || first == "host" || prefix_range(first))) {
    entry.protocols = {{0, 255}};
    return;
  }
  entry.matches.push_back(unknown_match(words.rest()));
  words.skip_all();
}

std::vector<Match> EntryReader::addresses(Words& words, Style style, Field field) {
  const std::string rest = words.rest();
  const std::string_view first = words.next();
  const auto v4 = all_addresses(IpAddress::Family::v4);
  const auto v6 = all_addresses(IpAddress::Family::v6);
  std::optional<std::vector<AddressRange>> ranges;
  if (first == "any" || first == "any4" || first == "any6") {
    if (style == Style::asa && first == "any") {
      return {};
    }
    return {addresses_match(field, {is_v6(style) || first == "any6" ? v6 : v4})};
  }
  if (first == "object" || first == "object-group") {
    const std::string name(words.next());
    if (objects_->addresses(name) != nullptr) {
      used_.insert(name);
      Match match;
      match.fields = {field};
      match.set = name;
      return {std::move(match)};
    }
  } else if (first == "host") {
    if (const auto host = objects_->address(words.next())) {
      ranges = std::vector{AddressRange{*host, *host}};
    }
  } else if (const auto prefix = prefix_range(first)) {
    ranges = std::vector{*prefix};
  } else if (const auto base = objects_->address(first)) {
    const auto mask = parse_address(words.peek());
    if (mask && mask->is_v4()) {
      words.next();
      ranges = masked(*base, *mask, is_asa(style) ? Mask::netmask : Mask::wildcard);
    } else if (style == Style::ios_standard) {
      ranges = std::vector{AddressRange{*base, *base}};
    }
  }
  if (!ranges) {
    words.skip_all();
    return rest.empty() ? std::vector<Match>() : std::vector{unknown_match(rest)};
  }
  return {addresses_match(field, *ranges)};
}

void EntryReader::read_ports(Entry& entry, Words& words, Field field) {
  const bool ported = !entry.protocols.empty() && std::ranges::all_of(entry.protocols, has_ports);
  if (is_port_operator(words.peek())) {
    const std::string rest = words.rest();
    const auto ranges = port_operator(words);
    if (ranges && ported) {
      entry.matches.push_back(numbers_match(field, *ranges));
      return;
    }
    entry.matches.push_back(unknown_match(rest));
    words.skip_all();
    return;
  }
  if (words.peek() != "object-group" || objects_->kind(words.peek(1)) != GroupKind::ports) {
    return;
  }
  const Services* group = objects_->services(words.peek(1));
  if (!ported || group->open) {
    entry.matches.push_back(unknown_match(words.rest()));
    words.skip_all();
    return;
  }
  std::vector<NumberRange> ranges;
  for (const Service& each : group->services) {
    ranges.insert(ranges.end(), each.destinations.begin(), each.destinations.end());
  }
  entry.matches.push_back(numbers_match(field, ranges));
  words.next();
  words.next();
}

void EntryReader::read_options(Entry& entry, Words& words) {
  while (!words.done()) {
    if (!option(entry, words)) {
      entry.matches.push_back(unknown_match(words.rest()));
      words.skip_all();
    }
  }
}

bool EntryReader::option(Entry& entry, Words& words) {
  const std::string_view first = words.peek();
  const bool tcp = entry.protocols == std::vector<NumberRange>{{6, 6}};
  if (first == "log" || first == "log-input") {
    // A level, and how often; a word of one's own on IOS. What follows is behind that.
    words.next();
    while (words.peek() == "interval" || words.peek() == "disable" || words.peek() == "default" ||
           parse_decimal(words.peek(), 0, 1'000'000'000)) {
      words.next();
    }
    constexpr std::array<std::string_view, 8> kLevels = {
        "emergencies", "alerts",        "critical",      "errors",
        "warnings",    "notifications", "informational", "debugging"};
    if (std::ranges::find(kLevels, words.peek()) != kLevels.end()) {
      words.next();
      if (words.take("interval")) {
        words.next();
      }
    }
    return true;
  }
  if (words.take("inactive")) {
    entry.active = false;
    return true;
  }
  if (first == "time-range") {
    words.next();
    entry.matches.push_back(unknown_match("time-range " + std::string(words.next())));
    return true;
  }
  if (first == "sequence" || first == "reflect" || first == "timeout") {
    // `reflect` opens the way for answers alone.
    words.next();
    words.next();
    return true;
  }
  if (first == "established" && tcp) {
    words.next();
    Match match;
    match.fields = {Field::tcp_flags};
    match.elements = {{MaskedNumber{kFlagAck | kFlagRst, 0}}};
    match.negated = true;
    entry.matches.push_back(std::move(match));
    return true;
  }
  const auto flag = std::ranges::find(kFlags, first, &Flag::name);
  if (flag != kFlags.end() && tcp) {
    words.next();
    Match match;
    match.fields = {Field::tcp_flags};
    match.elements = {{MaskedNumber{flag->bit, flag->bit}}};
    entry.matches.push_back(std::move(match));
    return true;
  }
  if (entry.protocols.size() == 1 && is_icmp(entry.protocols[0])) {
    const std::size_t before = entry.matches.size();
    icmp_option(entry, words);
    return entry.matches.size() != before;
  }
  return false;
}

void EntryReader::icmp_option(Entry& entry, Words& words) {
  if (words.peek() == "object-group" && objects_->kind(words.peek(1)) == GroupKind::icmp &&
      entry.protocols[0].first == 1) {
    const Services* group = objects_->services(words.peek(1));
    if (!group->open) {
      Match match;
      match.fields = {Field::icmp_type, Field::icmp_code};
      for (const Service& each : group->services) {
        const std::uint32_t type = each.type.value_or(0);
        const std::uint32_t code = each.code.value_or(0);
        match.elements.push_back(
            {NumberRange{type, type}, NumberRange{code, each.code ? code : 255}});
      }
      entry.matches.push_back(std::move(match));
      words.next();
      words.next();
    }
    return;
  }
  const auto type = icmp_type(words.peek(), entry.protocols[0].first == 58);
  if (!type) {
    return;
  }
  words.next();
  entry.matches.push_back(numbers_match(Field::icmp_type, {{type->type, type->type}}));
  auto code = type->code;
  if (const auto given = parse_decimal(words.peek(), 0, 255); given && !code) {
    code = static_cast<std::uint32_t>(*given);
    words.next();
  }
  if (code) {
    entry.matches.push_back(numbers_match(Field::icmp_code, {{*code, *code}}));
  }
}

namespace {

/// Services with ports, or without any, are one match; each with a type of ICMP is one of its own.
std::vector<std::vector<Match>> matches_of(const std::vector<Service>& services,
                                           std::uint32_t line) {
  Match ported;
  ported.fields = {Field::protocol, Field::source_port, Field::destination_port};
  std::vector<std::vector<Match>> all;
  for (const Service& service : services) {
    if (service.type) {
      all.push_back({numbers_match(Field::protocol, {service.protocol}),
                     numbers_match(Field::icmp_type, {{*service.type, *service.type}})});
      if (service.code) {
        all.back().push_back(numbers_match(Field::icmp_code, {{*service.code, *service.code}}));
      }
      continue;
    }
    for (const NumberRange& source : service.sources.empty() ? kAllPorts : service.sources) {
      for (const NumberRange& destination :
           service.destinations.empty() ? kAllPorts : service.destinations) {
        ported.elements.push_back({service.protocol, source, destination});
        if (ported.elements.size() > kMostPairs) {
          throw Stop{"cisco-service-size", line, "the entry means more than a million services",
                     "take smaller groups"};
        }
      }
    }
  }
  if (!ported.elements.empty()) {
    all.push_back({std::move(ported)});
  }
  return all;
}

}  // namespace

std::vector<RulesetRule> EntryReader::rules_of(const Entry& entry, const ConfigLine& line) {
  std::vector<std::vector<Match>> services;
  if (entry.services) {
    services = matches_of(entry.services->services, line.line);
    if (entry.services->open) {
      services.push_back({unknown_match("a member of the group of services")});
    }
  } else if (!entry.protocols.empty() &&
             std::ranges::find(entry.protocols, NumberRange{0, 255}) == entry.protocols.end()) {
    services.push_back({numbers_match(Field::protocol, entry.protocols)});
  } else {
    services.emplace_back();
  }
  std::vector<RulesetRule> rules;
  for (std::vector<Match>& service : services) {
    RulesetRule& rule = rules.emplace_back();
    rule.matches = std::move(service);
    if (!is_asa(entry.style)) {
      const std::uint32_t family = is_v6(entry.style) ? 6 : 4;
      rule.matches.push_back(numbers_match(Field::family, {{family, family}}));
    }
    rule.matches.insert(rule.matches.end(), entry.matches.begin(), entry.matches.end());
    rule.line = line.line;
    rule.text = line.text;
    if (entry.active) {
      rule.actions.emplace_back(
          Verdict{entry.permit ? Verdict::Kind::accept : Verdict::Kind::drop, {}});
    }
  }
  count(rules);
  return rules;
}

void EntryReader::count(const std::vector<RulesetRule>& rules) {
  for (const RulesetRule& rule : rules) {
    for (const Match& match : rule.matches) {
      elements_ += match.elements.size() > 1 ? match.elements.size() : 0;
    }
    if (elements_ > kMostElements) {
      throw Stop{"cisco-entries-size", rule.line, "the entries mean more than 4 million values",
                 "take smaller groups of ports, and masks without holes"};
    }
  }
}

std::vector<NamedSet> EntryReader::sets() {
  std::vector<NamedSet> sets;
  sets.reserve(used_.size());
  for (const std::string& name : used_) {
    const Addresses* held = objects_->addresses(name);
    NamedSet& set = sets.emplace_back();
    set.name = name;
    set.open = held->open;
    for (const AddressRange& range : held->ranges) {
      set.elements.push_back({range});
    }
  }
  return sets;
}

}  // namespace pinhole::firewall::cisco
