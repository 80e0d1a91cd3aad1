// SPDX-License-Identifier: Apache-2.0
#include "firewall/windows_rule.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "firewall/iptables_values.hpp"
#include "firewall/value_lists.hpp"

namespace pinhole::firewall {
namespace {

using Inbound = WindowsProfile::Inbound;
using Texts = std::vector<std::string>;

constexpr std::array<std::string_view, 3> kProfiles = {"Domain", "Private", "Public"};

bool is_any(std::string_view text) {
  return text.empty() || text == "*" || same_word(text, "any") || same_word(text, "all");
}

bool has(const Texts& texts, std::string_view wanted) {
  return std::ranges::any_of(texts,
                             [&](const std::string& text) { return same_word(text, wanted); });
}

std::string words_of(const WindowsRule& rule) {
  std::string text = fmt::format("\"{}\" {} {} {}", rule.name, rule.inbound ? "In" : "Out",
                                 rule.action, is_any(rule.protocol) ? "Any" : rule.protocol);
  const auto add = [&](std::string_view what, const Texts& values) {
    if (!values.empty()) {
      text += fmt::format(" {}={}", what, fmt::join(values, ","));
    }
  };
  add("remoteip", rule.remote_addresses);
  add("localip", rule.local_addresses);
  add("remoteport", rule.remote_ports);
  add("localport", rule.local_ports);
  add("icmp", rule.icmp);
  add("profile", rule.profiles);
  for (const std::string& condition : rule.conditions) {
    text += " " + condition;
  }
  return text + (rule.enabled ? "" : " (disabled)");
}

/// The profiles that may be in use.
Texts in_use(const std::vector<WindowsProfile>& profiles) {
  if (profiles.empty()) {
    return {kProfiles.begin(), kProfiles.end()};
  }
  Texts names;
  for (const WindowsProfile& profile : profiles) {
    names.push_back(profile.name);
  }
  return names;
}

class Maker {
 public:
  Maker(Table& table, Texts profiles) : table_(table), profiles_(std::move(profiles)) {}

  RulesetRule make(const WindowsRule& rule) {
    made_ = {};
    made_.line = rule.line;
    made_.text = rule.text.empty() ? words_of(rule) : rule.text;
    if (!rule.enabled) {
      made_.matches.push_back(never_match());
    }
    add_profiles(rule.profiles);
    add_protocol(rule);
    add_list(Field::source, rule.inbound ? rule.remote_addresses : rule.local_addresses,
             address_value);
    add_list(Field::destination, rule.inbound ? rule.local_addresses : rule.remote_addresses,
             address_value);
    for (const std::string& condition : rule.conditions) {
      made_.matches.push_back(unknown_match(condition));
    }
    if (same_word(rule.action, "allow")) {
      made_.actions.emplace_back(Verdict{Verdict::Kind::accept, {}});
    } else if (same_word(rule.action, "block")) {
      made_.actions.emplace_back(Verdict{Verdict::Kind::drop, {}});
    } else {
      made_.actions.emplace_back(UnknownAction{"action " + rule.action});
    }
    return std::move(made_);
  }

 private:
  void add_profiles(const Texts& of_rule) {
    const bool all = of_rule.empty() || has(of_rule, "any") || has(of_rule, "all");
    const auto covered = std::ranges::count_if(
        profiles_, [&](const std::string& name) { return has(of_rule, name); });
    if (all || static_cast<std::size_t>(covered) == profiles_.size()) {
      return;
    }
    made_.matches.push_back(
        covered == 0 ? never_match()
                     : unknown_match(fmt::format("profile {}", fmt::join(of_rule, ","))));
  }

  void add_protocol(const WindowsRule& rule) {
    const std::string& name = rule.protocol;
    const bool icmp4 = same_word(name, "ICMPv4");
    const bool icmp6 = same_word(name, "ICMPv6");
    std::optional<std::vector<Element>> numbers;
    if (icmp4 || icmp6) {
      made_.matches.push_back(match_of_number(Field::family, icmp4 ? 4 : 6));
      made_.matches.push_back(match_of_number(Field::protocol, icmp4 ? 1 : 58));
      add_icmp(rule.icmp);
    } else if (!is_any(name)) {
      std::string word;
      std::ranges::transform(name, std::back_inserter(word), lower_letter);
      numbers = word == "0" ? std::nullopt : iptables::protocol(word);
      if (!numbers) {
        made_.matches.push_back(unknown_match("protocol " + name));
      } else {
        Match match;
        match.fields = {Field::protocol};
        match.elements = *numbers;
        made_.matches.push_back(std::move(match));
      }
    }
    const bool ports =
        same_word(name, "TCP") || same_word(name, "UDP") || name == "6" || name == "17";
    if (ports) {
      add_list(Field::source_port, rule.inbound ? rule.remote_ports : rule.local_ports, port_value);
      add_list(Field::destination_port, rule.inbound ? rule.local_ports : rule.remote_ports,
               port_value);
    } else if (!rule.local_ports.empty() || !rule.remote_ports.empty()) {
      made_.matches.push_back(unknown_match("ports of protocol " + name));
    }
  }

