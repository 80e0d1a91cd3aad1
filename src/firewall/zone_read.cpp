// SPDX-License-Identifier: Apache-2.0
#include "firewall/zone_read.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

#include <fmt/format.h>

#include "firewall/address_number.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::size_t kDeepestGroup = 100;
constexpr std::size_t kMostElements = 8'000'000;
/// More than these stand in a set of their own.
constexpr std::size_t kMostInRule = 8;
constexpr std::size_t kLongestText = 400;
constexpr std::size_t kMostSteps = 10'000'000;

void count(std::size_t& total, std::size_t more, const std::string& kind, std::uint32_t line) {
  total += more;
  if (total > kMostElements) {
    throw Stop{"firewall-too-many", line,
               fmt::format("all lists of kind {} together have more than {} elements", kind,
                           kMostElements),
               "take out the groups that no rule uses"};
  }
}

std::vector<AddressNumbers> numbers_of(const ZoneObject& object, IpAddress::Family family) {
  std::vector<AddressNumbers> numbers;
  for (const Element& element : object.elements) {
    const auto& range = std::get<AddressRange>(element.front());
    if (range.first.family == family) {
      numbers.push_back({number_of(range.first), number_of(range.last)});
    }
  }
  join(numbers);
  return numbers;
}

}  // namespace

ZoneObject& ObjectTable::put(const std::string& key, std::uint32_t line) {
  const auto [place, added] = objects_.try_emplace(key);
  if (added) {
    place->second.line = line;
  }
  return place->second;
}

const ZoneObject& ObjectTable::resolved(const std::string& key) {
  if (const auto known = resolved_.find(key); known != resolved_.end()) {
    return known->second;
  }
  const auto found = objects_.find(key);
  if (found == objects_.end()) {
    ZoneObject missing;
    missing.unknown = fmt::format("{} {} is not shown", kind_, key.substr(key.rfind('\x1f') + 1));
    return resolved_.emplace(key, std::move(missing)).first->second;
  }
  const ZoneObject& object = found->second;
  if (!open_.insert(key).second || open_.size() > kDeepestGroup) {
    throw Stop{"firewall-group", object.line,
               fmt::format("the {} group {} contains itself, or is nested too deep", kind_,
                           key.substr(key.rfind('\x1f') + 1)),
               "take out one of its members"};
  }
  ZoneObject whole;
  whole.line = object.line;
  whole.elements = object.elements;
  whole.unknown = object.unknown;
  whole.opens = object.opens;
  count(elements_, whole.elements.size(), kind_, object.line);
  for (const std::string& member : object.members) {
    add_member(whole, member);
  }
  for (const std::string& member : object.excluded) {
    exclude(whole, resolved(member));
  }
  open_.erase(key);
  return resolved_.emplace(key, std::move(whole)).first->second;
}

void ObjectTable::add_member(ZoneObject& whole, const std::string& key) {
  const ZoneObject& member = resolved(key);
  count(elements_, member.elements.size(), kind_, whole.line);
  std::ranges::copy(member.elements, std::back_inserter(whole.elements));
  if (whole.unknown.empty()) {
    whole.unknown = member.unknown;
  }
  if (whole.opens.empty()) {
    whole.opens = member.opens;
  }
}

void ObjectTable::exclude(ZoneObject& whole, const ZoneObject& without) {
  if (!without.unknown.empty()) {
    // Any of the elements may be taken away.
    whole.elements.clear();
    whole.unknown = without.unknown;
    return;
  }
  std::vector<Element> left;
  for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
    const auto taken = numbers_of(without, family);
    auto hole = taken.begin();
    for (const AddressNumbers& each : numbers_of(whole, family)) {
      U128 next = each.first;
      bool done = false;
      while (hole != taken.end() && hole->last < each.first) {
        ++hole;
      }
      for (auto at = hole; !done && at != taken.end() && at->first <= each.last; ++at) {
        if (at->first > next) {
          left.push_back(
              {AddressRange{address_of(next, family), address_of(at->first - 1, family)}});
        }
        done = at->last >= each.last;
        next = done ? next : at->last + 1;
        hole = at;
      }
      if (!done) {
        left.push_back({AddressRange{address_of(next, family), address_of(each.last, family)}});
      }
    }
  }
  whole.elements = std::move(left);
}

