// SPDX-License-Identifier: Apache-2.0
#pragma once
// The zone-based policy firewall of IOS: class maps and policy maps of type inspect as chains, and
// the chain that leads pairs of zones to them.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/cisco_config.hpp"
#include "firewall/ios_lists.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall::cisco {

class Zones {
 public:
  explicit Zones(AccessLists& lists) : lists_(&lists) {}

  /// `class-map`, `policy-map` and `zone-pair` blocks; false where it is none.
  bool add(const ConfigBlock& block);
  void add_member(const std::string& zone, const std::string& interface, const ConfigLine& line);

  /// Rules of the chain on `forward`, none where no interface is in a zone.
  [[nodiscard]] std::vector<RulesetRule> rules();
  /// The chains that they lead to, after rules().
  [[nodiscard]] std::vector<Chain> take_chains() { return std::move(chains_); }

  /// A policy map (of any type) has a line that drops.
  [[nodiscard]] bool drops(std::string_view policy_map) const;

 private:
  struct Pair {
    ConfigLine line;
    std::string source;
    std::string destination;
    std::string policy;
  };

  std::string policy_chain(const std::string& name);
  void policy_rules(const ConfigBlock& block, Chain& chain);
  std::string class_chain(const std::string& name, ListUse use, std::size_t depth);
  void class_rules(const ConfigBlock& block, ListUse use, std::size_t depth, Chain& chain);
  [[nodiscard]] RulesetRule match_rule(const ConfigLine& line, ListUse use, std::size_t depth);

  AccessLists* lists_;
  std::map<std::string, const ConfigBlock*, std::less<>> classes_;
  std::map<std::string, const ConfigBlock*, std::less<>> policies_;
  std::vector<Pair> pairs_;
  std::map<std::string, std::vector<std::string>> members_;  // interfaces by zone
  ConfigLine first_member_;
  std::set<std::string> made_;
  std::vector<Chain> chains_;
};

}  // namespace pinhole::firewall::cisco
