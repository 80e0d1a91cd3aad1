// SPDX-License-Identifier: Apache-2.0
#include "plan/port_limits.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace pinhole::plan {
namespace {

using catalogue::Check;
using catalogue::Level;
using catalogue::PortRule;

struct Advice {
  std::string_view setting;
  std::string_view version;
  std::uint16_t port;
};

// The worked examples: KB Q155831 for the store (its 5000 for the directory is advised against by
// CHOOSE-5000-EDGE), Exchange 2007's three, 2010's two; 5722 is what DFSR of Windows Server 2008
// takes by itself (KB 832017).
constexpr auto kAdvice = std::to_array<Advice>({
    {"is-tcp-port-5.5", "4.0", 5001},
    {"is-tcp-port-5.5", "5.0", 5001},
    {"is-tcp-port-5.5", "5.5", 5001},
    {"is-tcp-port", "2007", 56001},
    {"sa-tcp-port", "2007", 56002},
    {"sa-nspi-port", "2007", 56004},
    {"rca-tcp-port", "2010", 59532},
    {"ab-rpctcpport", "2010", 59533},
    {"ab-rpctcpport-config", "2010", 59533},
});

struct Slot {
  std::string_view setting;
  std::uint16_t slot;
};

// The last digits of 6001, 6002 and 6004, which people know, come back: 5001, 5002 and 5004.
constexpr auto kSlots = std::to_array<Slot>({
    {"is-tcp-port-5.5", 0},
    {"is-tcp-port", 0},
    {"sa-tcp-port-5.5", 1},
    {"sa-tcp-port", 1},
    {"ds-tcp-port", 2},
    {"sa-nspi-port", 3},
    {"mta-rpc-port", 4},
    {"srs-tcp-port", 5},
    {"rca-tcp-port", 6},
    {"ab-rpctcpport", 7},
    {"ab-rpctcpport-config", 7},
    {"ntds-tcp-port", 9},
    {"netlogon-tcp-port", 10},
    {"frs-tcp-port", 11},
    {"dfsr-tcp-port", 12},
    {"adcs-endpoints", 13},
});

bool has(catalogue::Texts texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

bool is_for(const PortRule& rule, const PortContext& context, std::string_view setting) {
  return (rule.versions.empty() || has(rule.versions, context.version)) &&
         (rule.settings.empty() || has(rule.settings, setting)) && !has(rule.except, setting);
}

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

bool is_advised(std::uint16_t port) {
  return std::ranges::find(kAdvice, port, &Advice::port) != kAdvice.end();
}

/// Numbers that some protocol is known for; rows of whole ranges name no protocol's own port, and
/// the examples of static ports are there for services such as these.
void insert_known(PortSet& to, const catalogue::Catalogue& catalogue, PortRange bounds) {
  constexpr int kWide = 64;
  for (const catalogue::PortUse& use : catalogue.ports) {
    if (!has(use.transports, "tcp")) {
      continue;
    }
    for (const auto& ranges : {use.ports, use.ssl_ports}) {
      for (const PortRange& range : ranges) {
        if (range.last - range.first < kWide && !is_advised(range.first)) {
          insert_within(to, range, bounds);
        }
      }
    }
  }
}

/// What one rule forbids.
PortSet ports_against(const catalogue::Catalogue& catalogue, const PortRule& rule,
                      const PortContext& context) {
  PortSet ports;
  const PortRange bounds = bounds_of(rule);
  switch (rule.check) {
    case Check::forbidden_port:
      ports.insert(bounds);
      break;
    case Check::allowed_port:
      ports.insert({0, 65535});
      ports.erase(bounds);
      break;
    case Check::known_port:
      insert_known(ports, catalogue, bounds);
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

PortLimits port_limits(const catalogue::Catalogue& catalogue, const PortContext& context,
                       std::string_view setting) {
  PortLimits limits;
  for (const PortRule& rule : catalogue.rules) {
    const bool counts = rule.level <= Level::note && is_for(rule, context, setting);
    if (!counts) {
      continue;
    }
    for (const PortRange& range : ports_against(catalogue, rule, context).ranges()) {
      set_for(limits, rule).insert(range);
    }
  }
  return limits;
}

std::vector<const PortRule*> rules_against(const catalogue::Catalogue& catalogue,
                                           const PortContext& context, std::string_view setting,
                                           PortRange ports) {
  std::vector<const PortRule*> found;
  for (const PortRule& rule : catalogue.rules) {
    if (rule.level != Level::error || !is_for(rule, context, setting)) {
      continue;
    }
    const PortSet against = ports_against(catalogue, rule, context);
    const bool meets = std::ranges::any_of(against.ranges(), [&](const PortRange& range) {
      return range.first <= ports.last && ports.first <= range.last;
    });
    if (meets) {
      found.push_back(&rule);
    }
  }
  return found;
}

std::optional<std::uint16_t> advised_port(std::string_view setting, std::string_view version) {
  for (const Advice& each : kAdvice) {
    if (each.setting == setting && each.version == version) {
      return each.port;
    }
  }
  return std::nullopt;
}

std::optional<std::uint16_t> slot_of(std::string_view setting) {
  const auto* const at = std::ranges::find(kSlots, setting, &Slot::setting);
  return at == kSlots.end() ? std::nullopt : std::optional(at->slot);
}

}  // namespace pinhole::plan
