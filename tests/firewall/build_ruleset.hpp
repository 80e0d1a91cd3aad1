// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rule sets written down in a test, without a reader.

#include <string>
#include <utility>
#include <vector>

#include "firewall/address_number.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::support {

using firewall::Field;

inline firewall::Match match(Field field, std::vector<firewall::Value> values) {
  firewall::Match match;
  match.fields = {field};
  for (firewall::Value& value : values) {
    match.elements.push_back({std::move(value)});
  }
  return match;
}

inline firewall::Match is(Field field, std::uint32_t number) {
  return match(field, {firewall::NumberRange{number, number}});
}

inline firewall::Match port(std::uint32_t first, std::uint32_t last = 0) {
  return match(Field::destination_port, {firewall::NumberRange{first, last == 0 ? first : last}});
}

inline firewall::Match on(Field field, const char* prefix) {
  return match(field, {firewall::range_of(parse_prefix(prefix).value())});
}

inline firewall::Match interface(Field field, const char* name) {
  return match(field, {firewall::InterfaceName{name, false}});
}

inline firewall::Match unknown(std::string text) {
  firewall::Match match;
  match.unknown = std::move(text);
  return match;
}

inline firewall::Match negated(firewall::Match match) {
  match.negated = true;
  return match;
}

inline firewall::Verdict accept() {
  return {firewall::Verdict::Kind::accept, ""};
}
inline firewall::Verdict drop() {
  return {firewall::Verdict::Kind::drop, ""};
}
inline firewall::Verdict jump(std::string chain) {
  return {firewall::Verdict::Kind::jump, std::move(chain)};
}

inline firewall::RulesetRule rule(std::uint32_t line, std::vector<firewall::Match> matches,
                                  firewall::Action action) {
  return {std::move(matches), {std::move(action)}, line, "rule " + std::to_string(line)};
}

inline firewall::Chain base_chain(std::string name, firewall::Hook hook, std::int32_t priority,
                                  bool accept_at_end, std::vector<firewall::RulesetRule> rules) {
  return {std::move(name), hook, priority, accept_at_end, "", std::move(rules), 1};
}

inline firewall::Chain forward(std::vector<firewall::RulesetRule> rules) {
  return base_chain("forward", firewall::Hook::forward, 0, false, std::move(rules));
}

inline firewall::Ruleset ruleset(std::vector<firewall::Chain> chains) {
  firewall::Table table;
  table.name = "filter";
  table.chains = std::move(chains);
  return {"rules.nft", "nftables", {std::move(table)}};
}

inline firewall::Nat dnat(const char* address) {
  const IpAddress to = parse_address(address).value();
  return {firewall::Nat::Kind::dnat, {firewall::AddressRange{to, to}, std::nullopt}, std::nullopt};
}

}  // namespace pinhole::support
