// SPDX-License-Identifier: Apache-2.0
#include "firewall/cisco_objects.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "firewall/address_number.hpp"
#include "firewall/cisco_values.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall::cisco {
namespace {

constexpr std::size_t kDeepest = 200;
constexpr std::uint64_t kMostMembers = 8'000'000;
/// A service takes the room of so many addresses.
constexpr std::size_t kServiceWeight = 8;

[[noreturn]] void too_deep(std::string_view name, std::uint32_t line) {
  throw Stop{"cisco-group-circle", line,
             "the group " + std::string(name) + " holds itself, or groups nested too deep",
             "take it out of the groups that it holds"};
}

std::vector<AddressRange> sorted_apart(const std::vector<AddressRange>& ranges) {
  std::vector<AddressRange> all;
  for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
    std::vector<AddressNumbers> numbers;
    for (const AddressRange& range : ranges) {
      if (range.first.family == family) {
        numbers.push_back({number_of(range.first), number_of(range.last)});
      }
    }
    join(numbers);
    for (const AddressNumbers& each : numbers) {
      all.push_back({address_of(each.first, family), address_of(each.last, family)});
    }
  }
  return all;
}

GroupKind group_kind(std::string_view word, bool typed) {
  if (word == "network") {
    return GroupKind::network;
  }
  if (word == "service") {
    return typed ? GroupKind::ports : GroupKind::service;
  }
  if (word == "protocol") {
    return GroupKind::protocol;
  }
  return word == "icmp-type" ? GroupKind::icmp : GroupKind::other;
}

/// `tcp-udp` is both; other words are one protocol.
std::vector<NumberRange> protocols_of(std::string_view word) {
  if (word == "tcp-udp") {
    return {{6, 6}, {17, 17}};
  }
  const auto one = protocol(word);
  return one ? std::vector{*one} : std::vector<NumberRange>();
}

/// Ports of a member; IOS leaves `eq` out where it is one port.
std::optional<std::vector<NumberRange>> member_ports(Words& words) {
  words.take("eq");
  if (const auto single = port(words.peek())) {
    words.next();
    return std::vector{NumberRange{*single, *single}};
  }
  return port_operator(words);
}

}  // namespace

bool has_ports(NumberRange protocol) {
  return protocol.first == protocol.last &&
         (protocol.first == 6 || protocol.first == 17 || protocol.first == 132);
}

bool is_icmp(NumberRange protocol) {
  return protocol.first == protocol.last && (protocol.first == 1 || protocol.first == 58);
}

std::optional<IpAddress> Objects::address(std::string_view word) const {
  const auto named = names_.find(word);
  return named != names_.end() ? std::optional(named->second) : parse_address(word);
}

bool Objects::add(const ConfigBlock& block) {
  Words words(block.head.text);
  if (words.take("name")) {
    if (const auto address = parse_address(words.peek())) {
      names_.insert_or_assign(std::string(words.peek(1)), *address);
    }
    return true;
  }
  const bool group = words.peek() == "object-group";
  if (!group && words.peek() != "object") {
    return false;
  }
  words.next();
  const std::string_view what = words.next();
  const std::string name(words.next());
  const std::string_view protocols = words.next();
  const GroupKind kind = group_kind(what, !protocols.empty());
  if (kind == GroupKind::network || kind == GroupKind::other) {
    Networks& to = networks_[name];
    to.kind = kind;
    to.line = to.line == 0 ? block.head.line : to.line;
    to.open = to.open || kind == GroupKind::other;
    add_networks(to, block);
  } else {
    Protocols& to = services_[name];
    to.kind = kind;
    to.line = to.line == 0 ? block.head.line : to.line;
    add_services(to, block, protocols);
  }
  return true;
}

