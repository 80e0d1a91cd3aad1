// SPDX-License-Identifier: Apache-2.0
#include "plan/toml_row.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plan/near_name.hpp"

namespace pinhole::plan {
namespace {

constexpr std::size_t kLongestName = 64;
// Suggestions compare with every name; a file that is wrong throughout gets no more of them.
constexpr std::size_t kMostSuggestions = 100;
constexpr std::size_t kMostListed = 24;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && is_letter_or_digit(text.front()) &&
         std::ranges::all_of(text, [](char c) {
           return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
         });
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string_view type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none:
      return "nothing";
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
  }
  return "nothing";
}

/// The remedy for a range whose ends stand the wrong way round.
std::optional<std::string> turned_range(const toml::node& node) {
  const auto* text = node.as_string();
  const std::size_t dash = text == nullptr ? std::string::npos : text->get().find('-');
  if (dash == std::string::npos) {
    return std::nullopt;
  }
  const std::string turned = text->get().substr(dash + 1) + "-" + text->get().substr(0, dash);
  const auto ports = parse_port_set(turned);
  return ports && !ports->empty() && !ports->contains(0)
             ? std::optional(fmt::format("did you mean {}?", quoted(turned)))
             : std::nullopt;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    out += octet < 0x20 || octet > 0x7e ? fmt::format("\\x{:02x}", octet) : std::string(1, c);
  }
  return out;
}

std::string quoted(std::string_view text) {
  return fmt::format("\"{}{}\"", printable(text.substr(0, kLongestName)),
                     text.size() > kLongestName ? "..." : "");
}

void Mistakes::add(std::string_view id, Place place, std::string message, std::string remedy) {
  Diagnostic diagnostic;
  diagnostic.id = std::string(id);
  diagnostic.place = std::move(place);
  diagnostic.message = std::move(message);
  diagnostic.remedy = std::move(remedy);
  all_.push_back(std::move(diagnostic));
}

Place Mistakes::place(const toml::source_region& region) const {
  Place place;
  if (auto pointer = pointer_to(region)) {
    place.name = file_ + "#" + *pointer;
    return place;
  }
  place.name = file_;
  place.line = region.begin.line;
  place.column = region.begin.column;
  return place;
}

std::string Mistakes::suggestion(std::string_view name,
                                 std::span<const std::string_view> candidates,
                                 std::string_view otherwise) const {
  if (all_.size() < kMostSuggestions) {
    if (const std::string_view near = nearest_name(name, candidates); !near.empty()) {
      return fmt::format("did you mean \"{}\"?", near);
    }
  }
  if (!candidates.empty() && candidates.size() <= kMostListed) {
    return fmt::format("expected one of {}", fmt::join(candidates, ", "));
  }
  return std::string(otherwise);
}

Diagnostics Mistakes::take() {
  std::ranges::stable_sort(all_, {}, [](const Diagnostic& diagnostic) {
    return std::tuple(diagnostic.place.line, diagnostic.place.column);
  });
  const auto again = std::ranges::unique(all_);
  all_.erase(again.begin(), again.end());
  return std::exchange(all_, {});
}

const toml::node* Row::find(std::string_view key) {
  asked_.emplace(key);
  return table_->get(key);
}

bool Row::has_empty(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return node != nullptr && node->is_array() && node->as_array()->empty();
}

Place Row::place(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return mistakes_->place(node != nullptr ? node->source() : table_->source());
}

void Row::fail(std::string_view key, std::string_view id, std::string message, std::string remedy) {
  mistakes_->add(id, place(key), std::move(message), std::move(remedy));
}

void Row::missing(std::string_view key, std::string remedy) {
  fail({}, "topology-missing", fmt::format("{} without \"{}\"", title_, key), std::move(remedy));
}

void Row::wrong_type(std::string_view key, const toml::node& node, std::string_view expected) {
  mistakes_->add("topology-type", mistakes_->place(node.source()),
                 fmt::format("\"{}\" of {} is {}", key, title_, type_of(node)),
                 fmt::format("expected {}", expected));
}

std::optional<Cell> Row::optional_text(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const auto* value = node->as_string();
  if (value == nullptr) {
    wrong_type(key, *node, "a text in quotes");
    return std::nullopt;
  }
  if (value->get().empty()) {
    fail(key, "topology-missing", fmt::format("\"{}\" of {} is empty", key, title_),
         "give a text, or leave the key out");
    return std::nullopt;
  }
  return Cell{value->get(), mistakes_->place(node->source())};
}

Cell Row::text(std::string_view key, std::span<const std::string_view> words) {
  if (!has(key)) {
    asked_.emplace(key);
    missing(key, words.empty()
                     ? fmt::format("add {} = \"...\"", key)
                     : fmt::format("add {} = \"...\", one of {}", key, fmt::join(words, ", ")));
    return {};
  }
  return optional_text(key).value_or(Cell{});
}

std::string Row::line(std::string_view key) {
  auto cell = optional_text(key);
  if (!cell) {
    return {};
  }
  if (std::ranges::any_of(cell->text, is_control)) {
    fail(key, "topology-text", fmt::format("\"{}\" of {} holds a control character", key, title_),
         "write one line of text");
    return {};
  }
  return std::move(cell->text);
}

