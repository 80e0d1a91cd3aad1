// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_operand.hpp"

#include <algorithm>
#include <utility>

namespace pinhole::firewall {
namespace {

const NftToken kEnd;

/// `80:` and `80:accept` are a key and its colon, `fd00::` is an address.
std::size_t attached_colon(std::string_view word) {
  if (word == ":" || word.ends_with("::")) {
    return std::string_view::npos;
  }
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos) {
    return colon;
  }
  return word.ends_with(':')        ? word.size() - 1
         : colon == word.rfind(':') ? colon
                                    : std::string_view::npos;
}

void skip_to_the_end_of_element(NftCursor& cursor) {
  for (int depth = 0; !cursor.at_end(); cursor.next()) {
    const NftToken& token = cursor.peek();
    if (token.is("{")) {
      ++depth;
    } else if (token.is("}") && depth-- == 0) {
      return;
    } else if (token.is(",") && depth == 0) {
      return;
    }
  }
}

/// Counters and comments behind an element change nothing; a limit would.
void take_options(NftCursor& cursor, NftElement& element) {
  while (!cursor.at_end() && !cursor.peek().is(",") && !cursor.peek().is("}") &&
         !cursor.peek().is(":")) {
    if (cursor.take("counter")) {
      if (cursor.take("packets")) {
        cursor.next();
      }
      if (cursor.take("bytes")) {
        cursor.next();
      }
    } else if (cursor.take("comment")) {
      cursor.next();
    } else if (cursor.take("timeout") || cursor.take("expires")) {
      cursor.next();
      element.passing = true;
    } else {
      element.strange = true;
      cursor.next();
    }
  }
}

std::optional<std::uint32_t> flag_list(NftCursor& cursor, NftType type) {
  const bool round = cursor.take("(");
  std::uint32_t all = 0;
  do {
    const auto bit = nft_bit(type, cursor.next().text);
    if (!bit) {
      return std::nullopt;
    }
    all |= *bit;
  } while (cursor.take(",") || (cursor.peek().is("|") && cursor.take("|")));
  return !round || cursor.take(")") ? std::optional(all) : std::nullopt;
}

Match plain_match(std::span<const NftKey> keys) {
  Match match;
  for (const NftKey& key : keys) {
    match.fields.push_back(key.field);
  }
  return match;
}

std::vector<NftType> types_of(std::span<const NftKey> keys) {
  std::vector<NftType> types;
  for (const NftKey& key : keys) {
    types.push_back(key.type);
  }
  return types;
}

enum class Operator { implied, equal, unequal, less, more, most, least, none_of };

Operator take_operator(NftCursor& cursor) {
  static constexpr std::pair<std::string_view, Operator> kOperators[] = {
      {"==", Operator::equal},   {"eq", Operator::equal}, {"!=", Operator::unequal},
      {"ne", Operator::unequal}, {"<", Operator::less},   {"lt", Operator::less},
      {">", Operator::more},     {"gt", Operator::more},  {"<=", Operator::most},
      {"le", Operator::most},    {">=", Operator::least}, {"ge", Operator::least},
      {"!", Operator::none_of}};
  for (const auto& [word, each] : kOperators) {
    if (cursor.take(word)) {
      return each;
    }
  }
  return Operator::implied;
}

/// `& mask == value`, the cursor behind `&`.
std::optional<Match> masked_flags(NftCursor& cursor, const NftKey& key) {
  const auto mask = flag_list(cursor, key.type);
  const Operator relation = take_operator(cursor);
  const auto value = flag_list(cursor, key.type);
  if (!mask || !value || (relation != Operator::equal && relation != Operator::unequal)) {
    return std::nullopt;
  }
  Match match = plain_match({&key, 1});
  match.elements = {{MaskedNumber{*mask, *value}}};
  match.negated = relation == Operator::unequal;
  return match;
}

/// Flags without braces: a list means any of them, `value / mask` the others too.
std::optional<Match> flags_match(NftCursor& cursor, const NftKey& key, Operator relation) {
  Match match = plain_match({&key, 1});
  const auto value = flag_list(cursor, key.type);
  if (!value) {
    return std::nullopt;
  }
  const bool positive = relation == Operator::implied || relation == Operator::equal;
  if (cursor.take("/")) {
    const auto mask = flag_list(cursor, key.type);
    if (!mask || (!positive && relation != Operator::unequal)) {
      return std::nullopt;
    }
    match.elements = {{MaskedNumber{*mask, *value}}};
    match.negated = relation == Operator::unequal;
    return match;
  }
  switch (relation) {
    case Operator::implied:
    case Operator::none_of:
      match.elements = {{MaskedNumber{*value, 0}}};
      match.negated = relation == Operator::implied;
      return match;
    case Operator::equal:
    case Operator::unequal:
      match.elements = {{MaskedNumber{0xff, *value}}};
      match.negated = relation == Operator::unequal;
      return match;
    default:
      return std::nullopt;
  }
}

/// A packet has one state: a list is any of them.
std::optional<Match> state_match(NftCursor& cursor, const NftKey& key, Operator relation) {
  Match match = plain_match({&key, 1});
  do {
    const auto bit = nft_bit(key.type, cursor.next().text);
    if (!bit) {
      return std::nullopt;
    }
    match.elements.push_back({NumberRange{*bit, *bit}});
  } while (cursor.take(",") || cursor.take("|"));
  match.negated = relation == Operator::unequal || relation == Operator::none_of;
  const bool compares = relation == Operator::equal || relation == Operator::unequal;
  // A list compared as a number is no state that a packet has; a status has other bits beside.
  if (compares && (match.elements.size() > 1 || key.type == NftType::status)) {
    return std::nullopt;
  }
  return relation == Operator::implied || relation == Operator::none_of || compares
             ? std::optional(match)
             : std::nullopt;
}

std::optional<Match> ordered_match(NftCursor& cursor, const NftKey& key, Operator relation) {
  const auto value = nft_value(key.type, cursor.next().text);
  const auto* number = value ? std::get_if<NumberRange>(&*value) : nullptr;
  if (number == nullptr || number->first != number->last) {
    return std::nullopt;
  }
  const std::uint32_t n = number->first;
  const std::uint32_t top = std::get<NumberRange>(nft_any(key.type)).last;
  Match match = plain_match({&key, 1});
  if (relation == Operator::most || (relation == Operator::less && n > 0)) {
    match.elements = {{NumberRange{0, relation == Operator::most ? n : n - 1}}};
  } else if (relation == Operator::least || (relation == Operator::more && n < top)) {
    match.elements = {{NumberRange{relation == Operator::least ? n : n + 1, top}}};
  }
  return match;
}

bool has_bits(NftType type) {
  return type == NftType::tcp_flags || type == NftType::state || type == NftType::status;
}

/// One value, or one for each part of a concatenation.
NftElement bare_element(NftCursor& cursor) {
  NftElement element;
  do {
    element.parts.push_back(cursor.next().text);
  } while (cursor.take("."));
  return element;
}

}  // namespace