/// `host A`, `A MASK`, `A/N`, `range A B`, `any`, or one address.
std::optional<std::vector<AddressRange>> Objects::network(Words& words) const {
  const std::string_view first = words.next();
  if (first == "any") {
    return std::vector{all_addresses(IpAddress::Family::v4), all_addresses(IpAddress::Family::v6)};
  }
  if (first == "host" || first == "range") {
    const auto low = address(words.next());
    const auto high = first == "host" ? low : address(words.next());
    if (!low || !high || low->family != high->family || *high < *low) {
      return std::nullopt;
    }
    return std::vector{AddressRange{*low, *high}};
  }
  if (const auto range = prefix_range(first)) {
    return std::vector{*range};
  }
  const auto base = address(first);
  if (base && words.done()) {
    return std::vector{AddressRange{*base, *base}};
  }
  const auto mask = parse_address(words.next());
  return base && mask ? masked(*base, *mask, Mask::netmask) : std::nullopt;
}

void Objects::add_networks(Networks& to, const ConfigBlock& block) {
  for (const ConfigLine& line : block.lines) {
    Words words(line.text);
    const std::string_view first = words.peek();
    if (first == "description" || first == "nat") {
      continue;  // translations are read by themselves
    }
    if (words.take("group-object") || (first == "network-object" && words.peek(1) == "object")) {
      if (first == "network-object") {
        words.next();
        words.next();
      }
      to.items.push_back({{}, std::string(words.next())});
      continue;
    }
    if (!words.take("network-object")) {
      words.take("subnet");
    }
    auto ranges = network(words);
    if (ranges && words.done()) {
      to.items.push_back({std::move(*ranges), {}});
    } else {
      to.open = true;
    }
  }
}

void Objects::add_services(Protocols& to, const ConfigBlock& block, std::string_view protocols) {
  for (const ConfigLine& line : block.lines) {
    Words words(line.text);
    if (words.peek() == "description") {
      continue;
    }
    if (words.take("group-object") ||
        (words.peek() == "service-object" && words.peek(1) == "object")) {
      if (words.take("service-object")) {
        words.next();
      }
      to.groups.emplace_back(words.next());
      continue;
    }
    add_service(to, std::move(words), protocols);
  }
}

/// One member of a group, whose first word says what it is on an ASA and is missing on IOS.
void Objects::add_service(Protocols& to, Words words, std::string_view protocols) {
  if (to.kind == GroupKind::icmp) {
    const bool known = words.take("icmp-object");
    const auto type = icmp_type(words.next(), false);
    to.open = to.open || !known || !type || !words.done();
    if (type) {
      to.items.push_back({{1, 1}, {}, {}, type->type, type->code});
    }
    return;
  }
  if (to.kind == GroupKind::ports) {
    Service one;
    const bool known = words.take("port-object");
    const auto ports = port_operator(words);
    if (!known || !ports || !words.done() || protocols_of(protocols).empty()) {
      to.open = true;
      return;
    }
    one.destinations = *ports;
    for (const NumberRange protocol : protocols_of(protocols)) {
      one.protocol = protocol;
      to.items.push_back(one);
    }
    return;
  }
  for (const std::string_view lead : {"service-object", "service", "protocol-object"}) {
    words.take(lead);
  }
  const std::vector<NumberRange> all = protocols_of(words.next());
  Service one;
  bool good = !all.empty();
  if (good && is_icmp(all[0]) && !words.done()) {
    const auto type = icmp_type(words.next(), all[0].first == 58);
    good = type.has_value();
    if (type) {
      one.type = type->type;
      one.code = type->code;
      if (const auto code = parse_decimal(words.peek(), 0, 255)) {
        one.code = static_cast<std::uint32_t>(*code);
        words.next();
      }
    }
  }
  if (good && has_ports(all[0])) {
    if (words.take("source")) {
      const auto ports = member_ports(words);
      good = ports.has_value();
      one.sources = ports.value_or(std::vector<NumberRange>());
    }
    words.take("destination");
    if (good && !words.done()) {
      const auto ports = member_ports(words);
      good = ports.has_value();
      one.destinations = ports.value_or(std::vector<NumberRange>());
    }
  }
  if (!good || !words.done()) {
    to.open = true;
    return;
  }
  for (const NumberRange protocol : all) {
    one.protocol = protocol;
    to.items.push_back(one);
  }
}

