// SPDX-License-Identifier: Apache-2.0
#include "firewall/ios_zones.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "firewall/cisco_entry.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall::cisco {
namespace {

constexpr std::size_t kDeepest = 16;

/// Names of `match protocol` whose ports nothing but `ip port-map` changes.
struct Application {
  std::string_view name;
  std::uint32_t protocol;
  std::uint32_t port;  // 0: all
};
constexpr std::array kApplications = {Application{"tcp", 6, 0},     Application{"udp", 17, 0},
                                      Application{"icmp", 1, 0},    Application{"ssh", 6, 22},
                                      Application{"telnet", 6, 23}, Application{"smtp", 6, 25},
                                      Application{"http", 6, 80},   Application{"pop3", 6, 110},
                                      Application{"imap", 6, 143},  Application{"https", 6, 443}};

Match of_interfaces(Field field, const std::vector<std::string>& names) {
  Match match;
  match.fields = {field};
  for (const std::string& name : names) {
    match.elements.push_back({InterfaceName{name, false}});
  }
  return match;
}

RulesetRule rule_at(const ConfigLine& line) {
  RulesetRule rule;
  rule.line = line.line;
  rule.text = line.text;
  return rule;
}

Verdict verdict(Verdict::Kind kind, std::string chain = {}) {
  return {kind, std::move(chain)};
}

Action of_use(ListUse use) {
  return verdict(use == ListUse::drop ? Verdict::Kind::drop : Verdict::Kind::accept);
}

/// The name behind the words that say what kind of map it is.
std::string map_name(Words& words) {
  words.next();
  if (words.take("type")) {
    words.next();
  }
  if (!words.take("match-any")) {
    words.take("match-all");
  }
  return std::string(words.next());
}

}  // namespace

bool Zones::add(const ConfigBlock& block) {
  Words words(block.head.text);
  if (words.peek() == "class-map") {
    classes_[map_name(words)] = &block;
  } else if (words.peek() == "policy-map") {
    policies_[map_name(words)] = &block;
  } else if (words.peek() == "zone-pair") {
    Pair pair;
    pair.line = block.head;
    while (!words.done()) {
      if (words.take("source")) {
        pair.source = words.next();
      } else if (words.take("destination")) {
        pair.destination = words.next();
      } else {
        words.next();
      }
    }
    for (const ConfigLine& line : block.lines) {
      Words inner(line.text);
      if (inner.take("service-policy") && inner.take("type") && inner.take("inspect")) {
        pair.policy = inner.next();
      }
    }
    pairs_.push_back(std::move(pair));
  } else {
    return false;
  }
  return true;
}

void Zones::add_member(const std::string& zone, const std::string& interface,
                       const ConfigLine& line) {
  members_[zone].push_back(interface);
  first_member_ = first_member_.line == 0 ? line : first_member_;
}

bool Zones::drops(std::string_view policy_map) const {
  const auto found = policies_.find(policy_map);
  return found == policies_.end() ||
         std::ranges::any_of(found->second->lines, [](const ConfigLine& line) {
           return starts_with_words(line.text, "drop");
         });
}

