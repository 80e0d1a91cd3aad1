// SPDX-License-Identifier: Apache-2.0
// Values that stand beside where they would be read: in another key, or under another name.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

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

/// A setting of the registry, its key as a path.
struct Known {
  const Setting* setting = nullptr;
  registry::Path path;
};
using Settings = std::vector<const Setting*>;

class Names {
 public:
  Names(const RuleBook& book, const State& state, Products products, Findings& findings);

  void judge();

 private:
  void judge_app_settings();
  void walk(const registry::Key& key, const registry::Path& path, int depth, const Settings& own);
  void judge_value(const std::string& name, const registry::Path& path, const Settings& here,
                   const Settings& own);
  void add(Check check, const Setting& setting, const std::string& message, bool harmless);
  [[nodiscard]] Settings settings_in(const registry::Path& path) const;
  [[nodiscard]] const Setting* near(std::string_view name, const Settings& among) const;

  const RuleBook* book_;
  const State* state_;
  Findings* findings_;
  std::vector<Known> known_;  // those that the products read stand first
};

Names::Names(const RuleBook& book, const State& state, Products products, Findings& findings)
    : book_(&book), state_(&state), findings_(&findings) {
  const auto is_read = [&](const Setting& setting) {
    return std::ranges::any_of(products, [&](const catalogue::Product* product) {
      return reader_of(book.catalogue(), product, setting).reads;
    });
  };
  for (const bool read : {true, false}) {
    for (const Setting& setting : book.catalogue().settings) {
      auto path = registry::parse_path(setting.key);
      if (path && is_read(setting) == read) {
        known_.push_back({&setting, *std::move(path)});
      }
    }
  }
}

Settings Names::settings_in(const registry::Path& path) const {
  Settings found;
  for (const Known& known : known_) {
    if (known.path == path) {
      found.push_back(known.setting);
    }
  }
  return found;
}

const Setting* Names::near(std::string_view name, const Settings& among) const {
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

void Names::add(Check check, const Setting& setting, const std::string& message, bool harmless) {
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

void Names::judge_value(const std::string& name, const registry::Path& path, const Settings& here,
                        const Settings& own) {
  const auto is_named = [&](const Setting* setting) {
    return registry::same_name(setting->value, name);
  };
  if (std::ranges::any_of(here, is_named)) {
    return;
  }
  const std::string where = to_string(path);
  if (const auto at = std::ranges::find_if(own, is_named); at != own.end()) {
    add(Check::wrong_key, **at,
        fmt::format(R"("{}" stands in {}, where nobody reads it; {} reads it in {})", name, where,
                    (*at)->service, (*at)->key),
        find_value(*state_, **at) != nullptr);
    return;
  }
  if (here.empty()) {
    return;
  }
  if (const Setting* meant = near(name, here)) {
    add(Check::wrong_name, *meant,
        fmt::format(R"("{}" in {} is no setting; {} reads "{}")", name, where, meant->service,
                    meant->value),
        find_value(*state_, *meant) != nullptr);
    return;
  }
  const auto other = std::ranges::find_if(known_, [&](const Known& known) {
    return known.setting->holds == catalogue::Holds::port && is_named(known.setting);
  });
  if (other != known_.end()) {
    add(Check::wrong_key, *other->setting,
        fmt::format(R"("{}" stands in {}, where {} reads {})", name, where, here.front()->service,
                    here.front()->value),
        false);
  }
}

void Names::walk(const registry::Key& key, const registry::Path& path, int depth,
                 const Settings& own) {
  const Settings here = key.values.empty() ? Settings() : settings_in(path);
  for (const auto& [name, value] : key.values) {
    if (!name.empty()) {
      judge_value(name, path, here, own);
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
  Settings among;
  for (const Setting& setting : book_->catalogue().settings) {
    if (setting.type == catalogue::ValueType::app_setting) {
      among.push_back(&setting);
    }
  }
  for (const NamedText& entry : *state_->app_settings) {
    const Setting* meant = near(entry.name, among);
    if (meant != nullptr && !registry::same_name(meant->value, entry.name)) {
      add(Check::wrong_name, *meant,
          fmt::format(R"("{}" is no setting; {} reads "{}")", entry.name, meant->service,
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
  std::vector<registry::Path> done;
  for (const Known& known : known_) {
    registry::Path above = known.path;
    above.parts.pop_back();
    // Every application has Endpoints of its own there.
    if (above.parts.empty() || registry::same_name(above.parts.back(), "AppID") ||
        std::ranges::find(done, above) != done.end()) {
      continue;
    }
    done.push_back(above);
    const registry::Key* key = registry::find(*state_->registry, above);
    if (key == nullptr) {
      continue;
    }
    Settings own;
    for (const Known& other : known_) {
      if (other.path.starts_with(above)) {
        own.push_back(other.setting);
      }
    }
    walk(*key, above, kDepth, own);
  }
}

}  // namespace

void judge_names(const RuleBook& book, const State& state, Products products, Findings& findings) {
  Names(book, state, products, findings).judge();
}

}  // namespace pinhole::plan
