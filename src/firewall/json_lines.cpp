// SPDX-License-Identifier: Apache-2.0
#include "firewall/json_lines.hpp"

#include <iterator>

namespace pinhole::firewall {
namespace {

using nlohmann::json;

/// No document of a device has such a member.
constexpr std::string_view kLineMember = "\x01line";
constexpr int kDeepest = 64;

/// Counts the lines that the parser has read.
class CountedText {
 public:
  // The names are the standard library's. NOLINTBEGIN(readability-identifier-naming)
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  // NOLINTEND(readability-identifier-naming)

  CountedText(const char* at, std::uint32_t* line) : at_(at), line_(line) {}

  reference operator*() const { return *at_; }
  CountedText& operator++() {
    *line_ += *at_ == '\n' ? 1 : 0;
    ++at_;
    return *this;
  }
  CountedText operator++(int) {
    const CountedText before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountedText& one, const CountedText& other) {
    return one.at_ == other.at_;
  }

 private:
  const char* at_;
  std::uint32_t* line_;
};

}  // namespace

std::optional<json> parse_with_lines(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  if (text.size() > kLargestDocument) {
    return std::nullopt;
  }
  std::uint32_t line = 1;
  std::vector<std::uint32_t> begun;
  bool deep = false;
  const auto note = [&](int depth, json::parse_event_t event, json& parsed) {
    deep = deep || depth > kDeepest;
    if (event == json::parse_event_t::object_start) {
      begun.push_back(line);
    } else if (event == json::parse_event_t::object_end) {
      if (!deep && parsed.is_object()) {
        parsed[std::string(kLineMember)] = begun.back();
      }
      begun.pop_back();
    }
    return !deep;
  };
  std::uint32_t end = 0;
  json document = json::parse(CountedText(text.data(), &line),
                              CountedText(text.data() + text.size(), &end), note, false);
  return document.is_discarded() || deep ? std::nullopt : std::optional(std::move(document));
}

std::uint32_t line_of(const json& object) {
  const json& line = member(object, kLineMember);
  return line.is_number_unsigned() ? line.get<std::uint32_t>() : 0;
}

const json& member(const json& object, std::string_view key) {
  static const json nothing;
  if (!object.is_object()) {
    return nothing;
  }
  const auto found = object.find(std::string(key));
  return found == object.end() ? nothing : *found;
}

std::string scalar_text(const json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  return value.is_number() || value.is_boolean() ? value.dump() : std::string();
}

std::vector<const json*> items_of(const json& value) {
  std::vector<const json*> items;
  if (value.is_array()) {
    for (const json& each : value) {
      items.push_back(&each);
    }
  } else if (!value.is_null()) {
    items.push_back(&value);
  }
  return items;
}

std::vector<std::string> texts_of_items(const json& value) {
  std::vector<std::string> texts;
  for (const json* each : items_of(value)) {
    texts.push_back(scalar_text(*each));
  }
  return texts;
}

}  // namespace pinhole::firewall
