// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_json_text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pinhole::firewall {
namespace {

using nlohmann::json;

/// Real rule sets nest a handful deep.
constexpr int kDeepest = 32;
/// A term that no reader knows.
constexpr std::string_view kOpaque = "meta unknown";
/// A statement that no reader knows.
constexpr std::string_view kUnknown = "json_unknown";

std::string word(const json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./\\").find(c) != std::string_view::npos;
  });
  return plain ? text : std::string(kUnknown);
}

const json& member(const json& object, const char* key) {
  static const json nothing;
  const auto found = object.find(key);
  return object.is_object() && found != object.end() ? *found : nothing;
}

std::string number(const json& value) {
  return value.is_number_unsigned() ? std::to_string(value.get<std::uint64_t>())
                                    : std::string("unknown");
}

/// A string or number as it stands in a range or prefix.
std::string bare(const json& value) {
  return value.is_string() ? value.get<std::string>() : number(value);
}

std::string value_text(const json& value, int depth);

std::string joined(const json& list, std::string_view between, int depth) {
  std::string text;
  for (const json& each : list) {
    text += text.empty() ? "" : between;
    text += value_text(each, depth);
  }
  return text;
}

std::string verdict_text(const std::string& kind, const json& rest) {
  return kind == "jump" || kind == "goto" ? kind + " " + word(member(rest, "target")) : kind;
}

std::string elements_text(const json& list, int depth) {
  std::string text = "{ ";
  for (const json& each : list.is_array() ? list : json::array({list})) {
    const bool pair = each.is_array() && each.size() == 2;
    text += pair ? value_text(each[0], depth) + " : " + value_text(each[1], depth)
                 : value_text(each, depth);
    text += ", ";
  }
  return text + "}";
}

/// An element with its options; only a timeout matters.
std::string element_text(const json& element, int depth) {
  std::string text = value_text(member(element, "val"), depth);
  if (!member(element, "timeout").is_null()) {
    text += " timeout 1s";
  }
  return text;
}

std::string object_text(const std::string& kind, const json& rest, int depth) {
  if (kind == "prefix") {
    return nft_quoted(bare(member(rest, "addr")) + "/" + number(member(rest, "len")));
  }
  if (kind == "range" && rest.is_array() && rest.size() == 2) {
    return nft_quoted(bare(rest[0]) + "-" + bare(rest[1]));
  }
  if (kind == "set") {
    return elements_text(rest, depth);
  }
  if (kind == "concat" && rest.is_array()) {
    return joined(rest, " . ", depth);
  }
  if (kind == "|" && rest.is_array()) {
    return "(" + joined(rest, " | ", depth) + ")";
  }
  if (kind == "elem") {
    return element_text(rest, depth);
  }
  static constexpr std::string_view kVerdicts[] = {"accept", "drop",     "return",
                                                   "jump",   "continue", "goto"};
  if (std::ranges::find(kVerdicts, kind) != std::end(kVerdicts)) {
    return verdict_text(kind, rest);
  }
  return std::string(kUnknown);
}

std::string value_text(const json& value, int depth) {
  if (depth > kDeepest) {
    return std::string(kUnknown);
  }
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    if (text.starts_with('@')) {
      return "@" + word(text.substr(1));
    }
    return text == "*" ? text : nft_quoted(text);
  }
  if (value.is_number_unsigned()) {
    return number(value);
  }
  if (value.is_array()) {
    return joined(value, ",", depth + 1);
  }
  if (value.is_object() && value.size() == 1) {
    return object_text(value.begin().key(), value.begin().value(), depth + 1);
  }
  return std::string(kUnknown);
}

std::string ct_text(const json& rest) {
  const json& direction = member(rest, "dir");
  if (direction.is_null()) {
    return "ct " + word(member(rest, "key"));
  }
  // Spaces stand inside of a key such as `ip daddr`; before nftables 0.9.9 the family was apart.
  std::string key = bare(member(rest, "key"));
  const json& family = member(rest, "family");
  if (family.is_string()) {
    key = word(family) + " " + key;
  }
  const std::size_t space = key.find(' ');
  const std::string first = word(key.substr(0, space));
  const std::string second = space == std::string::npos ? "" : " " + word(key.substr(space + 1));
  return "ct " + word(direction) + " " + first + second;
}

std::string term_text(const json& term, int depth) {
  if (depth > kDeepest || !term.is_object() || term.size() != 1) {
    return std::string(kOpaque);
  }
  const std::string& kind = term.begin().key();
  const json& rest = term.begin().value();
  if (kind == "meta") {
    return "meta " + word(member(rest, "key"));
  }
  if (kind == "payload" && member(rest, "field").is_string()) {
    return word(member(rest, "protocol")) + " " + word(member(rest, "field"));
  }
  if (kind == "ct") {
    return ct_text(rest);
  }
  if (kind == "tcp option") {
    return "tcp option " + word(member(rest, "name")) + " " + word(member(rest, "field"));
  }
  if (kind == "fib" && member(rest, "flags").is_array()) {
    std::string text = "fib";
    for (const json& flag : member(rest, "flags")) {
      text += (text == "fib" ? " " : " . ") + word(flag);
    }
    return text + " " + word(member(rest, "result"));
  }
  if (kind == "concat" && rest.is_array()) {
    std::string text;
    for (const json& each : rest) {
      text += (text.empty() ? "" : " . ") + term_text(each, depth + 1);
    }
    return text;
  }
  if (kind == "&" && rest.is_array() && rest.size() == 2) {
    std::string mask = rest[1].is_array() ? "(" + joined(rest[1], " | ", depth + 1) + ")"
                                          : value_text(rest[1], depth + 1);
    return term_text(rest[0], depth + 1) + " & " + mask;
  }
  return std::string(kOpaque);
}

