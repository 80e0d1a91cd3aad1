// SPDX-License-Identifier: Apache-2.0
#pragma once
// A TOML table as typed cells. A row notes everything that is wrong with it, with file, line and
// column, and gives neutral values meanwhile, so that one run reports all mistakes. Only the
// readers of topologies and of plan.json include this.

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <toml++/toml.h>

#include "base/address.hpp"
#include "base/diagnostic.hpp"
#include "base/port_set.hpp"

namespace pinhole::plan {

/// A text and where it stands.
struct Cell {
  std::string text;
  Place place;
};

/// All that is wrong with one file.
class Mistakes {
 public:
  explicit Mistakes(std::string_view file) : file_(file) {}

  /// For a table that was made from JSON, so that no node knows its line: places name the JSON
  /// pointer (RFC 6901) of a node from now on. The table stays where it is meanwhile.
  void point_into(const toml::table& root);

  void add(std::string_view id, Place place, std::string message, std::string remedy);
  [[nodiscard]] Place place(const toml::source_region& region) const;
  /// `did you mean "x"?`, or `expected one of a, b, c` while that list is short, or `otherwise`.
  [[nodiscard]] std::string suggestion(std::string_view name,
                                       std::span<const std::string_view> candidates,
                                       std::string_view otherwise = {}) const;
  [[nodiscard]] bool empty() const { return all_.empty(); }
  /// In the order of their places, each once.
  [[nodiscard]] Diagnostics take();

 private:
  using Region = const toml::source_region*;
  struct Step {
    Region above = nullptr;
    std::string name;
  };

  [[nodiscard]] std::optional<std::string> pointer_to(const toml::source_region& region) const;
  void point_below(const toml::node& node);
  void point_to(const toml::node& node, const toml::node& above, std::string name);

  std::string file_;
  // By the address of the region of a node, or of its key.
  std::unordered_map<Region, Step> steps_;
  Diagnostics all_;
};

class Row {
 public:
  /// `title` names the row in messages: [[server]].
  Row(const toml::table& table, std::string title, Mistakes& mistakes)
      : table_(&table), title_(std::move(title)), mistakes_(&mistakes) {}

  /// A text that must be there and not be empty.
  /// `words`: what the text may be, for the remedy where it is missing.
  [[nodiscard]] Cell text(std::string_view key, std::span<const std::string_view> words = {});
  [[nodiscard]] std::optional<Cell> optional_text(std::string_view key);
  /// A text of one line for people: no control characters.
  [[nodiscard]] std::string line(std::string_view key);
  /// Letters, digits, dot, hyphen and underscore, first a letter or digit, 64 at most; it must
  /// be there.
  [[nodiscard]] std::optional<Cell> name(std::string_view key);
  /// A text alone counts as an array of one.
  [[nodiscard]] std::vector<Cell> texts(std::string_view key);
  [[nodiscard]] bool flag(std::string_view key, bool otherwise);
  [[nodiscard]] std::optional<std::uint16_t> port(std::string_view key);
  /// A number from 0 to `most`.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key, std::uint64_t most);
  /// A number, a text as in parse_port_set, or an array of these.
  [[nodiscard]] PortSet ports(std::string_view key);
  [[nodiscard]] std::vector<Row> rows(std::string_view key);
  /// `form`: how the table looks, for the remedy.
  [[nodiscard]] std::optional<Row> table(std::string_view key,
                                         std::string_view form = "{ key = \"value\" }");
  /// Every key of the row as a cell of text, for tables whose keys are names.
  [[nodiscard]] std::vector<std::pair<Cell, Cell>> pairs();

  [[nodiscard]] bool has(std::string_view key) const { return table_->contains(key); }
  /// True where the key is there and its value is an array of nothing.
  [[nodiscard]] bool has_empty(std::string_view key) const;
  /// Where the value of a key stands, or the row where it has no such key.
  [[nodiscard]] Place place(std::string_view key = {}) const;
  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] Mistakes& mistakes() { return *mistakes_; }
  void fail(std::string_view key, std::string_view id, std::string message, std::string remedy);
  void missing(std::string_view key, std::string remedy);
  /// Reports every key that nobody has asked for.
  void refuse_other_keys();

 private:
  const toml::node* find(std::string_view key);
  void wrong_type(std::string_view key, const toml::node& node, std::string_view expected);
  void insert_ports(std::string_view key, const toml::node& node, PortSet& set);

  const toml::table* table_;
  std::string title_;
  Mistakes* mistakes_;
  std::set<std::string, std::less<>> asked_;
};

/// A text with what is not printable ASCII as \xNN: a diagnostic is one line.
[[nodiscard]] std::string printable(std::string_view text);

/// No more than 64 octets of a text, printable, in quotes.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace pinhole::plan
