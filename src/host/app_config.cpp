// SPDX-License-Identifier: Apache-2.0
#include "host/app_config.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pinhole::host {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool same_text(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string unescape(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string plain;
  while (!text.empty()) {
    const auto* entity = std::ranges::find_if(
        kEntities, [&](const auto& each) { return text.starts_with(each.first); });
    const bool found = entity != kEntities.end();
    plain.push_back(found ? entity->second : text.front());
    text.remove_prefix(found ? entity->first.size() : 1);
  }
  return plain;
}

/// The next element's tag without its angle brackets; the text goes on behind it.
std::optional<std::string_view> next_tag(std::string_view& text) {
  while (true) {
    const std::size_t open = text.find('<');
    if (open == std::string_view::npos) {
      return std::nullopt;
    }
    text.remove_prefix(open);
    const bool comment = text.starts_with("<!--");
    const std::string_view end = comment ? "-->" : ">";
    const std::size_t close = text.find(end);
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view tag = text.substr(1, close - 1);
    text.remove_prefix(close + end.size());
    if (!comment) {
      return tag;
    }
  }
}

std::optional<std::string> attribute(std::string_view tag, std::string_view name) {
  tag.remove_prefix(std::min(tag.size(), tag.find_first_of(kSpace)));
  while (true) {
    tag.remove_prefix(std::min(tag.size(), tag.find_first_not_of(kSpace)));
    const std::size_t equals = tag.find('=');
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    std::string_view found = tag.substr(0, equals);
    found = found.substr(0, found.find_first_of(kSpace));
    tag.remove_prefix(equals + 1);
    tag.remove_prefix(std::min(tag.size(), tag.find_first_not_of(kSpace)));
    if (tag.empty() || (tag.front() != '"' && tag.front() != '\'')) {
      return std::nullopt;
    }
    const std::size_t close = tag.find(tag.front(), 1);
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    if (found == name) {
      return unescape(tag.substr(1, close - 1));
    }
    tag.remove_prefix(close + 1);
  }
}

}  // namespace

std::optional<std::string> find_app_setting(std::string_view xml, std::string_view key) {
  std::optional<std::string> value;
  bool inside = false;
  while (const auto tag = next_tag(xml)) {
    const std::string_view name = tag->substr(0, tag->find_first_of(" \t\r\n/", 1));
    if (name == "appSettings" || name == "/appSettings") {
      inside = name.front() != '/' && !tag->ends_with('/');
    } else if (inside && name == "add" && same_text(attribute(*tag, "key").value_or(""), key)) {
      value = attribute(*tag, "value");
    }
  }
  return value;
}

}  // namespace pinhole::host
