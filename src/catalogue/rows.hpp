// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of TOML as typed cells. A reader notes everything that is wrong with its row, with file,
// line and column, and gives neutral values meanwhile, so that one run reports all mistakes.
// Only the loader includes this.

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/diagnostic.hpp"
#include "catalogue/catalogue.hpp"

namespace pinhole::catalogue {

/// What the rows of a loaded catalogue point into. Never moved once rows exist.
struct Storage {
  std::deque<std::string> texts;
  std::deque<std::vector<std::string_view>> lists;
  std::deque<std::vector<PortRange>> ranges;
  std::deque<std::vector<DynamicRange>> dynamic_ranges;
  std::deque<std::vector<Listener>> listeners;
  std::deque<std::vector<const Setting*>> setting_lists;
  std::deque<std::vector<const InterfaceInfo*>> interface_lists;
  std::vector<Product> products;
  std::vector<Service> services;
  std::vector<Setting> settings;
  std::vector<InterfaceInfo> interfaces;
  std::vector<KnownUuid> uuids;
  std::vector<PortUse> ports;
  std::vector<PortRule> rules;
  std::vector<Flow> flows;
};

/// Words of an enumeration as data/ spells them.
template <class Enum>
using Words = std::span<const std::pair<std::string_view, Enum>>;

class RowReader {
 public:
  RowReader(const toml::table& table, std::string_view file, Storage& storage, Diagnostics& wrong)
      : table_(&table), file_(file), storage_(&storage), wrong_(&wrong) {}

  /// A text that must be there and not be empty.
  std::string_view text(std::string_view key);
  /// A text, or empty where the key is missing.
  std::string_view optional_text(std::string_view key);
  /// An array of texts, empty where the key is missing.
  Texts texts(std::string_view key);
  bool flag(std::string_view key, bool otherwise);
  std::optional<std::uint32_t> optional_number(std::string_view key);
  Uuid uuid(std::string_view key);
  /// `major.minor`, each 0 to 65535; nothing where the key is missing.
  std::optional<std::pair<std::uint16_t, std::uint16_t>> version(std::string_view key);
  /// A port set as text: `25`, `5060-5062,5065`; empty where the key is missing.
  std::span<const PortRange> ports(std::string_view key);
  /// The rows of an array of tables, empty where the key is missing.
  std::vector<RowReader> rows(std::string_view key);

  template <class Enum>
  Enum choice(std::string_view key,
              std::initializer_list<std::pair<std::string_view, Enum>> words) {
    return choice<Enum>(key, Words<Enum>(words.begin(), words.size()));
  }

  template <class Enum>
  Enum choice(std::string_view key, Words<Enum> words) {
    const std::string_view word = text(key);
    std::string known;
    for (const auto& [name, value] : words) {
      if (name == word) {
        return value;
      }
      known += known.empty() ? "" : ", ";
      known += name;
    }
    if (!word.empty()) {
      fail(key, "data-word", fmt::format("\"{}\" is not one of {}", word, known));
    }
    return words.begin()->second;
  }

  /// Reports what is wrong with a key, at its place, or with the row where it has no such key.
  void fail(std::string_view key, std::string_view id, std::string message);
  /// Reports every key that nobody has asked for.
  void refuse_other_keys();
  [[nodiscard]] Storage& storage() { return *storage_; }

 private:
  const toml::node* find(std::string_view key);

  const toml::table* table_;
  std::string_view file_;
  Storage* storage_;
  Diagnostics* wrong_;
  std::set<std::string, std::less<>> asked_;
};

/// One parsed file; its rows point into it.
class Document {
 public:
  /// Syntax errors go to `wrong`; then there are no rows.
  Document(std::string_view file, std::string_view text, Diagnostics& wrong);

  /// The rows of the one array of tables `name`, and nothing else may stand beside it.
  std::vector<RowReader> rows(std::string_view name, Storage& storage, Diagnostics& wrong);

 private:
  std::string_view file_;
  toml::table table_;
};

}  // namespace pinhole::catalogue
