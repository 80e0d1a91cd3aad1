// SPDX-License-Identifier: Apache-2.0
#include "plan/port_limits.hpp"

#include <algorithm>

namespace pinhole::plan {
namespace {

using catalogue::Check;
using catalogue::Level;
using catalogue::PortRule;

PortRange bounds_of(const PortRule& rule) {
  return {static_cast<std::uint16_t>(std::min(rule.low.value_or(0), 65535U)),
          static_cast<std::uint16_t>(std::min(rule.high.value_or(65535), 65535U))};
}

void insert_within(PortSet& to, PortRange range, PortRange bounds) {
  const PortRange part{std::max(range.first, bounds.first), std::min(range.last, bounds.last)};
  if (part.first <= part.last) {
    to.insert(part);
  }
}

/// What one rule forbids.
PortSet ports_against(const RuleBook& book, const PortRule& rule, const PortContext& context) {
  PortSet ports;
  const PortRange bounds = bounds_of(rule);
  switch (rule.check) {
    case Check::forbidden_port:
      ports.insert(bounds);
      break;
    case Check::allowed_port:
      ports.insert({0, UINT16_MAX});
      ports.erase(bounds);
      break;
    case Check::known_port:
      for (const auto& [port, owner] : book.known()) {
        insert_within(ports, {port, port}, bounds);
      }
      break;
    case Check::dynamic_range:
      for (const PortRange& range : context.dynamic.ranges()) {
        insert_within(ports, range, bounds);
      }
      break;
    case Check::internet_range:
      return context.internet;
    default:
      break;
  }
  return ports;
}

constexpr Check kPortChecks[] = {Check::forbidden_port, Check::allowed_port, Check::known_port,
                                 Check::dynamic_range, Check::internet_range};

/// All rules about one static port that mean this setting.
Rules rules_for(const RuleBook& book, const PortContext& context,
                const catalogue::Setting& setting) {
  Rules found;
  for (const Check check : kPortChecks) {
    for (const PortRule* rule : book.of(check)) {
      if (is_for(*rule, book, context.product, setting, true)) {
        found.push_back(rule);
      }
    }
  }
  return found;
}

PortSet& set_for(PortLimits& limits, const PortRule& rule) {
  if (rule.level == Level::error) {
    return limits.errors;
  }
  if (rule.level == Level::warning) {
    return limits.warnings;
  }
  return rule.check == Check::allowed_port ? limits.advice : limits.notes;
}

}  // namespace

PortLimits port_limits(const RuleBook& book, const PortContext& context,
                       const catalogue::Setting& setting) {
  PortLimits limits;
  for (const PortRule* rule : rules_for(book, context, setting)) {
    set_for(limits, *rule).insert(ports_against(book, *rule, context));
  }
  return limits;
}

Rules rules_against(const RuleBook& book, const PortContext& context,
                    const catalogue::Setting& setting, PortRange ports) {
  Rules found = rules_for(book, context, setting);
  std::erase_if(found, [&](const PortRule* rule) {
    const PortSet against = ports_against(book, *rule, context);
    return rule->level != Level::error ||
           std::ranges::none_of(against.ranges(), [&](const PortRange& range) {
             return range.first <= ports.last && ports.first <= range.last;
           });
  });
  return found;
}

std::optional<std::uint16_t> advised_port(const catalogue::Setting& setting,
                                          std::string_view version) {
  const bool is_for_it =
      std::ranges::find(setting.advised_for, version) != setting.advised_for.end();
  return is_for_it ? setting.advised : std::nullopt;
}

}  // namespace pinhole::plan
