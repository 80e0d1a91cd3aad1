// SPDX-License-Identifier: Apache-2.0
#include "firewall/value_lists.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "firewall/iptables_values.hpp"

namespace pinhole::firewall {

char lower_letter(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other,
                            [](char a, char b) { return lower_letter(a) == lower_letter(b); });
}

std::optional<Element> address_value(const std::string& text) {
  if (text.find('-') != std::string::npos) {
    const auto range = iptables::address_range(text);
    return range ? std::optional(Element{*range}) : std::nullopt;
  }
  const auto one = iptables::addresses(text);
  return one && one->size() == 1 ? std::optional(one->front()) : std::nullopt;
}

std::optional<Element> number_value(std::string_view text, std::uint64_t most) {
  const std::size_t dash = text.find('-');
  const auto first = parse_decimal(text.substr(0, dash), 0, most);
  const auto last =
      dash == std::string_view::npos ? first : parse_decimal(text.substr(dash + 1), 0, most);
  return first && last && *first <= *last
             ? std::optional(Element{NumberRange{static_cast<std::uint32_t>(*first),
                                                 static_cast<std::uint32_t>(*last)}})
             : std::nullopt;
}

std::optional<Element> port_value(const std::string& text) {
  return number_value(text, 65535);
}

Match match_of_list(Table& table, Field field, const std::vector<std::string>& texts,
                    ReadValue* read) {
  NamedSet values;
  values.fields = {field};
  for (const std::string& text : texts) {
    auto value = read(text);
    values.open = values.open || !value;
    if (value) {
      values.elements.push_back(*std::move(value));
    }
  }
  Match match;
  match.fields = {field};
  if (values.open) {
    values.name = match.set = fmt::format("list {}", table.sets.size() + 1);
    table.sets.push_back(std::move(values));
  } else {
    match.elements = std::move(values.elements);
  }
  return match;
}

Match match_of_number(Field field, std::uint32_t number) {
  Match match;
  match.fields = {field};
  match.elements = {{NumberRange{number, number}}};
  return match;
}

Match never_match() {
  Match match;
  match.fields = {Field::protocol};
  return match;
}

}  // namespace pinhole::firewall
