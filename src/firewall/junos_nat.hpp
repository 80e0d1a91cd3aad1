// SPDX-License-Identifier: Apache-2.0
#pragma once
// `security nat` of a Junos configuration (Juniper, Network Address Translation User Guide): static
// and destination translation before the policies are asked, source translation behind them. Rule
// sets by interface come before those by zone; in a rule set the first rule decides.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firewall/junos_objects.hpp"
#include "firewall/zone_read.hpp"

namespace pinhole::firewall {

class JunosNat {
 public:
  /// The words below `security nat`.
  void take(std::span<const std::string> words, std::uint32_t line);
  /// Adds the chains of translation to the table, where there are any.
  void chains(RuleMaker& maker, JunosObjects& objects) const;

 private:
  /// Where packets come from or go to.
  struct Side {
    std::vector<std::string> zones;
    std::vector<std::string> interfaces;
    std::string unknown;
  };
  struct NatRule {
    std::string name;
    std::vector<std::string> sources;  // keys of addresses
    std::vector<std::string> destinations;
    std::vector<std::string> applications;
    std::vector<NumberRange> source_ports;
    std::vector<NumberRange> ports;
    std::vector<std::string> protocols;
    std::vector<std::string> unknown;
    std::vector<std::string> then;
    std::uint32_t line = 0;
    RuleText text;
  };
  struct RuleSet {
    Side from;
    Side to;
    std::vector<NatRule> rules;
  };
  struct Pool {
    std::optional<AddressRange> address;
    std::optional<std::uint32_t> port;
    std::string unknown;
  };
  using RuleSets = std::map<std::string, RuleSet>;

  static void side(Side& side, std::span<const std::string> words);
  static void rule_set(RuleSet& set, std::span<const std::string> words, std::uint32_t line,
                       std::map<std::string, AddressRange>& literals);
  static void match(NatRule& rule, std::span<const std::string> words,
                    std::map<std::string, AddressRange>& literals);
  void pool(std::span<const std::string> words);
  [[nodiscard]] static RulesetRule begin(const NatRule& rule, RuleMaker& maker,
                                         JunosObjects& objects);
  static void add_side(RulesetRule& to, const Side& side, Field field, RuleMaker& maker,
                       JunosObjects& objects);
  [[nodiscard]] static std::vector<const RuleSet*> ordered(const RuleSets& sets);
  [[nodiscard]] Action destination_action(const NatRule& rule) const;
  [[nodiscard]] static Action source_action(const NatRule& rule);
  void static_rules(const RuleSet& set, Chain& arriving, Chain& leaving, RuleMaker& maker,
                    JunosObjects& objects) const;

  RuleSets static_;
  RuleSets destination_;
  RuleSets source_;
  std::map<std::string, Pool> pools_;
  std::map<std::string, AddressRange> literals_;  // by their keys
};

}  // namespace pinhole::firewall
