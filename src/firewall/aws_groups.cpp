// SPDX-License-Identifier: Apache-2.0
#include "firewall/aws_groups.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "firewall/iptables_values.hpp"
#include "firewall/value_lists.hpp"

namespace pinhole::firewall {
namespace {

/// A rule whose sources are several groups of more members is not spelled out.
constexpr std::size_t kMostCopied = 1'000'000;

bool is_any(const std::string& number) {
  return number.empty() || number == "-1";
}

std::string words_of(const AwsRule& rule) {
  std::string text =
      fmt::format("{} {} {}", rule.group, rule.ingress ? "in" : "out", rule.protocol);
  if (!is_any(rule.from) || !is_any(rule.to)) {
    text += fmt::format(" {}-{}", rule.from, rule.to);
  }
  for (const auto* list : {&rule.networks, &rule.groups, &rule.unknown}) {
    if (!list->empty()) {
      text += fmt::format(" {}", fmt::join(*list, ","));
    }
  }
  return text;
}

/// Of TCP and UDP from `from` to `to`; of ICMP a type and a code.
void add_ports(const AwsRule& rule, std::uint32_t protocol, RulesetRule& made) {
  const auto add = [&](Field field, const std::string& text, std::uint64_t most) {
    const auto value = number_value(text, most);
    Match match = unknown_match(fmt::format("port {}", text));
    if (value) {
      match = {};
      match.fields = {field};
      match.elements = {*value};
    }
    made.matches.push_back(std::move(match));
  };
  if (protocol == 1 || protocol == 58) {
    if (!is_any(rule.from)) {
      add(Field::icmp_type, rule.from, 255);
    }
    if (!is_any(rule.to)) {
      add(Field::icmp_code, rule.to, 255);
    }
  } else if ((protocol == 6 || protocol == 17) && !(is_any(rule.from) && is_any(rule.to))) {
    add(Field::destination_port, rule.from + "-" + rule.to, 65535);
  }
}

void add_service(const AwsRule& rule, RulesetRule& made) {
  if (rule.protocol == "-1" || rule.protocol == "all") {
    return;
  }
  std::string word;
  std::ranges::transform(rule.protocol, std::back_inserter(word), lower_letter);
  const auto numbers = word == "0" ? std::nullopt : iptables::protocol(word);
  if (!numbers || numbers->size() != 1) {
    made.matches.push_back(unknown_match("protocol " + rule.protocol));
    return;
  }
  const std::uint32_t protocol = std::get<NumberRange>(numbers->front().front()).first;
  made.matches.push_back(match_of_number(Field::protocol, protocol));
  add_ports(rule, protocol, made);
}

}  // namespace

void AwsGroups::add_group(const std::string& id, std::uint32_t line) {
  Group& group = groups_[id];
  group.shown = true;
  group.line = line;
}

void AwsGroups::attach(const std::string& group, const std::vector<std::string>& addresses) {
  Group& attached = groups_[group];
  attached.attached = true;
  attached.open = attached.open || addresses.empty();
  for (const std::string& text : addresses) {
    auto address = address_value(text);
    attached.open = attached.open || !address;
    if (address) {
      attached.addresses.push_back(*std::move(address));
    }
  }
}

void AwsGroups::add_unknown(std::string text, std::uint32_t line) {
  unknown_.push_back({std::move(text), line});
}

Match AwsGroups::sources(const AwsRule& rule, const SetIndex& sets, Table& table) {
  NamedSet values;
  values.fields = {Field::source};
  values.open = !rule.unknown.empty();
  for (const std::string& network : rule.networks) {
    auto value = address_value(network);
    values.open = values.open || !value;
    if (value) {
      values.elements.push_back(*std::move(value));
    }
  }
  Match match;
  match.fields = {Field::source};
  // One group as the only source is the set of its members, which need not be copied.
  if (rule.groups.size() == 1 && values.elements.empty() && !values.open) {
    match.set = rule.groups.front();
    return match;
  }
  for (const std::string& group : rule.groups) {
    const NamedSet& members = table.sets[sets.at(group)];
    values.open = values.open || members.open ||
                  values.elements.size() + members.elements.size() > kMostCopied;
    if (!values.open) {
      values.elements.insert(values.elements.end(), members.elements.begin(),
                             members.elements.end());
    }
  }
  if (values.open) {
    values.name = match.set = fmt::format("sources {}", table.sets.size() + 1);
    table.sets.push_back(std::move(values));
  } else {
    match.elements = std::move(values.elements);
  }
  return match;
}

RulesetRule AwsGroups::made(const AwsRule& rule, const SetIndex& sets, Table& table) {
  RulesetRule made;
  made.line = rule.line;
  made.text = words_of(rule);
  Match members;
  members.fields = {rule.ingress ? Field::destination : Field::source};
  members.set = rule.group;
  made.matches.push_back(std::move(members));
  if (rule.ingress) {
    made.matches.push_back(sources(rule, sets, table));
  }
  add_service(rule, made);
  for (const std::string& condition : rule.conditions) {
    made.matches.push_back(unknown_match(condition));
  }
  made.actions.emplace_back(Verdict{Verdict::Kind::accept, {}});
  return made;
}

std::vector<Table> AwsGroups::tables(bool all_attached) const {
  Table table;
  table.name = "security-groups";
  table.chains.resize(2);
  table.chains[0].name = "ingress";
  table.chains[0].hook = Hook::forward;
  table.chains[1].name = "egress";
  std::map<std::string, Group> groups = groups_;
  for (const AwsRule& rule : rules_) {
    groups.try_emplace(rule.group);
    for (const std::string& source : rule.groups) {
      groups.try_emplace(source);
    }
  }
  SetIndex sets;
  for (auto& [id, group] : groups) {
    sets[id] = table.sets.size();
    NamedSet set;
    set.name = id;
    set.elements = std::move(group.addresses);
    set.open = group.open || (!group.attached && !(all_attached && group.shown));
    table.sets.push_back(std::move(set));
  }
  for (Chain& chain : table.chains) {
    chain.accept_at_end = false;
    chain.line = 1;
  }
  for (const Unknown& unknown : unknown_) {
    RulesetRule rule;
    rule.line = unknown.line;
    rule.text = unknown.text;
    rule.actions.emplace_back(UnknownAction{unknown.text});
    table.chains[0].rules.push_back(std::move(rule));
  }
  for (const AwsRule& rule : rules_) {
    table.chains[rule.ingress ? 0 : 1].rules.push_back(made(rule, sets, table));
  }
  std::vector<Table> tables;
  tables.push_back(std::move(table));
  return tables;
}

}  // namespace pinhole::firewall
