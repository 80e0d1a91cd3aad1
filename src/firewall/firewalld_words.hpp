// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words of firewalld's files as matches: addresses, IP sets, ports, services, ICMP types, rules
// of the rich language (firewalld.richlanguage(5), firewalld.service(5), firewalld.ipset(5)).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/port_set.hpp"
#include "firewall/firewalld_files.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall::firewalld {

/// Alternatives, each a list of matches that must all hold.
using Cases = std::vector<std::vector<Match>>;

[[nodiscard]] Match unknown(std::string text);
[[nodiscard]] Match numbers(Field field, const std::vector<NumberRange>& ranges);

enum class Side : std::uint8_t { source, destination };

class Words {
 public:
  /// The configuration must outlive this. Throws Stop.
  explicit Words(const Configuration& configuration);

  /// `address`, `ipset` or `mac` of a node, and `invert`; none of them: nothing to match.
  [[nodiscard]] std::vector<Match> addresses(const pugi::xml_node& node, Side side) const;
  /// A service by name, those that it includes too.
  [[nodiscard]] Cases service(const std::string& name) const;
  /// What <port>, <source-port>, <protocol>, <service>, <icmp-type> or <icmp-block> matches; none
  /// for other elements.
  [[nodiscard]] std::optional<Cases> element(const pugi::xml_node& node) const;
  /// <rule>'s family, source and destination.
  [[nodiscard]] std::vector<Match> rule_addresses(const pugi::xml_node& rule) const;

  [[nodiscard]] std::vector<NamedSet> take_sets() { return std::move(sets_); }

 private:
  struct SetKind {
    std::uint32_t family = 4;
    bool addresses = false;  // else of a type that is not understood
    bool ports = false;      // with their protocols and ports
  };

  void add_set(const std::string& name, const File& file);
  void add_service(const std::string& name, std::vector<std::string>& seen, Cases& cases) const;

  const Configuration* configuration_;
  std::map<std::string, SetKind, std::less<>> kinds_;
  std::vector<NamedSet> sets_;
};

/// `135`, `49152-65535`.
[[nodiscard]] std::optional<PortRange> port_range(std::string_view text);

}  // namespace pinhole::firewall::firewalld
