// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of this room share: the files of tests/snapshot/data, and their shapes on Windows.

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace pinhole::snapshot {

inline std::string sample(const std::string& name) {
  std::ifstream in(std::string(PINHOLE_SOURCE_DIR "/tests/snapshot/data/") + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// An ASCII text as UTF-16LE with a byte order mark and CR LF, as a redirection in PowerShell.
inline std::string as_utf16(std::string_view text) {
  std::string out = "\xff\xfe";
  for (const char c : text) {
    if (c == '\n') {
      out += {'\r', '\0'};
    }
    out += {c, '\0'};
  }
  return out;
}

/// With CR LF and the UTF-8 byte order mark.
inline std::string as_utf8_crlf(std::string_view text) {
  std::string out = "\xef\xbb\xbf";
  for (const char c : text) {
    out += c == '\n' ? "\r\n" : std::string(1, c);
  }
  return out;
}

}  // namespace pinhole::snapshot
