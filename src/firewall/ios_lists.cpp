// SPDX-License-Identifier: Apache-2.0
#include "firewall/ios_lists.hpp"

#include <algorithm>
#include <utility>

#include "firewall/cisco_values.hpp"

namespace pinhole::firewall::cisco {
namespace {

constexpr std::uint64_t kStep = 10;
constexpr std::uint64_t kMostSequence = 0xffffffff;

Style numbered_style(std::string_view name) {
  const auto number = parse_decimal(name, 0, 99'999).value_or(100);
  const bool standard = (number >= 1 && number <= 99) || (number >= 1300 && number <= 1999);
  return standard ? Style::ios_standard : Style::ios;
}

std::string_view suffix(ListUse use) {
  switch (use) {
    case ListUse::filter:
      return "";
    case ListUse::pass:
      return " pass";
    case ListUse::drop:
      return " drop";
    case ListUse::hide:
      break;
  }
  return " hide";
}

Action permitted(ListUse use) {
  if (use == ListUse::hide) {
    Nat nat;
    nat.kind = Nat::Kind::masquerade;
    return nat;
  }
  return Verdict{use == ListUse::drop ? Verdict::Kind::drop : Verdict::Kind::accept, {}};
}

Action denied(ListUse use) {
  return Verdict{use == ListUse::filter ? Verdict::Kind::drop : Verdict::Kind::leave, {}};
}

}  // namespace

bool AccessLists::add(const ConfigBlock& block) {
  Words words(block.head.text);
  if (words.take("access-list")) {
    const std::string name(words.next());
    List& list = lists_[name];
    list.style = numbered_style(name);
    list.line = list.line.line == 0 ? block.head : list.line;
    add_entry(list, block.head, std::move(words));
    return true;
  }
  const bool v6 = words.take("ipv6");
  if ((!v6 && !words.take("ip")) || !words.take("access-list")) {
    return false;
  }
  const std::string_view kind = v6 ? std::string_view() : words.next();
  if (!v6 && kind != "extended" && kind != "standard") {
    return true;  // resequence, logging and the like
  }
  List& list = lists_[std::string(words.next())];
  list.style = v6 ? Style::ios_v6 : kind == "standard" ? Style::ios_standard : Style::ios;
  list.line = list.line.line == 0 ? block.head : list.line;
  for (const ConfigLine& line : block.lines) {
    add_entry(list, line, Words(line.text));
  }
  return true;
}

void AccessLists::add_entry(List& list, const ConfigLine& line, Words words) {
  words.take("sequence");
  std::optional<std::uint64_t> sequence = parse_decimal(words.peek(), 0, kMostSequence);
  if (sequence) {
    words.next();
  }
  if (words.peek() == "remark" || words.peek() == "statistics") {
    return;
  }
  Entry entry;
  entry.sequence = sequence.value_or(list.last + kStep);
  entry.line = line.line;
  if (words.peek() == "permit" || words.peek() == "deny") {
    entry.rules = entries_->read(line, std::move(words), list.style);
  } else {
    RulesetRule& rule = entry.rules.emplace_back();
    rule.line = line.line;
    rule.text = line.text;
    if (words.peek() != "evaluate") {
      rule.actions.emplace_back(UnknownAction{std::string(line.text)});
    }
  }
  list.sorted = list.sorted && entry.sequence >= list.last;
  list.last = std::max(list.last, entry.sequence);
  list.entries.push_back(std::move(entry));
}

std::optional<std::string> AccessLists::chain(const std::string& name, ListUse use) {
  const auto found = lists_.find(name);
  if (found == lists_.end() || found->second.entries.empty()) {
    return std::nullopt;
  }
  List& list = found->second;
  if (!list.sorted) {
    std::ranges::sort(list.entries, {},
                      [](const Entry& each) { return std::pair(each.sequence, each.line); });
    list.sorted = true;
  }
  used_.emplace(name, use);
  return name + std::string(suffix(use));
}

bool AccessLists::is_v6(const std::string& name) const {
  const auto found = lists_.find(name);
  return found != lists_.end() && found->second.style == Style::ios_v6;
}

std::vector<std::string> AccessLists::names(bool v6) const {
  std::vector<std::string> names;
  for (const auto& [name, list] : lists_) {
    if ((list.style == Style::ios_v6) == v6 && !list.entries.empty()) {
      names.push_back(name);
    }
  }
  return names;
}

Chain AccessLists::chain_of(const List& list, std::string name, ListUse use) {
  Chain chain;
  chain.name = std::move(name);
  chain.line = list.line.line;
  for (const Entry& entry : list.entries) {
    for (RulesetRule rule : entry.rules) {
      for (Action& action : rule.actions) {
        if (const auto* verdict = std::get_if<Verdict>(&action)) {
          action = verdict->kind == Verdict::Kind::accept ? permitted(use) : denied(use);
        }
      }
      chain.rules.push_back(std::move(rule));
    }
  }
  if (list.style == Style::ios_v6 && use == ListUse::filter) {
    // Who looks for a neighbour is let through unless an entry before says otherwise.
    RulesetRule& rule = chain.rules.emplace_back();
    rule.matches = {numbers_match(Field::family, {{6, 6}}),
                    numbers_match(Field::protocol, {{58, 58}}),
                    numbers_match(Field::icmp_type, {{135, 136}})};
    rule.actions.push_back(permitted(use));
    rule.line = list.line.line;
    rule.text = "implicit: permit icmp any any nd-na, nd-ns";
  }
  return chain;
}

std::vector<Chain> AccessLists::chains() const {
  std::vector<Chain> all;
  all.reserve(used_.size());
  for (const auto& [name, use] : used_) {
    all.push_back(chain_of(lists_.find(name)->second, name + std::string(suffix(use)), use));
  }
  return all;
}

}  // namespace pinhole::firewall::cisco
