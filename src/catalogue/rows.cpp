// SPDX-License-Identifier: Apache-2.0
// toml++ 3.3 asserts, or without assertions assumes, that a key follows "[[": a claim about the
// input. Its own error branch stands right behind, so the assertion is taken out (the build keeps
// NDEBUG away from this file for the same reason).
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_IMPLEMENTATION
#include "catalogue/rows.hpp"

#include <fmt/format.h>

#include "base/address.hpp"

namespace pinhole::catalogue {
namespace {

Place place_of(std::string_view file, const toml::source_region& region) {
  Place place;
  place.name = std::string(file);
  place.line = region.begin.line;
  place.column = region.begin.column;
  return place;
}

Diagnostic wrong_data(std::string_view id, Place place, std::string message) {
  Diagnostic diagnostic;
  diagnostic.id = std::string(id);
  diagnostic.place = std::move(place);
  diagnostic.message = std::move(message);
  return diagnostic;
}

std::string quoted(std::string_view key) {
  return fmt::format("\"{}\"", key);
}

}  // namespace

const toml::node* RowReader::find(std::string_view key) {
  asked_.emplace(key);
  return table_->get(key);
}

void RowReader::fail(std::string_view key, std::string_view id, std::string message) {
  const toml::node* node = table_->get(key);
  wrong_->push_back(wrong_data(id,
                               place_of(file_, node != nullptr ? node->source() : table_->source()),
                               std::move(message)));
}

std::string_view RowReader::text(std::string_view key) {
  const std::string_view value = optional_text(key);
  if (!table_->contains(key)) {
    fail(key, "data-missing", fmt::format("a row without \"{}\"", key));
  } else if (value.empty() && table_->get(key)->is_string()) {
    fail(key, "data-missing", quoted(key) + " is empty");
  }
  return value;
}

std::string_view RowReader::optional_text(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return {};
  }
  const auto* value = node->as_string();
  if (value == nullptr) {
    fail(key, "data-type", quoted(key) + " must be a text");
    return {};
  }
  return storage_->texts.emplace_back(value->get());
}

Texts RowReader::texts(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return {};
  }
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    fail(key, "data-type", quoted(key) + " must be an array of texts");
    return {};
  }
  auto& list = storage_->lists.emplace_back();
  for (const toml::node& element : *array) {
    const auto* value = element.as_string();
    if (value == nullptr || value->get().empty()) {
      wrong_->push_back(wrong_data("data-type", place_of(file_, element.source()),
                                   quoted(key) + " must hold texts only, none empty"));
      continue;
    }
    list.push_back(storage_->texts.emplace_back(value->get()));
  }
  return list;
}

bool RowReader::flag(std::string_view key, bool otherwise) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return otherwise;
  }
  if (!node->is_boolean()) {
    fail(key, "data-type", quoted(key) + " must be true or false");
  }
  return node->value_or(otherwise);
}

std::optional<std::uint32_t> RowReader::optional_number(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const auto* value = node->as_integer();
  if (value == nullptr || value->get() < 0 || value->get() > UINT32_MAX) {
    fail(key, "data-type", quoted(key) + " must be a number from 0 to 4294967295");
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(value->get());
}

Uuid RowReader::uuid(std::string_view key) {
  const std::string_view word = text(key);
  const auto value = parse_uuid(word);
  if (!value && !word.empty()) {
    fail(key, "data-uuid", quoted(word) + " is not a UUID");
  } else if (value && to_string(*value) != word) {
    fail(key, "data-uuid", quoted(word) + " must be in lower case");
  }
  return value.value_or(Uuid{});
}

std::optional<std::pair<std::uint16_t, std::uint16_t>> RowReader::version(std::string_view key) {
  const std::string_view word = optional_text(key);
  if (!table_->contains(key)) {
    return std::nullopt;
  }
  const std::size_t dot = word.find('.');
  const auto major = parse_decimal(word.substr(0, dot), 0, UINT16_MAX);
  const auto minor = dot == std::string_view::npos
                         ? std::nullopt
                         : parse_decimal(word.substr(dot + 1), 0, UINT16_MAX);
  if (!major || !minor) {
    fail(key, "data-version", quoted(word) + " is not a version such as 1.0");
    return std::nullopt;
  }
  return std::pair(static_cast<std::uint16_t>(*major), static_cast<std::uint16_t>(*minor));
}

std::span<const PortRange> RowReader::ports(std::string_view key) {
  const std::string_view word = optional_text(key);
  if (!table_->contains(key)) {
    return {};
  }
  const auto set = parse_port_set(word);
  if (!set || set->empty() || set->contains(0)) {
    fail(key, "data-ports", quoted(word) + " is not a list of ports from 1 to 65535");
    return {};
  }
  return storage_->ranges.emplace_back(set->ranges());
}

std::vector<RowReader> RowReader::rows(std::string_view key) {
  std::vector<RowReader> readers;
  const toml::node* node = find(key);
  if (node == nullptr) {
    return readers;
  }
  const toml::array* array = node->as_array();
  if (array == nullptr || (!array->empty() && !array->is_array_of_tables())) {
    fail(key, "data-type", quoted(key) + " must be an array of tables");
    return readers;
  }
  for (const toml::node& element : *array) {
    readers.emplace_back(*element.as_table(), file_, *storage_, *wrong_);
  }
  return readers;
}

void RowReader::refuse_other_keys() {
  for (const auto& [key, node] : *table_) {
    if (!asked_.contains(key.str())) {
      wrong_->push_back(wrong_data("data-unknown-key", place_of(file_, key.source()),
                                   fmt::format("unknown key \"{}\"", key.str())));
    }
  }
}

Document::Document(std::string_view file, std::string_view text, Diagnostics& wrong) : file_(file) {
  toml::parse_result result = toml::parse(text);
  if (!result) {
    wrong.push_back(wrong_data("data-syntax", place_of(file, result.error().source()),
                               std::string(result.error().description())));
    return;
  }
  table_ = std::move(result).table();
}

std::vector<RowReader> Document::rows(std::string_view name, Storage& storage, Diagnostics& wrong) {
  RowReader top(table_, file_, storage, wrong);
  std::vector<RowReader> readers = top.rows(name);
  top.refuse_other_keys();
  return readers;
}

}  // namespace pinhole::catalogue