std::string match_text(const json& rest) {
  const std::string operation = bare(member(rest, "op"));
  static constexpr std::string_view kOperators[] = {"==", "!=", "<", ">", "<=", ">=", "!"};
  const bool known = std::ranges::find(kOperators, operation) != std::end(kOperators);
  if (!known && operation != "in") {
    return std::string(kUnknown);
  }
  // `in` is what the native text does not write: any of these bits.
  return fmt::format("{} {} {}", term_text(member(rest, "left"), 0), known ? operation : "",
                     value_text(member(rest, "right"), 0));
}

std::string map_text(const json& map, std::string_view verb) {
  return fmt::format("{} {} {}", term_text(member(map, "key"), 0), verb,
                     value_text(member(map, "data"), 0));
}

std::string nat_text(const std::string& kind, const json& rest) {
  std::string text = kind;
  const json& family = member(rest, "family");
  if (family.is_string()) {
    text += " " + word(family);
  }
  const json& address = member(rest, "addr");
  const json& port = member(rest, "port");
  const json& map = member(address, "map");
  const auto plain = [](const json& value) {
    const json& range = member(value, "range");
    return range.is_array() && range.size() == 2 ? bare(range[0]) + "-" + bare(range[1])
                                                 : bare(value);
  };
  if (!map.is_null()) {
    return port.is_null() ? text + " to " + map_text(map, "map") : std::string(kUnknown);
  }
  if (address.is_null() && port.is_null()) {
    return text;
  }
  std::string target = address.is_null() ? std::string() : plain(address);
  if (!port.is_null()) {
    const bool v6 = target.find(':') != std::string::npos;
    target = (v6 ? "[" + target + "]" : target) + ":" + plain(port);
  }
  return text + " to " + nft_quoted(target);
}

std::string limit_text(const json& rest) {
  return fmt::format("limit rate {}{}/{}", member(rest, "inv") == true ? "over " : "",
                     number(member(rest, "rate")), word(member(rest, "per")));
}

std::string log_text(const json& rest) {
  const json& prefix = member(rest, "prefix");
  return prefix.is_string() ? "log prefix " + nft_quoted(prefix.get<std::string>()) : "log";
}

/// A set that packets fill; `limit` inside decides.
std::string dynamic_set_text(const json& rest) {
  const json& statements = member(rest, "stmt");
  std::string inside;
  for (const json& each : statements.is_array() ? statements : json::array()) {
    inside += " " + nft_statement_text(each);
  }
  return fmt::format(
      "{} @{} {{ element{} }}", word(member(rest, "op")),
      word(bare(member(rest, "set")).substr(0, 1) == "@" ? json(bare(member(rest, "set")).substr(1))
                                                         : member(rest, "set")),
      inside);
}

}  // namespace

std::string nft_quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? '\'' : c == '\n' || c == '\r' ? ' ' : c;
  }
  return quoted + "\"";
}

std::string nft_elements_text(const nlohmann::json& elements) {
  return elements_text(elements, 0);
}

std::string nft_term_text(const nlohmann::json& term) {
  return term_text(term, 0);
}

std::string nft_statement_text(const nlohmann::json& statement) {
  if (!statement.is_object() || statement.size() != 1) {
    return std::string(kUnknown);
  }
  const std::string& kind = statement.begin().key();
  const json& rest = statement.begin().value();
  static constexpr std::string_view kAsTheyAre[] = {"accept",   "drop", "return",
                                                    "continue", "jump", "goto"};
  static constexpr std::string_view kWords[] = {"notrack", "counter", "queue",
                                                "dup",     "quota",   "flow"};
  if (std::ranges::find(kAsTheyAre, kind) != std::end(kAsTheyAre)) {
    return verdict_text(kind, rest);
  }
  if (std::ranges::find(kWords, kind) != std::end(kWords)) {
    return kind;
  }
  if (kind == "reject") {
    const std::string type = bare(member(rest, "type"));
    const bool says = type == "icmp" || type == "icmpv6" || type == "tcp reset";
    return says ? "reject with " + type : kind;
  }
  if (kind == "match") {
    return match_text(rest);
  }
  if (kind == "vmap") {
    return map_text(rest, "vmap");
  }
  if (kind == "dnat" || kind == "snat" || kind == "masquerade" || kind == "redirect") {
    return nat_text(kind, rest);
  }
  if (kind == "limit") {
    return limit_text(rest);
  }
  if (kind == "log") {
    return log_text(rest);
  }
  if (kind == "ct count") {
    return "ct count over 1";
  }
  if (kind == "set") {
    return dynamic_set_text(rest);
  }
  if (kind == "mangle") {
    return term_text(member(rest, "key"), 0) + " set 0";
  }
  return std::string(kUnknown);
}

}  // namespace pinhole::firewall