const NftToken& NftCursor::peek(std::size_t ahead) const {
  return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : kEnd;
}

const NftToken& NftCursor::next() {
  return at_ < tokens_.size() ? tokens_[at_++] : kEnd;
}

bool NftCursor::take(std::string_view word) {
  if (at_ < tokens_.size() && tokens_[at_].is(word)) {
    ++at_;
    return true;
  }
  return false;
}

std::vector<NftElement> nft_elements(NftCursor& cursor) {
  std::vector<NftElement> elements;
  while (!cursor.at_end() && !cursor.take("}")) {
    if (cursor.take(",")) {
      continue;
    }
    NftElement element;
    bool colon = false;
    std::string_view behind;  // the colon, in the same word
    do {
      const NftToken& token = cursor.next();
      element.any = element.any || (token.kind == NftToken::Kind::word && token.text == "*");
      element.strange = element.strange || token.kind == NftToken::Kind::sign;
      const std::size_t split =
          token.kind == NftToken::Kind::word ? attached_colon(token.text) : std::string_view::npos;
      element.parts.push_back(token.text.substr(0, split));
      colon = split != std::string_view::npos;
      behind = colon ? token.text.substr(split + 1) : std::string_view();
    } while (!colon && cursor.take("."));
    if (!colon) {
      take_options(cursor, element);
      colon = cursor.take(":");
    }
    if (colon) {
      const std::size_t start = cursor.position() - (behind.empty() ? 0 : 1);
      skip_to_the_end_of_element(cursor);
      element.to = cursor.between(start, cursor.position());
      // What shares its word with the key would be read as the key: too rare to be taken apart.
      element.strange = element.strange || !behind.empty();
    }
    elements.push_back(std::move(element));
  }
  return elements;
}

