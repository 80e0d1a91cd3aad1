// SPDX-License-Identifier: Apache-2.0
#include "snapshot/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "registry/text.hpp"

namespace pinhole::snapshot {
namespace {

tl::unexpected<Diagnostics> bad_encoding(std::string_view name, std::size_t offset,
                                         std::string message) {
  return failure({.id = "text-encoding",
                  .place = {.name = std::string(name), .offset = offset},
                  .message = std::move(message),
                  .remedy = "save it as UTF-8"});
}

}  // namespace

Checked<std::string> utf8_text(std::string_view text, std::string_view name, std::size_t most) {
  if (text.size() > most) {
    return failure({.id = "text-too-long",
                    .place = {std::string(name), 0, 0, {}},
                    .message = fmt::format("more than {} MiB of text", most >> 20U),
                    .remedy = "give just the part that is needed"});
  }
  if (text.starts_with("\xff\xfe")) {
    const ByteView units = bytes_of(text.substr(2));
    if (const auto bad = registry::first_bad_utf16le(units)) {
      return bad_encoding(name, *bad + 2, "not UTF-16LE, as its byte order mark says");
    }
    return registry::utf8_of_utf16le(units).value_or(std::string());
  }
  if (text.starts_with("\xfe\xff")) {
    return bad_encoding(name, 0, "UTF-16 in big-endian order");
  }
  if (text.starts_with("\xef\xbb\xbf")) {
    if (const auto bad = registry::first_bad_utf8(text.substr(3))) {
      return bad_encoding(name, *bad + 3, "not UTF-8, as its byte order mark says");
    }
    return std::string(text.substr(3));
  }
  return registry::first_bad_utf8(text) ? registry::utf8_of_cp1252(bytes_of(text))
                                        : std::string(text);
}

bool Lines::next() {
  if (rest_.empty()) {
    return false;
  }
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  line_ = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (line_.ends_with('\r')) {
    line_.remove_suffix(1);
  }
  ++number_;
  return true;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

void Mistakes::add(std::string id, std::uint32_t line, std::string message, std::string remedy) {
  constexpr std::size_t kMost = 20;
  if (all_.size() < kMost) {
    all_.push_back({.id = std::move(id),
                    .place = {std::string(name_), line, 0, {}},
                    .message = std::move(message),
                    .remedy = std::move(remedy)});
  }
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::size_t end = text.size();
  if (end > kMost) {
    end = kMost;
    // Not in the middle of a character.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
      --end;
    }
  }
  std::string out = "\"" + std::string(text.substr(0, end));
  return out + (end < text.size() ? "...\"" : "\"");
}

}  // namespace pinhole::snapshot
