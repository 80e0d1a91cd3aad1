// SPDX-License-Identifier: Apache-2.0
// Which ports a static port may have.
#include <algorithm>

#include <fmt/format.h>

#include "plan/rule_book.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Check;
using catalogue::PortRule;

constexpr Check kPortChecks[] = {Check::forbidden_port, Check::allowed_port, Check::known_port,
                                 Check::dynamic_range};

std::uint32_t low_of(const PortRule& rule) {
  return rule.low.value_or(0);
}

std::uint32_t high_of(const PortRule& rule) {
  return rule.high.value_or(0xffff);
}

bool is_within(const PortRule& rule, std::uint32_t port) {
  return port >= low_of(rule) && port <= high_of(rule);
}

std::string bounds_of(const PortRule& rule) {
  return rule.high ? fmt::format("{}-{}", low_of(rule), *rule.high)
                   : fmt::format("{} and up", low_of(rule));
}

bool objects(const RuleBook& book, const PortSet& dynamic, const PortRule& rule,
             std::uint16_t port) {
  switch (rule.check) {
    case Check::forbidden_port:
      return is_within(rule, port);
    case Check::allowed_port:
      return !is_within(rule, port);
    case Check::known_port:
      return is_within(rule, port) && !book.known_owner(port).empty();
    case Check::dynamic_range:
      return is_within(rule, port) && dynamic.contains(port);
    default:
      return false;
  }
}

/// How many ports a rule is against.
std::uint32_t width_of(const PortSet& dynamic, const PortRule& rule) {
  const std::uint32_t inside = high_of(rule) - low_of(rule) + 1;
  switch (rule.check) {
    case Check::allowed_port:
      return 0x10000 - inside;
    case Check::known_port:
      return 1;
    case Check::dynamic_range:
      return dynamic.count();
    default:
      return inside;
  }
}

std::string objection(const RuleBook& book, const PortSet& dynamic, const PortRule& rule,
                      std::uint16_t port) {
  switch (rule.check) {
    case Check::allowed_port:
      return fmt::format("outside {}: {}", bounds_of(rule), rule.rule);
    case Check::known_port:
      return fmt::format("the port of {}{}", book.known_owner(port), because(rule));
    case Check::dynamic_range:
      return fmt::format("inside the dynamic range {}{}", to_string(dynamic), because(rule));
    default:
      return fmt::format("{}{}", rule.rule, because(rule));
  }
}

/// A port of its own is no mistake: X.400 on 102.
bool is_default(const SettingValue& value) {
  return value.listener != nullptr && value.listener->default_port() == value.port;
}

const PortRule* strictest(const RuleBook& book, const Subject& subject, const PortSet& dynamic,
                          const catalogue::Setting& setting, std::uint16_t port) {
  const PortRule* worst = nullptr;
  const auto is_worse = [&](const PortRule& other) {
    const auto a = severity_of(other.level);
    const auto b = severity_of(worst->level);
    return a != b ? a > b : width_of(dynamic, other) < width_of(dynamic, *worst);
  };
  for (const Check check : kPortChecks) {
    for (const PortRule* rule : book.of(check)) {
      if (objects(book, dynamic, *rule, port) && (worst == nullptr || is_worse(*rule)) &&
          is_for(*rule, book, subject.product, setting, true)) {
        worst = rule;
      }
    }
  }
  return worst;
}

}  // namespace

void judge_port(const RuleBook& book, const Subject& subject, const SettingValue& value,
                Findings& findings) {
  if (!value.port || !value.is_static_port() || is_default(value)) {
    return;
  }
  const PortSet& dynamic =
      book.is_of_exchange(*value.setting) ? subject.dynamic : subject.windows_dynamic;
  if (const PortRule* worst = strictest(book, subject, dynamic, *value.setting, *value.port)) {
    findings.push_back(finding_of(
        *worst, subject, value,
        fmt::format("{}; {}", said(value), objection(book, dynamic, *worst, *value.port))));
  }
  for (const PortRule* rule : book.of(Check::internet_range)) {
    if (is_for(*rule, book, subject.product, *value.setting, true) &&
        subject.internet.contains(*value.port)) {
      findings.push_back(finding_of(
          *rule, subject, value,
          fmt::format(R"({}, among the ports of Rpc\Internet{})", said(value), because(*rule))));
    }
  }
}

void judge_ports(const RuleBook& book, const Subject& subject, Findings& findings) {
  for (const SettingValue& value : subject.values) {
    judge_port(book, subject, value, findings);
  }
}

}  // namespace pinhole::plan