std::optional<std::vector<Element>> nft_values(std::span<const NftType> types,
                                               std::span<const NftElement> elements) {
  std::vector<Element> values;
  values.reserve(elements.size());
  for (const NftElement& each : elements) {
    if (each.strange || (!each.any && each.parts.size() != types.size())) {
      return std::nullopt;
    }
    Element element;
    element.reserve(types.size());
    for (std::size_t i = 0; i < types.size(); ++i) {
      auto value = each.any ? nft_any(types[i]) : nft_value(types[i], each.parts[i]);
      if (!value) {
        return std::nullopt;
      }
      element.push_back(std::move(*value));
    }
    values.push_back(std::move(element));
  }
  return values;
}

std::optional<NftKey> take_nft_key(NftCursor& cursor) {
  const std::string_view first = cursor.peek().text;
  const std::string_view second = cursor.peek(1).text;
  if (cursor.peek().kind != NftToken::Kind::word) {
    return std::nullopt;
  }
  std::optional<NftKey> key;
  std::size_t length = 2;
  if (first == "iif" || first == "iifname" || first == "oif" || first == "oifname") {
    key = nft_key("meta", first);
    length = 1;
  } else if (first == "ct" && second == "original") {
    const std::string_view third = cursor.peek(2).text;
    const bool family = third == "ip" || third == "ip6";
    length = family ? 4 : 3;
    key = nft_key("ct", "original " + std::string(third) +
                            (family ? " " + std::string(cursor.peek(3).text) : ""));
  } else {
    key = nft_key(first, second);
  }
  if (key) {
    cursor.go_to(cursor.position() + length);
  }
  return key;
}

std::optional<Match> take_nft_match(NftCursor& cursor, std::span<const NftKey> keys) {
  const bool flags = keys.size() == 1 && has_bits(keys[0].type);
  if (keys.size() == 1 && keys[0].type == NftType::tcp_flags && cursor.take("&")) {
    return masked_flags(cursor, keys[0]);
  }
  const Operator relation = take_operator(cursor);
  Match match = plain_match(keys);
  match.negated = relation == Operator::unequal;
  if (relation > Operator::unequal && relation != Operator::none_of) {
    return keys.size() == 1 && !has_bits(keys[0].type) ? ordered_match(cursor, keys[0], relation)
                                                       : std::nullopt;
  }
  if (cursor.peek().is("{") || cursor.peek().is("@")) {
    if (relation == Operator::none_of) {
      return std::nullopt;
    }
    if (cursor.take("@")) {
      match.set = cursor.next().text;
      return match;
    }
    cursor.take("{");
    auto values = nft_values(types_of(keys), nft_elements(cursor));
    if (!values || (keys.size() == 1 && keys[0].type == NftType::status)) {
      return std::nullopt;
    }
    match.elements = std::move(*values);
    return match;
  }
  if (flags) {
    return keys[0].type == NftType::tcp_flags ? flags_match(cursor, keys[0], relation)
                                              : state_match(cursor, keys[0], relation);
  }
  const NftElement element = bare_element(cursor);
  auto values = nft_values(types_of(keys), {&element, 1});
  if (!values || relation == Operator::none_of) {
    return std::nullopt;
  }
  match.elements = std::move(*values);
  return match;
}

}  // namespace pinhole::firewall
