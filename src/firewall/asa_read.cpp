// SPDX-License-Identifier: Apache-2.0
#include "firewall/asa_read.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "firewall/asa_nat.hpp"
#include "firewall/cisco_config.hpp"
#include "firewall/cisco_entry.hpp"
#include "firewall/cisco_objects.hpp"
#include "firewall/cisco_values.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall {
namespace {

using cisco::ConfigBlock;
using cisco::ConfigLine;
using cisco::starts_with_words;
using cisco::Words;

struct Interface {
  std::string name;
  std::uint32_t level = 0;
  bool has_level = false;
  bool management = false;
  std::optional<IpAddress> address;
  ConfigLine line;
};

struct Binding {
  enum class Place : std::uint8_t { in, out, global };
  std::string list;
  std::string interface;
  Place place = Place::in;
  bool per_user = false;
  ConfigLine line;
};

/// Statements of other parts of the device that may let packets through or stop them.
constexpr std::array<std::string_view, 9> kMayDecide = {
    "static",      "global", "conduit", "outbound", "shun", "nat-control", "firewall transparent",
    "established", "filter"};

RulesetRule rule_at(const ConfigLine& line, std::vector<Match> matches, Action action) {
  RulesetRule rule;
  rule.matches = std::move(matches);
  rule.actions.push_back(std::move(action));
  rule.line = line.line;
  rule.text = line.text;
  return rule;
}

Verdict verdict(Verdict::Kind kind, std::string chain = {}) {
  return {kind, std::move(chain)};
}

Match of_interfaces(Field field, const std::vector<std::string>& names, bool negated = false) {
  Match match;
  match.fields = {field};
  match.negated = negated;
  for (const std::string& name : names) {
    match.elements.push_back({InterfaceName{name, false}});
  }
  return match;
}

class Reader {
 public:
  explicit Reader(std::string_view text)
      : blocks_(cisco::config_blocks(text)),
        entries_(objects_),
        nat_(objects_, entries_, [this](std::string_view name) { return address_of(name); }) {}

  std::vector<Table> read() {
    for (const ConfigBlock& block : blocks_) {
      collect(block);
    }
    // Groups may stand behind the lists that name them.
    for (const ConfigBlock& block : blocks_) {
      follow(block);
    }
    Table table;
    table.name = "asa";
    table.family = TableFamily::inet;
    auto translations = nat_.chains();
    chain(table, "nat", Hook::prerouting, -100, std::move(translations.arriving));
    chain(table, "interfaces", Hook::forward, -1, interface_rules());
    add_base(table, "access-group in", 0, inbound_rules());
    add_base(table, "access-group out", 1, outbound_rules());
    chain(table, "nat back", Hook::forward, 2, std::move(translations.back));
    chain(table, "nat source", Hook::postrouting, 100, std::move(translations.leaving));
    for (auto& [name, rules] : lists_) {
      Chain& list = table.chains.emplace_back();
      list.name = name;
      list.line = rules.empty() ? 0 : rules.front().line;
      list.rules = std::move(rules);
    }
    table.sets = entries_.sets();
    std::vector<Table> tables;
    tables.push_back(std::move(table));
    return tables;
  }

 private:
  static void chain(Table& table, std::string name, Hook hook, std::int32_t priority,
                    std::vector<RulesetRule> rules) {
    if (!rules.empty()) {
      Chain& added = table.chains.emplace_back();
      added.name = std::move(name);
      added.hook = hook;
      added.priority = priority;
      added.line = rules.front().line;
      added.rules = std::move(rules);
    }
  }
  /// Names of lists have no blanks, so that these are no lists.
  static void add_base(Table& table, std::string name, std::int32_t priority,
                       std::vector<RulesetRule> rules) {
    chain(table, std::move(name), Hook::forward, priority, std::move(rules));
  }

  std::optional<IpAddress> address_of(std::string_view name) const {
    const auto found = std::ranges::find(interfaces_, name, &Interface::name);
    return found == interfaces_.end() ? std::nullopt : found->address;
  }

