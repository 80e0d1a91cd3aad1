// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_json_read.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "firewall/nft_json_text.hpp"
#include "firewall/nft_read.hpp"

namespace pinhole::firewall {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_name(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./\\").find(c) != std::string_view::npos;
  });
}

/// `add WHAT FAMILY TABLE NAME`; none where a name is no name.
std::optional<std::string> head(std::string_view what, const json& object, const char* name) {
  std::string text = fmt::format("add {}", what);
  std::vector<std::string> names = {text_of(object, "family")};
  if (what != "table") {
    names.push_back(text_of(object, "table"));
  }
  names.push_back(text_of(object, name));
  for (const std::string& each : names) {
    if (!is_name(each)) {
      return std::nullopt;
    }
    text += " " + each;
  }
  return text;
}

/// Only words: what comes from outside must not become other commands.
std::string word_of_string(const json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  return is_name(text) ? text : "unknown";
}

std::string list_text(const json& value, std::string_view between) {
  if (!value.is_array()) {
    return value.is_null() ? std::string() : word_of_string(value);
  }
  std::string text;
  for (const json& each : value) {
    text += text.empty() ? "" : between;
    text += word_of_string(each);
  }
  return text;
}

std::string chain_body(const json& chain) {
  if (!chain.contains("hook")) {
    return "{ }";
  }
  const std::string hook = list_text(chain["hook"], "");
  const json prio = chain.value("prio", json(0));
  std::string text =
      fmt::format("{{ type {} hook {}", list_text(chain.value("type", json()), ""), hook);
  if (const json devices = chain.value("dev", json()); !devices.is_null()) {
    text += " devices = { " + list_text(devices, ", ") + " }";
  }
  text += fmt::format(" priority {};", prio.is_number_integer()
                                           ? std::to_string(prio.get<std::int64_t>())
                                           : list_text(prio, " "));
  const std::string policy = list_text(chain.value("policy", json()), "");
  return text + (policy.empty() ? " }" : " policy " + policy + "; }");
}

std::string set_body(const json& set, bool map) {
  const json type = set.value("type", json());
  std::string text = "{ ";
  if (type.is_object() && type.contains("typeof")) {
    text += "typeof " + nft_term_text(type["typeof"]);
  } else {
    text += "type " + list_text(type, " . ");
  }
  if (map) {
    text += " : " + list_text(set.value("map", json()), " . ");
  }
  text += "; ";
  if (const std::string flags = list_text(set.value("flags", json()), ","); !flags.empty()) {
    text += "flags " + flags + "; ";
  }
  if (set.contains("timeout")) {
    text += "timeout 1s; ";
  }
  if (set.contains("elem")) {
    text += "elements = " + nft_elements_text(set["elem"]) + "; ";
  }
  return text + "}";
}

std::string rule_body(const json& rule) {
  std::string text;
  for (const json& each : rule.value("expr", json::array())) {
    text += (text.empty() ? "" : " ") + nft_statement_text(each);
  }
  if (const std::string comment = text_of(rule, "comment"); !comment.empty()) {
    text += (text.empty() ? "" : " ") + std::string("comment ") + nft_quoted(comment);
  }
  // A rule of nothing passes every packet on.
  return text.empty() ? "continue" : text;
}

/// The object as a command; empty where it is of no account, none where it is not understood.
std::optional<std::string> command(const std::string& kind, const json& object) {
  if (!object.is_object()) {
    return std::nullopt;
  }
  const auto with = [](std::optional<std::string> first, const std::string& body) {
    return first ? std::optional(*first + " " + body) : std::nullopt;
  };
  if (kind == "table") {
    const bool dormant =
        list_text(object.value("flags", json()), ",").find("dormant") != std::string::npos;
    return with(head(kind, object, "name"), dormant ? "{ flags dormant; }" : "");
  }
  if (kind == "chain") {
    return with(head(kind, object, "name"), chain_body(object));
  }
  if (kind == "set" || kind == "map") {
    return with(head(kind, object, "name"), set_body(object, kind == "map"));
  }
  if (kind == "element") {
    return with(head(kind, object, "name"), nft_elements_text(object.value("elem", json::array())));
  }
  if (kind == "rule") {
    return with(head(kind, object, "chain"), rule_body(object));
  }
  // What remains are flow tables, named counters and the like.
  return std::string();
}