std::optional<Cell> Row::name(std::string_view key) {
  Cell cell = text(key);
  if (cell.text.empty()) {
    return std::nullopt;
  }
  if (!is_name(cell.text)) {
    fail(key, "topology-name", fmt::format("{} is no name", quoted(cell.text)),
         "expected letters, digits, '.', '-' and '_', first a letter or a digit, at most 64");
    return std::nullopt;
  }
  return cell;
}

std::vector<Cell> Row::texts(std::string_view key) {
  std::vector<Cell> cells;
  const toml::node* node = find(key);
  if (node == nullptr) {
    return cells;
  }
  if (node->is_string()) {
    if (auto cell = optional_text(key)) {
      cells.push_back(std::move(*cell));
    }
    return cells;
  }
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    wrong_type(key, *node, "an array of texts");
    return cells;
  }
  for (const toml::node& element : *array) {
    const auto* value = element.as_string();
    if (value == nullptr) {
      wrong_type(key, element, "an array of texts");
    } else if (value->get().empty()) {
      mistakes_->add("topology-missing", mistakes_->place(element.source()),
                     fmt::format("\"{}\" of {} holds an empty text", key, title_),
                     "give a text, or leave it out");
    } else {
      cells.push_back({value->get(), mistakes_->place(element.source())});
    }
  }
  return cells;
}

bool Row::flag(std::string_view key, bool otherwise) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return otherwise;
  }
  if (!node->is_boolean()) {
    wrong_type(key, *node, "true or false");
  }
  return node->value_exact<bool>().value_or(otherwise);
}

std::optional<std::uint16_t> Row::port(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const auto* value = node->as_integer();
  if (value == nullptr) {
    wrong_type(key, *node, "a port, from 1 to 65535");
    return std::nullopt;
  }
  if (value->get() < 1 || value->get() > UINT16_MAX) {
    fail(key, "topology-port", fmt::format("{} is no port", value->get()),
         "expected a number from 1 to 65535");
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(value->get());
}

std::optional<std::uint64_t> Row::number(std::string_view key, std::uint64_t most) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const auto* value = node->as_integer();
  if (value == nullptr) {
    wrong_type(key, *node, "a whole number");
    return std::nullopt;
  }
  if (value->get() < 0 || static_cast<std::uint64_t>(value->get()) > most) {
    fail(key, "topology-number", fmt::format("{} is out of bounds", value->get()),
         fmt::format("expected a number from 0 to {}", most));
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(value->get());
}

void Row::insert_ports(std::string_view key, const toml::node& node, PortSet& set) {
  std::optional<PortSet> more;
  std::string shown;
  if (const auto* number = node.as_integer()) {
    shown = fmt::format("{}", number->get());
    more = parse_port_set(shown);
  } else if (const auto* text = node.as_string()) {
    shown = quoted(text->get());
    more = parse_port_set(text->get());
  } else {
    wrong_type(key, node, "ports: 5000, \"5000-5100\", or an array of these");
    return;
  }
  if (!more || more->empty() || more->contains(0)) {
    mistakes_->add("topology-port", mistakes_->place(node.source()),
                   fmt::format("{} is no port or range of ports", shown),
                   turned_range(node).value_or(
                       "expected ports from 1 to 65535, such as 5000 or \"5000-5100\""));
    return;
  }
  set.insert(*more);
}

PortSet Row::ports(std::string_view key) {
  PortSet set;
  const toml::node* node = find(key);
  if (node == nullptr) {
    return set;
  }
  if (const toml::array* array = node->as_array()) {
    for (const toml::node& element : *array) {
      insert_ports(key, element, set);
    }
    return set;
  }
  insert_ports(key, *node, set);
  return set;
}

std::vector<Row> Row::rows(std::string_view key) {
  std::vector<Row> found;
  const toml::node* node = find(key);
  if (node == nullptr) {
    return found;
  }
  const std::string title = title_.starts_with("[[")
                                ? fmt::format("{}.{}]]", title_.substr(0, title_.size() - 2), key)
                                : fmt::format("[[{}]]", key);
  const toml::array* array = node->as_array();
  if (array == nullptr || !std::ranges::all_of(*array, &toml::node::is_table)) {
    wrong_type(key, *node, fmt::format("rows, each under {}", title));
    return found;
  }
  for (const toml::node& element : *array) {
    found.emplace_back(*element.as_table(), title, *mistakes_);
  }
  return found;
}

std::optional<Row> Row::table(std::string_view key, std::string_view form) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_table()) {
    wrong_type(key, *node, fmt::format("a table, {}", form));
    return std::nullopt;
  }
  return Row(*node->as_table(), fmt::format("\"{}\" of {}", key, title_), *mistakes_);
}

std::vector<std::pair<Cell, Cell>> Row::pairs() {
  std::vector<std::pair<Cell, Cell>> found;
  for (const auto& [key, node] : *table_) {
    if (auto cell = optional_text(key.str())) {
      found.emplace_back(Cell{std::string(key.str()), mistakes_->place(key.source())},
                         std::move(*cell));
    }
  }
  return found;
}

void Row::refuse_other_keys() {
  const std::vector<std::string_view> known(asked_.begin(), asked_.end());
  for (const auto& [key, node] : *table_) {
    if (!asked_.contains(key.str())) {
      mistakes_->add("topology-unknown-key", mistakes_->place(key.source()),
                     fmt::format("{} has no key {}", title_, quoted(key.str())),
                     mistakes_->suggestion(key.str(), known, "leave it out"));
    }
  }
}

}  // namespace pinhole::plan