std::optional<GroupKind> Objects::kind(std::string_view name) const {
  if (const auto found = networks_.find(name); found != networks_.end()) {
    return found->second.kind;
  }
  const auto found = services_.find(name);
  return found != services_.end() ? std::optional(found->second.kind) : std::nullopt;
}

void Objects::count(std::size_t members, std::uint32_t line) {
  members_ += members;
  if (members_ > kMostMembers) {
    throw Stop{"cisco-group-size", line, "the groups have more than 8 million members in all",
               "write out the groups that hold many groups"};
  }
}

const Addresses& Objects::resolve(const std::string& name, const Networks& from,
                                  std::size_t depth) {
  const auto [at, added] = resolved_networks_.try_emplace(name);
  std::optional<Addresses>& known = at->second;
  if (known) {
    return *known;
  }
  if (!added || depth > kDeepest) {
    too_deep(name, from.line);
  }
  Addresses all{{}, from.open};
  for (const Member& member : from.items) {
    if (member.group.empty()) {
      all.ranges.insert(all.ranges.end(), member.ranges.begin(), member.ranges.end());
      continue;
    }
    const auto inner = networks_.find(member.group);
    if (inner == networks_.end()) {
      all.open = true;
      continue;
    }
    const Addresses& held = resolve(inner->first, inner->second, depth + 1);
    count(held.ranges.size(), from.line);
    all.ranges.insert(all.ranges.end(), held.ranges.begin(), held.ranges.end());
    all.open = all.open || held.open;
  }
  all.ranges = sorted_apart(all.ranges);
  count(all.ranges.size(), from.line);
  return known.emplace(std::move(all));
}

const Services& Objects::resolve(const std::string& name, const Protocols& from,
                                 std::size_t depth) {
  const auto [at, added] = resolved_services_.try_emplace(name);
  std::optional<Services>& known = at->second;
  if (known) {
    return *known;
  }
  if (!added || depth > kDeepest) {
    too_deep(name, from.line);
  }
  Services all{from.items, from.open};
  for (const std::string& group : from.groups) {
    const auto inner = services_.find(group);
    if (inner == services_.end()) {
      all.open = true;
      continue;
    }
    const Services& held = resolve(inner->first, inner->second, depth + 1);
    count(held.services.size() * kServiceWeight, from.line);
    all.services.insert(all.services.end(), held.services.begin(), held.services.end());
    all.open = all.open || held.open;
  }
  count(all.services.size() * kServiceWeight, from.line);
  return known.emplace(std::move(all));
}

const Addresses* Objects::addresses(std::string_view name) {
  const auto found = networks_.find(name);
  if (found == networks_.end() || found->second.kind != GroupKind::network) {
    return nullptr;
  }
  return &resolve(found->first, found->second, 0);
}

const Services* Objects::services(std::string_view name) {
  const auto found = services_.find(name);
  if (found == services_.end()) {
    return nullptr;
  }
  return &resolve(found->first, found->second, 0);
}

bool Objects::list(std::string_view name, std::vector<AddressRange>& to, std::uint64_t& left,
                   std::size_t depth) const {
  const auto found = networks_.find(name);
  if (found == networks_.end() || found->second.open || depth > kDeepest) {
    return false;
  }
  return std::ranges::all_of(found->second.items, [&](const Member& member) {
    if (left == 0) {
      return false;
    }
    if (!member.group.empty()) {
      --left;
      return list(member.group, to, left, depth + 1);
    }
    return std::ranges::all_of(member.ranges, [&](const AddressRange& range) {
      const U128 size = number_of(range.last) - number_of(range.first) + 1;
      if (size == 0 || size > left) {
        return false;
      }
      left -= static_cast<std::uint64_t>(size);
      to.push_back(range);
      return true;
    });
  });
}

std::optional<std::vector<AddressRange>> Objects::in_order(std::string_view name,
                                                           std::uint64_t most) const {
  std::vector<AddressRange> ranges;
  return list(name, ranges, most, 0) ? std::optional(std::move(ranges)) : std::nullopt;
}

}  // namespace pinhole::firewall::cisco
