// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.hpp"

namespace pinhole {

std::string to_hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte value : bytes) {
    text += kDigits[std::to_integer<unsigned>(value) >> 4];
    text += kDigits[std::to_integer<unsigned>(value) & 15U];
  }
  return text;
}

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  int high = -1;
  bool comment = false;
  for (const char c : text) {
    if (comment || c == '#') {
      comment = c != '\n';
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      continue;
    }
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      break;
    }
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::byte>(high * 16 + digit));
      high = -1;
    }
  }
  return bytes;
}

}  // namespace pinhole