  void collect(const ConfigBlock& block) {
    const std::string_view text = block.head.text;
    if (starts_with_words(text, "interface")) {
      collect_interface(block);
    } else if (starts_with_words(text, "ASA Version")) {
      Words words(text);
      words.next();
      words.next();
      const std::string_view version = words.next();
      style_ = version.starts_with("8.") ? cisco::Style::asa_v4 : cisco::Style::asa;
    } else if (starts_with_words(text, "policy-map")) {
      policy_maps_[std::string(Words(text).peek(1))] = &block;
    } else {
      objects_.add(block);
    }
  }

  void collect_interface(const ConfigBlock& block) {
    Interface one;
    one.line = block.head;
    for (const ConfigLine& line : block.lines) {
      Words words(line.text);
      if (words.take("nameif")) {
        one.name = words.next();
      } else if (words.take("security-level")) {
        const auto level = parse_decimal(words.next(), 0, 100);
        one.has_level = level.has_value();
        one.level = static_cast<std::uint32_t>(level.value_or(0));
      } else if (words.take("management-only")) {
        one.management = true;
      } else if (words.take("ip") && words.take("address")) {
        one.address = objects_.address(words.next());
      }
    }
    if (!one.name.empty()) {
      one.level = !one.has_level && one.name == "inside" ? 100 : one.level;
      interfaces_.push_back(std::move(one));
    }
  }

  void follow(const ConfigBlock& block) {
    const ConfigLine& head = block.head;
    Words words(head.text);
    if (words.take("access-list")) {
      access_list(head, std::move(words));
    } else if (words.take("access-group")) {
      access_group(head, std::move(words));
    } else if (words.peek() == "nat") {
      nat_.add_twice(head);
    } else if (starts_with_words(head.text, "object network")) {
      for (const ConfigLine& line : block.lines) {
        if (starts_with_words(line.text, "nat")) {
          nat_.add_object(words.peek(2), line);
        }
      }
    } else if (words.take("same-security-traffic")) {
      words.next();
      intra_ = intra_ || words.peek() == "intra-interface";
      inter_ = inter_ || words.peek() == "inter-interface";
    } else if (words.take("service-policy")) {
      service_policy(words.peek());
    } else {
      other(head);
    }
  }

  void other(const ConfigLine& head) {
    Words words(head.text);
    if (starts_with_words(head.text, "ip verify reverse-path")) {
      unknown_.push_back(maybe(head, Verdict::Kind::drop, std::string(words.peek(4))));
    } else if (starts_with_words(head.text, "no sysopt connection permit-vpn")) {
      tunnels_bypass_ = false;
    } else if (starts_with_words(head.text, "crypto map") && words.peek(3) == "interface") {
      tunnels_.push_back(maybe(head, Verdict::Kind::accept, std::string(words.peek(4))));
    } else if (std::ranges::any_of(kMayDecide, [&](std::string_view begin) {
                 return starts_with_words(head.text, begin);
               })) {
      unknown_.push_back(rule_at(head, {}, UnknownAction{std::string(head.text)}));
    }
  }

  /// What may happen to packets from an interface, or to all.
  static RulesetRule maybe(const ConfigLine& line, Verdict::Kind kind, const std::string& from) {
    std::vector<Match> matches;
    cisco::add_interface(matches, Field::in_interface, from);
    matches.push_back(unknown_match(std::string(line.text)));
    return rule_at(line, std::move(matches), verdict(kind));
  }

  /// Inspection of other protocols only follows connections that were let through.
  void service_policy(std::string_view name) {
    const auto found = policy_maps_.find(name);
    if (found == policy_maps_.end()) {
      return;
    }
    static constexpr std::array<std::string_view, 10> kHarmless = {
        "class",       "set",        "police",          "priority", "shape",
        "flow-export", "parameters", "user-statistics", "inspect",  "description"};
    for (const ConfigLine& line : found->second->lines) {
      Words words(line.text);
      if (starts_with_words(line.text, "inspect dcerpc")) {
        opens_.push_back(
            rule_at(line,
                    {cisco::numbers_match(Field::protocol, {{6, 6}}),
                     cisco::numbers_match(Field::destination_port, {{1024, 65535}}),
                     unknown_match("inspect dcerpc: what an endpoint mapper answered")},
                    verdict(Verdict::Kind::accept)));
      } else if (std::ranges::find(kHarmless, words.peek()) == kHarmless.end()) {
        unknown_.push_back(maybe(line, Verdict::Kind::drop, {}));
      }
    }
  }

