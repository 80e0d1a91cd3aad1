// SPDX-License-Identifier: Apache-2.0
#pragma once
// Security groups as the readers of Terraform's JSON and of the AWS CLI find them, and what their
// rules mean.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// Values are as the text has them.
struct AwsRule {
  std::string group;  // its id
  bool ingress = true;
  std::string protocol;  // tcp, 6, -1
  std::string from;      // port, or the type of ICMP; empty or -1: any
  std::string to;        // port, or the code of ICMP
  std::vector<std::string> networks;
  std::vector<std::string> groups;      // whose members are sources
  std::vector<std::string> unknown;     // other sources: prefix lists, expressions
  std::vector<std::string> conditions;  // on which it depends whether there is such a rule
  std::uint32_t line = 0;
};

class AwsGroups {
 public:
  void add_group(const std::string& id, std::uint32_t line);
  /// An interface with these addresses has the group; one that is no address may be any.
  void attach(const std::string& group, const std::vector<std::string>& addresses);
  void add(AwsRule rule) { rules_.push_back(std::move(rule)); }
  /// Something that may let anything in.
  void add_unknown(std::string text, std::uint32_t line);

  /// `all_attached`: the text shows every interface, so a group without one lets nothing in.
  [[nodiscard]] std::vector<Table> tables(bool all_attached) const;

 private:
  struct Group {
    std::uint32_t line = 0;
    bool shown = false;     // by the text, not only named
    bool attached = false;  // to an interface at least
    bool open = false;      // to one whose address is not known
    std::vector<Element> addresses;
  };
  struct Unknown {
    std::string text;
    std::uint32_t line = 0;
  };

  /// Of each group the set of its members in the table.
  using SetIndex = std::map<std::string, std::size_t>;

  [[nodiscard]] static RulesetRule made(const AwsRule& rule, const SetIndex& sets, Table& table);
  [[nodiscard]] static Match sources(const AwsRule& rule, const SetIndex& sets, Table& table);

  std::map<std::string, Group> groups_;
  std::vector<AwsRule> rules_;
  std::vector<Unknown> unknown_;
};

}  // namespace pinhole::firewall
