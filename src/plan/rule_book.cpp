// SPDX-License-Identifier: Apache-2.0
#include "plan/rule_book.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pinhole::plan {
namespace {

using catalogue::Level;
using catalogue::PortRule;

// Rows of ports for whatever a Windows server may run besides Exchange.
constexpr std::string_view kWindowsRows = "Windows generally";
// Wider than this, a range says what is possible and not who listens.
constexpr int kWidestKnown = 16;

void note_ports(std::span<const PortRange> ranges, std::string_view owner,
                std::map<std::uint16_t, std::string_view>& known) {
  for (const PortRange& range : ranges) {
    if (range.last - range.first < kWidestKnown) {
      for (std::uint32_t port = range.first; port <= range.last; ++port) {
        known.emplace(static_cast<std::uint16_t>(port), owner);
      }
    }
  }
}

bool contains(catalogue::Texts texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

}  // namespace

RuleBook::RuleBook(const catalogue::Catalogue& catalogue) : catalogue_(&catalogue) {
  for (const PortRule& rule : catalogue.rules) {
    rules_[rule.check].push_back(&rule);
  }
  for (const catalogue::Setting& setting : catalogue.settings) {
    if (plan::is_of_exchange(catalogue, setting)) {
      of_exchange_.insert(setting.id);
    }
  }
  for (const catalogue::Service& service : catalogue.services) {
    for (const catalogue::Listener& listener : service.listeners) {
      note_ports(listener.ports, service.name, known_);
    }
  }
  for (const catalogue::PortUse& use : catalogue.ports) {
    if (use.versions == kWindowsRows && contains(use.transports, "tcp")) {
      note_ports(use.ports, use.protocol, known_);
    }
  }
}

const Rules& RuleBook::of(catalogue::Check check) const {
  static const Rules none;
  const auto at = rules_.find(check);
  return at == rules_.end() ? none : at->second;
}

std::string_view RuleBook::known_owner(std::uint16_t port) const {
  const auto at = known_.find(port);
  return at == known_.end() ? std::string_view{} : at->second;
}

bool is_for(const PortRule& rule, const RuleBook& book, const catalogue::Product* product,
            const catalogue::Setting& setting, bool of_class) {
  if (contains(rule.except, setting.id) ||
      !(rule.settings.empty() ? of_class : contains(rule.settings, setting.id))) {
    return false;
  }
  return rule.versions.empty() ||
         (product != nullptr && contains(rule.versions, product->version) &&
          book.is_of_exchange(setting));
}

Severity severity_of(Level level) {
  switch (level) {
    case Level::error:
      return Severity::error;
    case Level::warning:
      return Severity::warning;
    case Level::note:
    case Level::fact:
    case Level::refuted:
      break;
  }
  return Severity::note;
}

Finding finding_of(const PortRule& rule, const Subject& subject, const SettingValue& value,
                   std::string message) {
  Finding finding = finding_of(rule, subject.server, value.setting->id, std::move(message));
  finding.service = value.setting->service;
  finding.place = value.place;
  return finding;
}

Finding finding_of(const PortRule& rule, std::string_view server, std::string_view about,
                   std::string message) {
  Finding finding;
  finding.rule = rule.id;
  finding.severity = severity_of(rule.level);
  finding.server = server;
  finding.subject = about;
  finding.message = std::move(message);
  finding.remedy = rule.remedy;
  finding.source = rule.source;
  return finding;
}

std::string said(const SettingValue& value) {
  return fmt::format("{} of {} is {}", value.setting->value, value.setting->service, value.text);
}

std::string because(const PortRule& rule) {
  return rule.reason.empty() ? "" : fmt::format(": {}", rule.reason);
}

}  // namespace pinhole::plan
