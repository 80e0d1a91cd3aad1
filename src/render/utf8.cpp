// SPDX-License-Identifier: Apache-2.0
#include "render/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace pinhole::render {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Sorted. Beside the controls these are the characters that reorder, hide or join text without
// being seen: a peer's annotation must not be able to say one thing and show another.
constexpr auto kHidden = std::to_array<Range>({
    {0x0000, 0x001f},   {0x007f, 0x009f},    {0x00ad, 0x00ad},   {0x034f, 0x034f},
    {0x061c, 0x061c},   {0x115f, 0x1160},    {0x17b4, 0x17b5},   {0x180b, 0x180f},
    {0x200b, 0x200f},   {0x2028, 0x202e},    {0x2060, 0x206f},   {0x3164, 0x3164},
    {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},   {0xfff0, 0xfffb},    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
});

constexpr auto kCombining = std::to_array<Range>({
    {0x0300, 0x036f},
    {0x0483, 0x0489},
    {0x0591, 0x05bd},
    {0x064b, 0x065f},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff},
    {0xfe20, 0xfe2f},
});

constexpr auto kWide = std::to_array<Range>({
    {0x1100, 0x115f},
    {0x2e80, 0x303e},
    {0x3041, 0xa4cf},
    {0xac00, 0xd7a3},
    {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},
    {0xff01, 0xff60},
    {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff},
    {0x1f900, 0x1faff},
    {0x20000, 0x3fffd},
});

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t code_point) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), code_point,
                       [](char32_t value, const Range& range) { return value < range.first; });
  return after != ranges.begin() && code_point <= std::prev(after)->last;
}

}  // namespace

Step first_step(std::string_view text) {
  const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  const std::uint8_t lead = octet(0);
  if (lead < 0x80) {
    return {lead, 1};
  }
  std::size_t size = 0;
  char32_t value = 0;
  char32_t least = 0;
  if ((lead & 0xe0U) == 0xc0) {
    size = 2;
    value = lead & 0x1fU;
    least = 0x80;
  } else if ((lead & 0xf0U) == 0xe0) {
    size = 3;
    value = lead & 0x0fU;
    least = 0x800;
  } else if ((lead & 0xf8U) == 0xf0) {
    size = 4;
    value = lead & 0x07U;
    least = 0x10000;
  } else {
    return {std::nullopt, 1};
  }
  if (text.size() < size) {
    return {std::nullopt, 1};
  }
  for (std::size_t i = 1; i < size; ++i) {
    if ((octet(i) & 0xc0U) != 0x80) {
      return {std::nullopt, 1};
    }
    value = value << 6U | (octet(i) & 0x3fU);
  }
  if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    return {std::nullopt, 1};
  }
  return {value, size};
}

bool is_printable(char32_t code_point) {
  return !within(kHidden, code_point) && (code_point & 0xfffeU) != 0xfffe;
}

std::size_t width(char32_t code_point) {
  if (code_point < 0x300) {
    return 1;
  }
  if (within(kCombining, code_point)) {
    return 0;
  }
  return within(kWide, code_point) ? 2 : 1;
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Step step = first_step(text);
    columns += step.code_point ? width(*step.code_point) : 1;
    text.remove_prefix(step.size);
  }
  return columns;
}

}  // namespace pinhole::render
