// SPDX-License-Identifier: Apache-2.0
#include "firewall/windows_json_read.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "firewall/json_lines.hpp"
#include "firewall/reading.hpp"
#include "firewall/value_lists.hpp"
#include "firewall/windows_rule.hpp"

namespace pinhole::firewall {
namespace {

using nlohmann::json;
using Inbound = WindowsProfile::Inbound;

/// An enumeration's word, and the number that ConvertTo-Json writes of its own accord.
struct Name {
  std::string_view word;
  std::string_view number;
};

std::string word_of(const json& value, std::initializer_list<Name> names) {
  std::string text = scalar_text(value);
  for (const Name& name : names) {
    if (text == name.number || same_word(text, name.word)) {
      return std::string(name.word);
    }
  }
  return text;
}

[[noreturn]] void refuse(const json& at, std::string message) {
  throw Stop{"windows-firewall-json-syntax", std::max(line_of(at), 1U), std::move(message),
             "give what the command in docs/firewall-backends.md exports"};
}

/// All parts of all texts; none where one of them is any.
std::vector<std::string> list_of(const json& value) {
  std::vector<std::string> all;
  for (const std::string& text : texts_of_items(value)) {
    const auto parts = windows_list(text);
    if (parts.empty()) {
      return {};
    }
    all.insert(all.end(), parts.begin(), parts.end());
  }
  return all;
}

std::vector<std::string> profiles_of(const json& value) {
  constexpr unsigned kEach[] = {1, 2, 4};
  constexpr std::string_view kNames[] = {"Domain", "Private", "Public"};
  if (!value.is_number_unsigned()) {
    return list_of(value);
  }
  const auto bits = value.get<std::uint64_t>();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::size(kEach); ++i) {
    if ((bits & kEach[i]) != 0) {
      names.emplace_back(kNames[i]);
    }
  }
  return names;
}

/// Members that limit a rule to something that no packet shows.
constexpr std::string_view kConditions[] = {"Program",
                                            "Package",
                                            "Service",
                                            "InterfaceAlias",
                                            "InterfaceType",
                                            "Authentication",
                                            "Encryption",
                                            "OverrideBlockRules",
                                            "LocalUser",
                                            "RemoteUser",
                                            "RemoteMachine",
                                            "DynamicTarget",
                                            "Owner",
                                            "PolicyAppId",
                                            "RemoteDynamicKeywordAddresses"};

bool limits_nothing(std::string_view value) {
  static constexpr std::string_view kNothing[] = {"",     "Any",   "*", "NotRequired",
                                                  "None", "False", "0"};
  return std::ranges::any_of(kNothing,
                             [&](std::string_view each) { return same_word(value, each); });
}

void add_conditions(WindowsRule& rule, const json& object) {
  for (const std::string_view key : kConditions) {
    for (const json* each : items_of(member(object, key))) {
      const std::string text = each->is_structured() ? each->dump() : scalar_text(*each);
      if (!limits_nothing(text)) {
        rule.conditions.push_back(std::string(key) + " " + text);
      }
    }
  }
  // Authenticated bypass goes before rules that block.
  const std::string bypass = scalar_text(member(object, "OverrideBlockRules"));
  if (!limits_nothing(bypass)) {
    rule.action = "Bypass";
  }
}

WindowsRule rule_of(const json& object) {
  WindowsRule rule;
  rule.line = std::max(line_of(object), 1U);
  rule.name = scalar_text(member(object, "DisplayName"));
  rule.name = rule.name.empty() ? scalar_text(member(object, "Name")) : rule.name;
  const std::string direction =
      word_of(member(object, "Direction"), {{"Inbound", "1"}, {"Outbound", "2"}});
  rule.action = word_of(member(object, "Action"), {{"Allow", "2"}, {"Block", "4"}});
  if ((direction != "Inbound" && direction != "Outbound") || rule.action.empty()) {
    refuse(object, "a rule has no direction or no action");
  }
  if (member(object, "RemoteAddress").is_null() || member(object, "Protocol").is_null()) {
    refuse(object, "a rule comes without its address and port filters");
  }
  rule.inbound = direction == "Inbound";
  rule.enabled = word_of(member(object, "Enabled"),
                         {{"True", "1"}, {"False", "2"}, {"True", "true"}}) != "False" &&
                 member(object, "Enabled") != json(false);
  rule.profiles = profiles_of(member(object, "Profile"));
  rule.protocol = scalar_text(member(object, "Protocol"));
  rule.icmp = list_of(member(object, "IcmpType"));
  rule.local_addresses = list_of(member(object, "LocalAddress"));
  rule.remote_addresses = list_of(member(object, "RemoteAddress"));
  rule.local_ports = list_of(member(object, "LocalPort"));
  rule.remote_ports = list_of(member(object, "RemotePort"));
  add_conditions(rule, object);
  return rule;
}

/// The categories of networks as their profiles; none where that is not known.
std::vector<std::string> active_profiles(const json& value) {
  std::vector<std::string> names;
  for (const json* each : items_of(value)) {
    const std::string name =
        word_of(*each, {{"Public", "0"}, {"Private", "1"}, {"DomainAuthenticated", "2"}});
    names.push_back(name == "DomainAuthenticated" ? "Domain" : name);
  }
  return names;
}

Inbound inbound_of(const json& profile) {
  const std::string on =
      word_of(member(profile, "Enabled"), {{"True", "1"}, {"False", "0"}, {"False", "false"}});
  if (on == "False") {
    return Inbound::off;
  }
  const std::string rules =
      word_of(member(profile, "AllowInboundRules"), {{"True", "1"}, {"False", "0"}});
  if (rules == "False") {
    return Inbound::block_always;
  }
  const std::string action = word_of(member(profile, "DefaultInboundAction"),
                                     {{"NotConfigured", "0"}, {"Allow", "2"}, {"Block", "4"}});
  return same_word(action, "Allow")                                         ? Inbound::allow
         : same_word(action, "Block") || same_word(action, "NotConfigured") ? Inbound::block
                                                                            : Inbound::unknown;
}

std::vector<WindowsProfile> profiles_in_use(const json& document) {
  const std::vector<std::string> active = active_profiles(member(document, "active"));
  std::vector<WindowsProfile> profiles;
  for (const json* each : items_of(member(document, "profiles"))) {
    const std::string name = scalar_text(member(*each, "Name"));
    const bool used = active.empty() || std::ranges::find(active, name) != active.end();
    if (used) {
      profiles.push_back({name, inbound_of(*each), std::max(line_of(*each), 1U)});
    }
  }
  if (profiles.empty()) {
    for (const std::string& name : active) {
      profiles.push_back({name, Inbound::block, std::max(line_of(document), 1U)});
    }
  }
  return profiles;
}

std::vector<Table> read(std::string_view text) {
  const auto document = parse_with_lines(text);
  if (!document || !member(*document, "rules").is_array()) {
    refuse(json(), "this is not the Windows firewall's JSON");
  }
  std::vector<WindowsRule> rules;
  for (const json& each : member(*document, "rules")) {
    rules.push_back(rule_of(each));
  }
  return windows_tables(rules, profiles_in_use(*document));
}

}  // namespace

bool is_windows_json(std::string_view text) {
  text.remove_prefix(text.starts_with("\xef\xbb\xbf") ? 3 : 0);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const std::string_view head = text.substr(0, 65536);
  return first != std::string_view::npos && text[first] == '{' &&
         head.find("\"rules\"") != std::string_view::npos &&
         (head.find("\"RemoteAddress\"") != std::string_view::npos ||
          head.find("\"DefaultInboundAction\"") != std::string_view::npos);
}

Checked<Ruleset> read_windows_json(std::string_view text, const std::string& name) {
  return read_tables(name, "windows-firewall-json", [&] { return read(text); });
}

}  // namespace pinhole::firewall
