// SPDX-License-Identifier: Apache-2.0
// Values that stand beside where they would be read: in another key, or under another name.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "plan/near_name.hpp"
#include "plan/rule_book.hpp"

namespace pinhole::plan {
namespace {

using catalogue::Check;
using catalogue::Setting;

// How far below a service's key a lost value is looked for.
constexpr int kDepth = 3;

std::string letters_of(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      letters += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return letters;
}

class Names {
 public:
  Names(const RuleBook& book, const State& state, Findings& findings)
      : book_(&book), state_(&state), findings_(&findings) {}

  void judge();

 private:
  void judge_app_settings();
  void walk(const registry::Key& key, const registry::Path& path, int depth,
            const std::vector<const Setting*>& own);
  void judge_value(const std::string& name, const registry::Path& path,
                   const std::vector<const Setting*>& own);
  void add(Check check, const Setting& setting, std::string message, bool harmless);
  [[nodiscard]] std::vector<const Setting*> settings_in(const registry::Path& path) const;
  [[nodiscard]] const Setting* near(std::string_view name,
                                    const std::vector<const Setting*>& among) const;

  const RuleBook* book_;
  const State* state_;
  Findings* findings_;
};

bool is_registry(const Setting& setting) {
  return setting.type != catalogue::ValueType::app_setting;
}

/// `is_same_setting` compares keys and names; here keys alone matter.
bool stands_in(const Setting& setting, const registry::Path& path) {
  return catalogue::is_same_setting(setting, to_string(path), setting.value);
}

std::vector<const Setting*> Names::settings_in(const registry::Path& path) const {
  std::vector<const Setting*> found;
  for (const Setting& setting : book_->catalogue().settings) {
    if (is_registry(setting) && stands_in(setting, path)) {
      found.push_back(&setting);
    }
  }
  return found;
}

const Setting* Names::near(std::string_view name, const std::vector<const Setting*>& among) const {
  std::vector<std::string_view> names;
  for (const Setting* setting : among) {
    if (letters_of(setting->value) == letters_of(name)) {
      return setting;
    }
    names.push_back(setting->value);
  }
  const std::string_view nearest = nearest_name(name, names);
  const auto at = std::ranges::find(among, nearest, &Setting::value);
  return nearest.empty() || at == among.end() ? nullptr : *at;
}

void Names::add(Check check, const Setting& setting, std::string message, bool harmless) {
  Subject subject;
  subject.server = state_->name;
  SettingValue value;
  value.setting = &setting;
  value.place.name = state_->registry_name;
  for (const catalogue::PortRule* rule : book_->of(check)) {
    Finding finding = finding_of(*rule, subject, value, message);
    // The right value stands beside it, so nothing fails; somebody may still change the wrong one.
    finding.severity = harmless ? Severity::warning : finding.severity;
    findings_->push_back(std::move(finding));
  }
}

void Names::judge_value(const std::string& name, const registry::Path& path,
                        const std::vector<const Setting*>& own) {
  const std::string where = to_string(path);
  if (catalogue::find_setting(book_->catalogue(), where, name) != nullptr) {
    return;
  }
  const auto is_named = [&](const Setting* setting) {
    return registry::same_name(setting->value, name);
  };
  if (const auto at = std::ranges::find_if(own, is_named); at != own.end()) {
    add(Check::wrong_key, **at,
        fmt::format("\"{}\" stands in {}, where nobody reads it; {} reads it in {}", name, where,
                    (*at)->service, (*at)->key),
        find_value(*state_, **at) != nullptr);
    return;
  }
  const auto here = settings_in(path);
  if (here.empty()) {
    return;
  }
  const auto others = std::ranges::find_if(book_->catalogue().settings, [&](const Setting& each) {
    return is_registry(each) && each.holds == catalogue::Holds::port && is_named(&each);
  });
  const Setting* meant = near(name, here);
  if (meant == nullptr && others != book_->catalogue().settings.end()) {
    const Setting& first = *here.front();
    add(Check::wrong_key, *others,
        fmt::format("\"{}\" stands in {}, where {} reads {}", name, where, first.service,
                    first.value),
        false);
  } else if (meant != nullptr) {
    add(Check::wrong_name, *meant,
        fmt::format("\"{}\" in {} is no setting; {} reads \"{}\"", name, where, meant->service,
                    meant->value),
        find_value(*state_, *meant) != nullptr);
  }
}

void Names::walk(const registry::Key& key, const registry::Path& path, int depth,
                 const std::vector<const Setting*>& own) {
  for (const auto& [name, value] : key.values) {
    if (!name.empty()) {
      judge_value(name, path, own);
    }
  }
  if (depth > 0) {
    for (const auto& [name, below] : key.keys) {
      walk(below, path.child(name), depth - 1, own);
    }
  }
}

/// A misspelt entry of the .config file.
void Names::judge_app_settings() {
  if (!state_->app_settings) {
    return;
  }
  std::vector<const Setting*> among;
  for (const Setting& setting : book_->catalogue().settings) {
    if (!is_registry(setting)) {
      among.push_back(&setting);
    }
  }
  for (const NamedText& entry : *state_->app_settings) {
    const Setting* meant = near(entry.name, among);
    if (meant != nullptr && !registry::same_name(meant->value, entry.name)) {
      add(Check::wrong_name, *meant,
          fmt::format("\"{}\" is no setting; {} reads \"{}\"", entry.name, meant->service,
                      meant->value),
          false);
      findings_->back().place = entry.place;
    }
  }
}

void Names::judge() {
  judge_app_settings();
  if (!state_->registry) {
    return;
  }
  // Each key above the keys of settings once: Services\MSExchangeIS, Microsoft\Rpc, ...
  std::set<std::string> done;
  for (const Setting& setting : book_->catalogue().settings) {
    auto path = registry::parse_path(setting.key);
    if (!is_registry(setting) || !path || path->parts.size() < 2) {
      continue;
    }
    path->parts.pop_back();
    // Every application has Endpoints of its own there.
    if (registry::same_name(path->parts.back(), "AppID")) {
      continue;
    }
    if (!done.insert(to_string(*path)).second) {
      continue;
    }
    std::vector<const Setting*> own;
    for (const Setting& other : book_->catalogue().settings) {
      const auto below = registry::parse_path(other.key);
      if (is_registry(other) && below && below->starts_with(*path)) {
        own.push_back(&other);
      }
    }
    if (const registry::Key* key = registry::find(*state_->registry, *path)) {
      walk(*key, *path, kDepth, own);
    }
  }
}

}  // namespace

void judge_names(const RuleBook& book, const State& state, Findings& findings) {
  Names(book, state, findings).judge();
}

}  // namespace pinhole::plan
