// SPDX-License-Identifier: Apache-2.0
#include "plan/apply_quote.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "registry/text.hpp"

namespace pinhole::plan {
namespace {

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_printable(c); });
}

std::vector<std::uint32_t> utf16_units(std::string_view utf8) {
  const Bytes bytes = registry::utf16le_of(utf8);
  std::vector<std::uint32_t> units;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    units.push_back(std::to_integer<std::uint32_t>(bytes[i]) |
                    std::to_integer<std::uint32_t>(bytes[i + 1]) << 8U);
  }
  return units;
}

bool is_ascii_printable(std::uint32_t unit) {
  return unit >= 0x20 && unit <= 0x7e;
}

std::string doubled(std::string_view text, char mark) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == mark) {
      out += c;
    }
  }
  return out;
}

bool looks_like_a_template(std::string_view text) {
  constexpr auto kOpening = std::to_array<std::string_view>({"{{", "{%", "{#"});
  return std::ranges::any_of(kOpening, [&](std::string_view opening) {
    return text.find(opening) != std::string_view::npos;
  });
}

std::string yaml_escaped(std::string_view text) {
  std::string out = "\"";
  const auto units = utf16_units(text);
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::uint32_t unit = units[i];
    if (unit == '"' || unit == '\\') {
      out += '\\';
      out += static_cast<char>(unit);
    } else if (is_ascii_printable(unit)) {
      out += static_cast<char>(unit);
    } else if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < units.size()) {
      const std::uint32_t low = units[++i];
      out += fmt::format("\\U{:08x}", 0x10000U + ((unit - 0xd800U) << 10U) + (low - 0xdc00U));
    } else {
      out += fmt::format("\\u{:04x}", unit);
    }
  }
  return out + "\"";
}

}  // namespace

std::string comment_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += is_printable(c) ? c : '?';
  }
  return out;
}

std::string powershell_text(std::string_view text) {
  if (is_printable(text)) {
    return fmt::format("'{}'", doubled(text, '\''));
  }
  // A text first: [char] + [char] would be a number.
  std::string out = "(''";
  std::string run;
  const auto flush = [&] {
    if (!run.empty()) {
      out += fmt::format(" + '{}'", doubled(run, '\''));
      run.clear();
    }
  };
  for (const std::uint32_t unit : utf16_units(text)) {
    if (is_ascii_printable(unit)) {
      run += static_cast<char>(unit);
    } else {
      flush();
      out += fmt::format(" + [char]0x{:04x}", unit);
    }
  }
  flush();
  return out + ")";
}

std::optional<std::string> cmd_text(std::string_view text) {
  if (!is_printable(text) || text.find('"') != std::string_view::npos) {
    return std::nullopt;
  }
  std::string out = "\"" + doubled(text, '%');
  // Backslashes before the closing quote would make it part of the text.
  const std::size_t last = text.find_last_not_of('\\');
  out.append(last == std::string_view::npos ? text.size() : text.size() - last - 1, '\\');
  return out + "\"";
}

std::string yaml_text(std::string_view text) {
  const std::string scalar =
      is_printable(text) ? fmt::format("'{}'", doubled(text, '\'')) : yaml_escaped(text);
  return looks_like_a_template(text) ? "!unsafe " + scalar : scalar;
}

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML has no other controls, not even as references (XML 1.0, 2.2).
        out += (c >= '\0' && c < ' ') ? '?' : c;
    }
  }
  return out;
}

}  // namespace pinhole::plan