  void add_icmp(const Texts& types) {
    Match match;
    match.fields = {Field::icmp_type, Field::icmp_code};
    for (const std::string& text : types) {
      const std::size_t colon = text.find_first_of(":,");
      const std::string code = colon == std::string::npos ? "any" : text.substr(colon + 1);
      if (is_any(text.substr(0, colon))) {
        return;
      }
      const auto type = number_value(text.substr(0, colon), 255);
      const auto codes =
          is_any(code) ? std::optional(Element{NumberRange{0, 255}}) : number_value(code, 255);
      if (!type || !codes) {
        made_.matches.push_back(unknown_match("ICMP type " + text));
        return;
      }
      match.elements.push_back({type->front(), codes->front()});
    }
    if (!match.elements.empty()) {
      made_.matches.push_back(std::move(match));
    }
  }

  /// Where a value is not understood, it may stand for anything.
  void add_list(Field field, const Texts& texts, ReadValue* read) {
    if (texts.empty() || std::ranges::any_of(texts, is_any)) {
      return;
    }
    made_.matches.push_back(match_of_list(table_, field, texts, read));
  }

  Table& table_;
  Texts profiles_;
  RulesetRule made_;
};

RulesetRule rule_of_profiles(std::string text, std::uint32_t line, Action action) {
  RulesetRule rule;
  rule.text = std::move(text);
  rule.line = line;
  rule.actions.push_back(std::move(action));
  return rule;
}

/// What the profiles say before any rule is asked, and at the end.
void set_defaults(Chain& chain, const std::vector<WindowsProfile>& profiles) {
  chain.accept_at_end = false;
  if (profiles.empty()) {
    return;
  }
  const Inbound first = profiles.front().inbound;
  const std::uint32_t line = profiles.front().line;
  const bool same = std::ranges::all_of(
      profiles, [&](const WindowsProfile& each) { return each.inbound == first; });
  chain.line = line;
  if (!same || first == Inbound::unknown) {
    chain.rules.push_back(rule_of_profiles(
        "the profiles", line, UnknownAction{"profiles that treat inbound packets differently"}));
  } else if (first == Inbound::off) {
    chain.rules.push_back(
        rule_of_profiles("the firewall is off", line, Verdict{Verdict::Kind::accept, {}}));
  } else if (first == Inbound::block_always) {
    chain.rules.push_back(
        rule_of_profiles("all inbound is blocked", line, Verdict{Verdict::Kind::drop, {}}));
  }
  chain.accept_at_end = same && first == Inbound::allow;
}

/// Bypass and the unknown first, then what blocks, then what allows.
constexpr int kLastRank = 2;
int rank(const WindowsRule& rule) {
  return same_word(rule.action, "allow") ? 2 : same_word(rule.action, "block") ? 1 : 0;
}

}  // namespace

std::vector<std::string> windows_list(std::string_view text) {
  Texts parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t begin = std::min(part.find_first_not_of(" \t"), part.size());
    part.remove_prefix(begin);
    part = part.substr(0, part.find_last_not_of(" \t") + 1);
    if (!part.empty()) {
      parts.emplace_back(part);
    }
  }
  return parts.size() == 1 && is_any(parts.front()) ? Texts() : parts;
}

std::vector<Table> windows_tables(const std::vector<WindowsRule>& rules,
                                  const std::vector<WindowsProfile>& profiles) {
  Table table;
  table.name = "windows-firewall";
  table.chains.resize(2);
  Chain& inbound = table.chains[0];
  inbound.name = "inbound";
  inbound.hook = Hook::forward;
  set_defaults(inbound, profiles);
  Chain& outbound = table.chains[1];
  outbound.name = "outbound";
  Maker maker(table, in_use(profiles));
  for (int now = 0; now <= kLastRank; ++now) {
    for (const WindowsRule& rule : rules) {
      if (rank(rule) == now) {
        (rule.inbound ? inbound : outbound).rules.push_back(maker.make(rule));
      }
    }
  }
  std::vector<Table> tables;
  tables.push_back(std::move(table));
  return tables;
}

}  // namespace pinhole::firewall