std::vector<RulesetRule> Zones::rules() {
  std::vector<RulesetRule> rules;
  if (members_.empty()) {
    return rules;
  }
  std::set<std::string> within;
  std::vector<std::string> all;
  for (const Pair& pair : pairs_) {
    if (pair.source == "default" || pair.destination == "default") {
      rules.push_back(rule_at(pair.line));
      rules.back().actions.emplace_back(UnknownAction{std::string(pair.line.text)});
      continue;
    }
    const auto from = members_.find(pair.source);
    const auto to = members_.find(pair.destination);
    if (from == members_.end() || to == members_.end()) {
      continue;  // of the device itself, or of a zone without interfaces
    }
    if (pair.source == pair.destination) {
      within.insert(pair.source);
    }
    RulesetRule rule = rule_at(pair.line);
    rule.matches = {of_interfaces(Field::in_interface, from->second),
                    of_interfaces(Field::out_interface, to->second)};
    rule.actions.emplace_back(pair.policy.empty()
                                  ? verdict(Verdict::Kind::drop)
                                  : verdict(Verdict::Kind::jump, policy_chain(pair.policy)));
    rules.push_back(std::move(rule));
  }
  for (const auto& [zone, interfaces] : members_) {
    all.insert(all.end(), interfaces.begin(), interfaces.end());
    if (!within.contains(zone)) {
      RulesetRule rule = rule_at(first_member_);
      rule.text = "within zone " + zone;
      rule.matches = {of_interfaces(Field::in_interface, interfaces),
                      of_interfaces(Field::out_interface, interfaces)};
      rule.actions.emplace_back(verdict(Verdict::Kind::accept));
      rules.push_back(std::move(rule));
    }
  }
  for (const Field field : {Field::in_interface, Field::out_interface}) {
    RulesetRule rule = rule_at(first_member_);
    rule.text = "no zone-pair";
    rule.matches = {of_interfaces(field, all)};
    rule.actions.emplace_back(verdict(Verdict::Kind::drop));
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::string Zones::policy_chain(const std::string& name) {
  std::string chain_name = "policy-map " + name;
  if (!made_.insert(chain_name).second) {
    return chain_name;
  }
  Chain chain;
  chain.name = chain_name;
  if (const auto found = policies_.find(name); found != policies_.end()) {
    chain.line = found->second->head.line;
    policy_rules(*found->second, chain);
  }
  // What no class takes is dropped.
  RulesetRule end;
  end.line = std::max(chain.line, 1U);
  end.text = "class class-default: drop";
  end.actions.emplace_back(verdict(Verdict::Kind::drop));
  chain.rules.push_back(std::move(end));
  chains_.push_back(std::move(chain));
  return chain_name;
}

void Zones::policy_rules(const ConfigBlock& block, Chain& chain) {
  std::string taken;
  for (const ConfigLine& line : block.lines) {
    Words words(line.text);
    if (words.take("class")) {
      if (words.take("type")) {
        words.next();
      }
      taken = words.next();
      continue;
    }
    RulesetRule rule = rule_at(line);
    const std::string_view what = words.peek();
    if (what == "inspect" || what == "pass" || what == "drop") {
      const ListUse use = what == "drop" ? ListUse::drop : ListUse::pass;
      rule.actions.push_back(taken == "class-default"
                                 ? of_use(use)
                                 : verdict(Verdict::Kind::jump, class_chain(taken, use, 0)));
    } else if (what != "description" && what != "police" && what != "service-policy") {
      rule.actions.emplace_back(UnknownAction{std::string(line.text)});
    }
    chain.rules.push_back(std::move(rule));
  }
}

std::string Zones::class_chain(const std::string& name, ListUse use, std::size_t depth) {
  std::string chain_name = "class-map " + name + (use == ListUse::drop ? " drop" : " pass");
  if (!made_.insert(chain_name).second) {
    return chain_name;
  }
  Chain chain;
  chain.name = chain_name;
  const auto found = classes_.find(name);
  if (found != classes_.end()) {
    chain.line = found->second->head.line;
    if (depth > kDeepest) {
      throw Stop{"ios-class-depth", chain.line, "class maps are nested too deep",
                 "flatten the class maps"};
    }
    class_rules(*found->second, use, depth, chain);
  }
  chains_.push_back(std::move(chain));
  return chain_name;
}

void Zones::class_rules(const ConfigBlock& block, ListUse use, std::size_t depth, Chain& chain) {
  Words head(block.head.text);
  head.next();
  if (head.take("type")) {
    head.next();
  }
  const bool any = head.peek() == "match-any";
  std::vector<RulesetRule> rules;
  for (const ConfigLine& line : block.lines) {
    if (starts_with_words(line.text, "match")) {
      rules.push_back(match_rule(line, use, depth));
    }
  }
  if (any || rules.size() < 2) {
    chain.rules = std::move(rules);
    return;
  }
  // All must hold: conditions before, and one jump at most.
  RulesetRule all = rule_at(block.head);
  std::size_t jumps = 0;
  for (RulesetRule& rule : rules) {
    const auto* jump = std::get_if<Verdict>(&rule.actions.front());
    if (jump == nullptr || !jump->chain.empty()) {
      ++jumps;
      all.actions = rule.actions;
    }
    std::ranges::move(rule.matches, std::back_inserter(all.matches));
  }
  if (jumps == 0) {
    all.actions.push_back(of_use(use));
  } else if (jumps > 1) {
    all.matches = {unknown_match("several lists at once")};
    all.actions = {of_use(use)};
  }
  chain.rules.push_back(std::move(all));
}

RulesetRule Zones::match_rule(const ConfigLine& line, ListUse use, std::size_t depth) {
  RulesetRule rule = rule_at(line);
  Words words(line.text);
  words.next();
  if (words.take("access-group")) {
    words.take("name");
    const std::string list(words.next());
    const auto chain = lists_->chain(list, use);
    rule.actions.push_back(chain ? Action(verdict(Verdict::Kind::jump, *chain)) : of_use(use));
    return rule;
  }
  if (words.take("class-map")) {
    rule.actions.emplace_back(
        verdict(Verdict::Kind::jump, class_chain(std::string(words.next()), use, depth + 1)));
    return rule;
  }
  rule.actions.push_back(of_use(use));
  const auto known = words.take("protocol")
                         ? std::ranges::find(kApplications, words.peek(), &Application::name)
                         : kApplications.end();
  words.next();
  if (known == kApplications.end() || !words.done()) {
    rule.matches.push_back(unknown_match(std::string(line.text)));
    return rule;
  }
  // ICMP of both families is inspected as one.
  rule.matches.push_back(
      known->protocol == 1 ? numbers_match(Field::protocol, {{1, 1}, {58, 58}})
                           : numbers_match(Field::protocol, {{known->protocol, known->protocol}}));
  if (known->port != 0) {
    rule.matches.push_back(numbers_match(Field::destination_port, {{known->port, known->port}}));
  }
  return rule;
}

}  // namespace pinhole::firewall::cisco