Match RuleMaker::any_of(ObjectTable& objects, std::span<const std::string> keys,
                        std::vector<Field> fields, bool negated) {
  count_rule(keys.size() + 1);
  std::string all = objects.kind();
  std::size_t size = 0;
  std::string unknown;
  for (const std::string& key : keys) {
    const ZoneObject& object = objects.resolved(key);
    size += object.elements.size();
    unknown += (unknown.empty() || object.unknown.empty() ? "" : ", ") + object.unknown;
    all += '\x1e' + key;
  }
  if (size == 0 && !unknown.empty()) {
    return unknown_match(unknown);
  }
  Match match;
  match.fields = std::move(fields);
  match.negated = negated;
  const bool apart = size > kMostInRule || !unknown.empty();
  const auto [place, added] =
      apart ? sets_.try_emplace(std::move(all)) : std::pair(sets_.end(), true);
  if (added) {
    std::vector<Element> elements;
    count(elements_, size, objects.kind(), 0);
    elements.reserve(size);
    for (const std::string& key : keys) {
      std::ranges::copy(objects.resolved(key).elements, std::back_inserter(elements));
    }
    if (!apart) {
      match.elements = std::move(elements);
      return match;
    }
    place->second = fmt::format("{} {}", objects.kind(), sets_.size());
    NamedSet set;
    set.name = place->second;
    set.elements = std::move(elements);
    set.open = !unknown.empty();
    table_.sets.push_back(std::move(set));
  }
  match.set = place->second;
  return match;
}

void RuleMaker::count_rule(std::size_t names) {
  steps_ += names;
  if (steps_ > kMostSteps) {
    throw Stop{"firewall-too-many", 0, "lists in rules name too many objects one by one",
               "put them into groups"};
  }
}

Chain& RuleMaker::chain(std::string name, Hook hook, std::int32_t priority) {
  Chain& added = table_.chains.emplace_back();
  added.name = std::move(name);
  added.hook = hook;
  added.priority = priority;
  added.line = 1;
  return added;
}

Match one_of(Field field, const std::vector<NumberRange>& ranges) {
  Match match;
  match.fields = {field};
  for (const NumberRange& range : ranges) {
    match.elements.push_back({range});
  }
  return match;
}

Element service(NumberRange protocol, NumberRange source_ports, NumberRange destination_ports) {
  return {protocol, source_ports, destination_ports};
}

std::optional<NumberRange> port_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_decimal(text.substr(0, dash), 0, 65535);
  const auto last =
      dash == std::string_view::npos ? first : parse_decimal(text.substr(dash + 1), 0, 65535);
  if (!first || !last || *first > *last) {
    return std::nullopt;
  }
  return NumberRange{static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*last)};
}

std::optional<AddressRange> network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  const unsigned width = address->is_v4() ? 32 : 128;
  std::uint64_t length = width;
  if (slash != std::string_view::npos) {
    const std::string_view mask = text.substr(slash + 1);
    const auto dotted = address->is_v4() ? parse_address(mask) : std::nullopt;
    if (dotted && dotted->is_v4()) {
      const std::uint32_t bits = ~dotted->to_v4();
      if ((bits & (bits + 1)) != 0) {
        return std::nullopt;
      }
      length = static_cast<std::uint64_t>(std::countl_zero(bits));
    } else if (const auto number = parse_decimal(mask, 0, width)) {
      length = *number;
    } else {
      return std::nullopt;
    }
  }
  const U128 host = length == 0 ? (width == 128 ? ~U128{0} : (U128{1} << width) - 1)
                                : (U128{1} << (width - length)) - 1;
  const U128 number = number_of(*address);
  return AddressRange{address_of(number & ~host, address->family),
                      address_of(number | host, address->family)};
}

std::optional<AddressRange> between(std::string_view first, std::string_view last) {
  const auto from = parse_address(first);
  const auto to = parse_address(last);
  if (!from || !to || from->family != to->family || *to < *from) {
    return std::nullopt;
  }
  return AddressRange{*from, *to};
}

AddressRange all_addresses(IpAddress::Family family) {
  return range_of({address_of(0, family), 0});
}

void RuleText::add(std::span<const std::string> words) {
  if (text_.size() > kLongestText) {
    return;
  }
  text_ += text_.empty() ? "" : "; ";
  for (std::size_t i = 0; i < words.size() && text_.size() <= kLongestText; ++i) {
    text_ += (i == 0 ? "" : " ") + words[i].substr(0, kLongestText);
  }
  text_ += text_.size() > kLongestText ? " ..." : "";
}

}  // namespace pinhole::firewall
