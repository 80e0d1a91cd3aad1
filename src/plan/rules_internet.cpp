// SPDX-License-Identifier: Apache-2.0
// Rpc\Internet, where three values make one configuration (KB 154596).
#include <algorithm>

#include <fmt/format.h>

#include "plan/rule_book.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Check;
using catalogue::PortRule;

struct Internet {
  const SettingValue* ports = nullptr;
  const SettingValue* available = nullptr;
  const SettingValue* use = nullptr;
};

Internet internet_of(const Subject& subject) {
  return {subject.find("rpc-internet-ports"), subject.find("rpc-internet-available"),
          subject.find("rpc-internet-use")};
}

char letter_of(const SettingValue* value) {
  const std::string text =
      value == nullptr || value->found == nullptr ? "" : value->found->sz().value_or("");
  return text.size() != 1 ? '\0' : text == "y" || text == "Y" ? 'Y' : 'N';
}

/// What is wrong between the three; empty if nothing.
std::string disagreement(const Internet& internet) {
  if (internet.ports == nullptr) {
    return R"(Rpc\Internet has no Ports)";
  }
  if (internet.available == nullptr || internet.use == nullptr) {
    return fmt::format(R"(Rpc\Internet has Ports, but no {})", internet.available == nullptr
                                                                   ? "PortsInternetAvailable"
                                                                   : "UseInternetPorts");
  }
  const char available = letter_of(internet.available);
  const char use = letter_of(internet.use);
  if (available == '\0' || use == '\0' || available == use) {
    return {};
  }
  return fmt::format(
      "PortsInternetAvailable is {} and UseInternetPorts is {}: services take the ports that are "
      "not listed",
      available, use);
}

/// How many ports of the set lie in the bounds of a rule.
std::uint32_t count_within(const PortSet& ports, const PortRule& rule) {
  PortSet inside = ports;
  if (const std::uint32_t low = rule.low.value_or(0); low > 0) {
    inside.erase({0, static_cast<std::uint16_t>(low - 1)});
  }
  if (const std::uint32_t high = rule.high.value_or(0xffff); high < 0xffff) {
    inside.erase({static_cast<std::uint16_t>(high + 1), 0xffff});
  }
  return inside.count();
}

void judge_count(const RuleBook& book, const Subject& subject, const SettingValue& ports,
                 Findings& findings) {
  const PortRule* worst = nullptr;
  for (const PortRule* rule : book.of(Check::internet_count)) {
    const bool broken = count_within(subject.internet, *rule) < rule->count.value_or(0);
    const bool worse = worst == nullptr || severity_of(rule->level) > severity_of(worst->level) ||
                       (rule->level == worst->level && rule->count < worst->count);
    if (broken && worse) {
      worst = rule;
    }
  }
  if (worst != nullptr) {
    findings.push_back(finding_of(
        *worst, subject, ports,
        fmt::format(R"(Rpc\Internet lists {} ports ({}); {}{})", subject.internet.count(),
                    to_string(subject.internet), worst->rule, because(*worst))));
  }
}

}  // namespace

void judge_internet(const RuleBook& book, const Subject& subject, Findings& findings) {
  const Internet internet = internet_of(subject);
  const SettingValue* any = internet.ports != nullptr       ? internet.ports
                            : internet.available != nullptr ? internet.available
                                                            : internet.use;
  if (any == nullptr) {
    return;
  }
  if (const std::string wrong = disagreement(internet); !wrong.empty()) {
    for (const PortRule* rule : book.of(Check::internet_combination)) {
      findings.push_back(finding_of(*rule, subject, *any, wrong));
    }
  } else if (internet.ports != nullptr && !subject.internet.empty()) {
    judge_count(book, subject, *internet.ports, findings);
  }
}

}  // namespace pinhole::plan
