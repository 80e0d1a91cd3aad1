// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_tables.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

namespace pinhole::firewall {
namespace {

std::optional<TableFamily> family_of(std::string_view word) {
  if (word == "ip") {
    return TableFamily::ip;
  }
  if (word == "ip6") {
    return TableFamily::ip6;
  }
  return word == "inet" || word == "netdev" ? std::optional(TableFamily::inet) : std::nullopt;
}

/// A base chain that does with packets what nobody knows.
Chain unknown_chain(const NftChain& from, Hook hook, std::string text) {
  Chain chain;
  chain.name = from.chain.name;
  chain.hook = hook;
  chain.priority = std::numeric_limits<std::int32_t>::max();
  chain.line = from.chain.line;
  RulesetRule rule;
  rule.actions.emplace_back(UnknownAction{text});
  rule.line = from.chain.line;
  rule.text = std::move(text);
  if (!from.devices.empty()) {
    Match match;
    match.fields = {Field::out_interface};
    for (const std::string& device : from.devices) {
      match.elements.push_back({InterfaceName{device, false}});
    }
    rule.matches.push_back(std::move(match));
  }
  chain.rules.push_back(std::move(rule));
  return chain;
}

void finish_chain(NftChain& chain, Table& table) {
  if (chain.elsewhere) {
    return;
  }
  if (chain.egress) {
    table.chains.push_back(
        unknown_chain(chain, Hook::postrouting, "chain " + chain.chain.name + " on egress"));
    return;
  }
  if (chain.devices.empty()) {
    table.chains.push_back(std::move(chain.chain));
    return;
  }
  for (const std::string& device : chain.devices) {
    Chain one = chain.chain;
    one.device = device;
    // Names are unique in a table; nobody jumps to a base chain.
    one.name += chain.devices.size() > 1 ? "@" + device : "";
    table.chains.push_back(std::move(one));
  }
}

Table finish_table(NftTable& from) {
  Table table;
  table.name = from.name;
  const auto family = family_of(from.family);
  table.family = family.value_or(TableFamily::inet);
  for (NftChain& chain : from.chains) {
    if (!family && chain.chain.hook && (!chain.chain.rules.empty() || !chain.chain.accept_at_end)) {
      chain.devices.clear();
      table.chains.push_back(
          unknown_chain(chain, *chain.chain.hook, "table " + from.family + " " + from.name));
    } else if (family) {
      finish_chain(chain, table);
    }
  }
  for (auto& [name, set] : from.sets) {
    switch (set.kind) {
      case NftSet::Kind::set:
        table.sets.push_back(std::move(set.set));
        break;
      case NftSet::Kind::verdicts:
        table.verdict_maps.push_back(std::move(set.verdicts));
        break;
      case NftSet::Kind::targets:
        table.nat_maps.push_back(std::move(set.targets));
        break;
      case NftSet::Kind::other:
        break;
    }
  }
  return table;
}

}  // namespace

NftChain& NftTable::chain(std::string_view chain_name, std::uint32_t at) {
  if (const auto found = by_name_.find(chain_name); found != by_name_.end()) {
    return *found->second;
  }
  NftChain& added = chains.emplace_back();
  added.chain.name = chain_name;
  added.chain.line = at;
  by_name_.emplace(chain_name, &added);
  return added;
}

NftTable& NftTables::table(std::string_view family, std::string_view name, std::uint32_t line) {
  const auto found = std::ranges::find_if(
      tables_, [&](const NftTable& each) { return each.family == family && each.name == name; });
  if (found != tables_.end()) {
    return *found;
  }
  NftTable& added = tables_.emplace_back();
  added.family = family;
  added.name = name;
  added.line = line;
  return added;
}

void NftTables::remove(std::string_view family, std::string_view name) {
  std::erase_if(tables_, [&](const NftTable& each) {
    return each.family == family && (name.empty() || each.name == name);
  });
}

std::vector<Table> NftTables::finish() {
  std::vector<Table> tables;
  for (NftTable& each : tables_) {
    if (!each.dormant && each.family != "arp") {
      tables.push_back(finish_table(each));
    }
  }
  tables_.clear();
  return tables;
}

}  // namespace pinhole::firewall
