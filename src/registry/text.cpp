// SPDX-License-Identifier: Apache-2.0
#include "registry/text.hpp"

#include <array>
#include <cstdint>

namespace pinhole::registry {
namespace {

constexpr char32_t kBad = 0xFFFFFFFF;
constexpr char32_t kReplacement = 0xFFFD;

// Code page 1252, 0x80 to 0x9F; the rest is Latin-1.
constexpr std::array<char16_t, 32> kCp1252 = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

struct Step {
  char32_t code_point;
  std::size_t size;
};

Step step_utf8(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : std::uint8_t{0};
  };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) {
    return {lead, 1};
  }
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) {
    return {kBad, 1};
  }
  char32_t value = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) {
      return {kBad, 1};
    }
    value = value << 6U | (byte(i) & 0x3FU);
  }
  const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
    return {kBad, 1};
  }
  return {value, size};
}

char16_t unit_at(ByteView bytes, std::size_t at) {
  return static_cast<char16_t>(std::to_integer<unsigned>(bytes[at]) |
                               std::to_integer<unsigned>(bytes[at + 1]) << 8U);
}

// The code point at an even offset with at least two bytes left.
Step step_utf16(ByteView bytes, std::size_t at) {
  const char32_t first = unit_at(bytes, at);
  if (first < 0xD800 || first >= 0xE000) {
    return {first, 2};
  }
  if (first >= 0xDC00 || at + 4 > bytes.size()) {
    return {kBad, 2};
  }
  const char32_t second = unit_at(bytes, at + 2);
  if (second < 0xDC00 || second >= 0xE000) {
    return {kBad, 2};
  }
  return {0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00), 4};
}

void append_unit(Bytes& bytes, char32_t unit) {
  bytes.push_back(static_cast<std::byte>(unit & 0xFFU));
  bytes.push_back(static_cast<std::byte>(unit >> 8U & 0xFFU));
}

char32_t upcase(char32_t c) {
  if (c < 0x80) {
    return c >= 'a' && c <= 'z' ? c - 32 : c;
  }
  if ((c >= 0xE0 && c <= 0xFE && c != 0xF7) || (c >= 0x3B1 && c <= 0x3CB && c != 0x3C2) ||
      (c >= 0x430 && c <= 0x44F)) {
    return c - 32;
  }
  if (c == 0xFF) {
    return 0x178;
  }
  if (c >= 0x450 && c <= 0x45F) {
    return c - 80;
  }
  // Pairs whose upper form is even, then pairs whose upper form is odd.
  if ((c >= 0x100 && c <= 0x137 && c != 0x131) || (c >= 0x14A && c <= 0x177) ||
      (c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF)) {
    return c & ~char32_t{1};
  }
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) {
    return (c & 1U) == 0 ? c - 1 : c;
  }
  return c;
}

}  // namespace

void append_utf8(std::string& text, char32_t c) {
  const auto put = [&text](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6U);
    put(0x80 | (c & 0x3FU));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12U);
    put(0x80 | (c >> 6U & 0x3FU));
    put(0x80 | (c & 0x3FU));
  } else {
    put(0xF0 | c >> 18U);
    put(0x80 | (c >> 12U & 0x3FU));
    put(0x80 | (c >> 6U & 0x3FU));
    put(0x80 | (c & 0x3FU));
  }
}

std::optional<std::size_t> first_bad_utf16le(ByteView bytes) {
  std::size_t at = 0;
  while (at + 2 <= bytes.size()) {
    const Step step = step_utf16(bytes, at);
    if (step.code_point == kBad) {
      return at;
    }
    at += step.size;
  }
  return at == bytes.size() ? std::nullopt : std::optional(at);
}

std::optional<std::string> utf8_of_utf16le(ByteView bytes) {
  if (first_bad_utf16le(bytes)) {
    return std::nullopt;
  }
  std::string text;
  text.reserve(bytes.size() / 2);
  for (std::size_t at = 0; at < bytes.size();) {
    const Step step = step_utf16(bytes, at);
    append_utf8(text, step.code_point);
    at += step.size;
  }
  return text;
}

Bytes utf16le_of(std::string_view utf8) {
  Bytes bytes;
  bytes.reserve(utf8.size() * 2);
  for (std::size_t at = 0; at < utf8.size();) {
    const Step step = step_utf8(utf8, at);
    const char32_t c = step.code_point == kBad ? kReplacement : step.code_point;
    if (c < 0x10000) {
      append_unit(bytes, c);
    } else {
      append_unit(bytes, 0xD800 + ((c - 0x10000) >> 10U));
      append_unit(bytes, 0xDC00 + ((c - 0x10000) & 0x3FFU));
    }
    at += step.size;
  }
  return bytes;
}

std::string utf8_of_cp1252(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<std::uint8_t>(byte);
    append_utf8(text, value >= 0x80 && value < 0xA0 ? char32_t{kCp1252[value - 0x80U]} : value);
  }
  return text;
}

std::optional<Bytes> cp1252_of(std::string_view utf8) {
  Bytes bytes;
  for (std::size_t at = 0; at < utf8.size();) {
    const Step step = step_utf8(utf8, at);
    at += step.size;
    char32_t value = step.code_point;
    if (value >= 0x80 && (value < 0xA0 || value > 0xFF)) {
      std::size_t k = 0;
      while (k < kCp1252.size() && char32_t{kCp1252[k]} != value) {
        ++k;
      }
      if (k == kCp1252.size()) {
        return std::nullopt;
      }
      value = static_cast<char32_t>(0x80 + k);
    }
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

std::optional<std::size_t> first_bad_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Step step = step_utf8(text, at);
    if (step.code_point == kBad) {
      return at;
    }
    at += step.size;
  }
  return std::nullopt;
}

std::size_t utf16_length(std::string_view utf8) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const Step step = step_utf8(utf8, at);
    units += step.size == 4 ? 2 : 1;
    at += step.size;
  }
  return units;
}

int compare_names(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t k = 0;
  while (i < a.size() && k < b.size()) {
    const Step left = step_utf8(a, i);
    const Step right = step_utf8(b, k);
    const char32_t x = upcase(left.code_point);
    const char32_t y = upcase(right.code_point);
    if (x != y) {
      return x < y ? -1 : 1;
    }
    i += left.size;
    k += right.size;
  }
  if (i < a.size()) {
    return 1;
  }
  return k < b.size() ? -1 : 0;
}

}  // namespace pinhole::registry
