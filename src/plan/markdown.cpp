// SPDX-License-Identifier: Apache-2.0
#include "plan/markdown.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "registry/text.hpp"

namespace pinhole::plan {
namespace {

/// Longer cells do not make a column wider in the source.
constexpr std::size_t kWidestColumn = 60;

bool turns_direction(std::uint32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

bool breaks_line(std::uint32_t code) {
  return (code >= 0x80 && code < 0xA0) || code == 0x2028 || code == 0x2029;
}

/// Valid UTF-8 of one line that shows as it reads.
std::string shown(std::string_view text) {
  const std::string valid =
      registry::utf8_of_utf16le(registry::utf16le_of(text)).value_or(std::string());
  std::string out;
  for (std::size_t i = 0; i < valid.size();) {
    const auto lead = static_cast<unsigned char>(valid[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t code = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t next = 1; next < length; ++next) {
      code = code << 6U | (static_cast<unsigned char>(valid[i + next]) & 0x3FU);
    }
    if (code < 0x20 || code == 0x7F) {
      out += fmt::format("\\x{:02x}", code);
    } else if (turns_direction(code) || breaks_line(code)) {
      out += fmt::format("\\u{{{:x}}}", code);
    } else {
      out += valid.substr(i, length);
    }
    i += length;
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string row_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line = "|";
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string cell = i < cells.size() ? cells[i] : std::string();
    const std::size_t width = width_of(cell);
    line +=
        fmt::format(" {}{} |", cell, std::string(width < widths[i] ? widths[i] - width : 0, ' '));
  }
  return line + "\n";
}

}  // namespace

std::string markdown(std::string_view text) {
  std::string out;
  for (const char c : shown(text)) {
    if (std::string_view("\\`*_[]<>|&~#").find(c) != std::string_view::npos) {
      out.push_back('\\');
    }
    out.push_back(c);
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  const std::string content = shown(text);
  if (content.empty()) {
    return {};
  }
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : content) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const std::string pad = longest > 0 ? " " : "";
  std::string inside;
  for (const char c : content) {
    // A table ends its cell at a bar, also within code.
    inside += c == '|' ? "\\|" : std::string(1, c);
  }
  return fence + pad + inside + pad + fence;
}

std::string markdown_table(const std::vector<std::string>& titles,
                           const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < titles.size(); ++i) {
    std::size_t width = std::max<std::size_t>(width_of(titles[i]), 3);
    for (const auto& row : rows) {
      width = std::max(width, i < row.size() ? width_of(row[i]) : 0);
    }
    widths.push_back(std::min(width, kWidestColumn));
  }
  std::vector<std::string> rule;
  rule.reserve(widths.size());
  for (const std::size_t width : widths) {
    rule.emplace_back(width, '-');
  }
  std::string text = row_of(titles, widths) + row_of(rule, widths);
  for (const auto& row : rows) {
    text += row_of(row, widths);
  }
  return text;
}

}  // namespace pinhole::plan