  void access_list(const ConfigLine& line, Words words) {
    const std::string name(words.next());
    std::optional<std::uint64_t> place;
    if (words.take("line")) {
      place = parse_decimal(words.next(), 1, 1'000'000'000);
    }
    const std::string_view kind = words.peek();
    if (kind == "remark" || name == "alert-interval" || name == "deny-flow-max") {
      return;
    }
    auto& list = lists_[name];
    if (words.take("extended") || kind == "permit" || kind == "deny") {
      auto rules = entries_.read(line, std::move(words), style_);
      if (place && ++inserted_ > kMostInserted) {
        throw Stop{"asa-lines", line.line, "too many entries are put before others",
                   "give what `show running-config` prints"};
      }
      const auto at = place ? std::min<std::uint64_t>(*place - 1, list.size()) : list.size();
      list.insert(list.begin() + static_cast<std::ptrdiff_t>(at),
                  std::make_move_iterator(rules.begin()), std::make_move_iterator(rules.end()));
    } else {
      list.push_back(rule_at(line, {}, UnknownAction{std::string(line.text)}));
    }
  }

  void access_group(const ConfigLine& line, Words words) {
    Binding binding;
    binding.line = line;
    binding.list = words.next();
    const std::string_view place = words.next();
    if (place == "in" || place == "out") {
      binding.place = place == "in" ? Binding::Place::in : Binding::Place::out;
      words.take("interface");
      binding.interface = words.next();
    } else if (place == "global") {
      binding.place = Binding::Place::global;
    } else {
      throw Stop{"asa-access-group", line.line, "the access-group is not understood",
                 "give what `show running-config` prints"};
    }
    if (words.take("control-plane")) {
      return;  // for the device itself
    }
    binding.per_user = words.take("per-user-override");
    lists_.try_emplace(binding.list);
    bindings_.push_back(std::move(binding));
  }

  /// Names of all interfaces that forward; empty where only addresses are spoken of.
  std::vector<std::string> known_interfaces() const {
    std::vector<std::string> names;
    if (!interfaces_.empty()) {
      for (const Interface& one : interfaces_) {
        if (!one.management) {
          names.push_back(one.name);
        }
      }
      return names;
    }
    for (const Binding& binding : bindings_) {
      if (!binding.interface.empty()) {
        names.push_back(binding.interface);
      }
    }
    std::ranges::copy(nat_.interfaces(), std::back_inserter(names));
    std::ranges::sort(names);
    const auto same = std::ranges::unique(names);
    names.erase(same.begin(), same.end());
    return names;
  }

  std::vector<RulesetRule> interface_rules() {
    const ConfigLine nowhere{blocks_.empty() ? 1 : blocks_.front().head.line,
                             "an interface that is not configured"};
    std::vector<RulesetRule> rules = unknown_;
    const std::vector<std::string> names = known_interfaces();
    if (names.empty()) {
      return rules;
    }
    for (const Field field : {Field::in_interface, Field::out_interface}) {
      rules.push_back(
          rule_at(nowhere, {of_interfaces(field, names, true)}, verdict(Verdict::Kind::drop)));
    }
    const ConfigLine same{nowhere.line, "same-security-traffic permit intra-interface"};
    for (const std::string& name : names) {
      rules.push_back(rule_at(
          same,
          {of_interfaces(Field::in_interface, {name}), of_interfaces(Field::out_interface, {name})},
          verdict(intra_ ? Verdict::Kind::accept : Verdict::Kind::drop)));
    }
    if (!inter_) {
      for (const auto& [level, some] : levels()) {
        rules.push_back(rule_at(
            interfaces_.front().line,
            {of_interfaces(Field::in_interface, some), of_interfaces(Field::out_interface, some)},
            verdict(Verdict::Kind::drop)));
        rules.back().text = "security-level " + std::to_string(level) + " on both sides";
      }
    }
    return rules;
  }

  std::map<std::uint32_t, std::vector<std::string>> levels() const {
    std::map<std::uint32_t, std::vector<std::string>> all;
    for (const Interface& one : interfaces_) {
      all[one.level].push_back(one.name);
    }
    return all;
  }

  std::vector<RulesetRule> inbound_rules() {
    std::vector<RulesetRule> rules = opens_;
    if (tunnels_bypass_) {
      std::ranges::copy(tunnels_, std::back_inserter(rules));
    }
    const Binding* global = nullptr;
    std::vector<std::string> bound;
    for (const Binding& binding : bindings_) {
      if (binding.place == Binding::Place::global) {
        global = &binding;
      } else if (binding.place == Binding::Place::in) {
        bind(rules, binding, Field::in_interface);
        bound.push_back(binding.interface);
      }
    }
    if (global != nullptr) {
      bind(rules, *global, Field::in_interface);
      rules.push_back(rule_at(global->line, {}, verdict(Verdict::Kind::drop)));
      return rules;
    }
    for (const Binding& binding : bindings_) {
      if (binding.place == Binding::Place::in) {
        rules.push_back(rule_at(binding.line,
                                {of_interfaces(Field::in_interface, {binding.interface})},
                                verdict(Verdict::Kind::drop)));
      }
    }
    without_list(rules, bound);
    return rules;
  }

  /// Who has no list may reach what is less trusted.
  void without_list(std::vector<RulesetRule>& rules, const std::vector<std::string>& bound) {
    const auto all = levels();
    for (const Interface& one : interfaces_) {
      if (std::ranges::find(bound, one.name) != bound.end()) {
        continue;
      }
      std::vector<std::string> below;
      for (const auto& [level, names] : all) {
        if (level < one.level || (level == one.level && inter_)) {
          below.insert(below.end(), names.begin(), names.end());
        }
      }
      if (intra_) {
        below.push_back(one.name);
      }
      const Match from = of_interfaces(Field::in_interface, {one.name});
      rules.push_back(rule_at(one.line, {from, of_interfaces(Field::out_interface, below)},
                              verdict(Verdict::Kind::accept)));
      rules.push_back(rule_at(one.line, {from}, verdict(Verdict::Kind::drop)));
    }
    if (interfaces_.empty()) {
      const ConfigLine line{blocks_.empty() ? 1 : blocks_.front().head.line,
                            "an interface without access-group, of unknown security-level"};
      rules.push_back(rule_at(line, {}, UnknownAction{std::string(line.text)}));
    }
  }

  void bind(std::vector<RulesetRule>& rules, const Binding& binding, Field field) const {
    std::vector<Match> matches;
    cisco::add_interface(matches, field, binding.interface);
    if (binding.per_user) {
      std::vector<Match> maybe = matches;
      maybe.push_back(unknown_match("per-user-override"));
      rules.push_back(rule_at(binding.line, std::move(maybe), UnknownAction{"per-user-override"}));
    }
    rules.push_back(
        rule_at(binding.line, std::move(matches), verdict(Verdict::Kind::jump, binding.list)));
  }

  std::vector<RulesetRule> outbound_rules() {
    std::vector<RulesetRule> rules;
    for (const Binding& binding : bindings_) {
      if (binding.place == Binding::Place::out) {
        bind(rules, binding, Field::out_interface);
        rules.push_back(rule_at(binding.line,
                                {of_interfaces(Field::out_interface, {binding.interface})},
                                verdict(Verdict::Kind::drop)));
      }
    }
    if (!rules.empty()) {
      rules.insert(rules.begin(), opens_.begin(), opens_.end());
    }
    return rules;
  }

  /// Each goes through the entries before it.
  static constexpr std::size_t kMostInserted = 10'000;

  std::vector<ConfigBlock> blocks_;
  cisco::Objects objects_;
  cisco::EntryReader entries_;
  cisco::NatReader nat_;
  cisco::Style style_ = cisco::Style::asa;
  std::vector<Interface> interfaces_;
  std::map<std::string, std::vector<RulesetRule>, std::less<>> lists_;
  std::map<std::string, const ConfigBlock*, std::less<>> policy_maps_;
  std::vector<Binding> bindings_;
  std::vector<RulesetRule> unknown_;
  std::vector<RulesetRule> tunnels_;
  std::vector<RulesetRule> opens_;
  std::size_t inserted_ = 0;
  bool tunnels_bypass_ = true;
  bool intra_ = false;
  bool inter_ = false;
};

}  // namespace

Checked<Ruleset> read_asa(std::string_view text, const std::string& name) {
  return read_tables(name, "cisco-asa", [&] { return Reader(text).read(); });
}

}  // namespace pinhole::firewall