/// Where each rule begins: the keys `rule` that stand where objects of the list have their kind.
std::vector<std::uint32_t> rule_lines(std::string_view text) {
  std::vector<std::uint32_t> lines;
  std::uint32_t line = 1;
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    line += c == '\n' ? 1 : 0;
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    if (c != '"') {
      continue;
    }
    const std::size_t begin = ++at;
    while (at < text.size() && text[at] != '"') {
      at += text[at] == '\\' ? 2 : 1;
    }
    const std::size_t colon = text.find_first_not_of(" \t\r\n", std::min(at + 1, text.size()));
    const bool key = colon != std::string_view::npos && text[colon] == ':';
    if (key && (depth == 3 || depth == 4) && text.substr(begin, at - begin) == "rule") {
      lines.push_back(line);
    }
  }
  return lines;
}

void set_lines(Ruleset& ruleset, const std::vector<std::uint32_t>& of_commands) {
  for (Table& table : ruleset.tables) {
    for (Chain& chain : table.chains) {
      chain.line =
          chain.line <= of_commands.size() && chain.line > 0 ? of_commands[chain.line - 1] : 0;
      for (RulesetRule& rule : chain.rules) {
        rule.line =
            rule.line <= of_commands.size() && rule.line > 0 ? of_commands[rule.line - 1] : 0;
      }
    }
  }
}

tl::unexpected<Diagnostics> refused(const std::string& name, std::string_view id,
                                    std::string message) {
  return failure({.id = std::string(id),
                  .severity = Severity::error,
                  .place = {.name = name, .line = 0, .column = 0, .offset = {}},
                  .message = std::move(message),
                  .remedy = "give what `nft -j list ruleset` prints",
                  .exit = Exit::usage});
}

}  // namespace

Checked<Ruleset> read_nft_json(std::string_view text, const std::string& name) {
  if (text.size() > kLargestJson) {
    return refused(name, "nft-json-size",
                   fmt::format("{} octets of JSON are too many", text.size()));
  }
  const json document = json::parse(text, nullptr, false);
  const auto list = document.is_object() ? document.find("nftables") : document.end();
  if (!document.is_object() || list == document.end() || !list->is_array()) {
    return refused(name, "nft-json-syntax", "this is not nftables' JSON");
  }
  const std::vector<std::uint32_t> rules = rule_lines(text);
  std::string native;
  std::vector<std::uint32_t> lines;  // of each line of `native` in the JSON
  std::size_t rule = 0;
  for (const json& each : *list) {
    const json* object = &each;
    while (object->is_object() && object->size() == 1 &&
           (object->begin().key() == "add" || object->begin().key() == "create")) {
      object = &object->begin().value();
    }
    if (!object->is_object() || object->size() != 1) {
      return refused(name, "nft-json-syntax", "an entry of the list is not one object");
    }
    const std::string& kind = object->begin().key();
    std::optional<std::string> text_of_object;
    if (kind == "flush" && object->begin().value().contains("ruleset")) {
      text_of_object = "flush ruleset";
    } else if (kind != "flush" && kind != "delete" && kind != "insert" && kind != "replace") {
      text_of_object = command(kind, object->begin().value());
    }
    if (!text_of_object) {
      return refused(name, "nft-json-syntax",
                     fmt::format("entry {} of the list is not understood", lines.size() + 1));
    }
    native += *text_of_object + "\n";
    lines.push_back(kind == "rule" && rule < rules.size() ? rules[rule++] : 0);
  }
  auto ruleset = read_nft(native, name);
  if (!ruleset) {
    return refused(name, "nft-json-syntax", ruleset.error().front().message);
  }
  ruleset->dialect = "nftables-json";
  set_lines(*ruleset, lines);
  return ruleset;
}

}  // namespace pinhole::firewall
