// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the readers of this room share: files as Windows leaves them (byte order marks, UTF-16 from
// a redirection in PowerShell, code pages, CR LF) become UTF-8, and mistakes gather in one list.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/diagnostic.hpp"

namespace pinhole::snapshot {

/// Longest text that is read: of listings, and of files that people write.
inline constexpr std::size_t kMaxText = std::size_t{64} << 20U;
inline constexpr std::size_t kMaxConfig = std::size_t{4} << 20U;

/// The text as UTF-8 without a byte order mark: UTF-16LE and UTF-8 where the mark says so or where
/// it is UTF-8 anyway, else code page 1252. Errors (exit 2, with offset): `text-too-long`
/// (`most` octets, whole MiB), `text-encoding` for a mark that the rest belies and for UTF-16 in
/// big-endian order.
[[nodiscard]] Checked<std::string> utf8_text(std::string_view text, std::string_view name,
                                             std::size_t most = kMaxText);

/// Line after line, without LF or CR LF. Borrows the text.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  /// False at the end, and then nothing else changed.
  bool next();
  [[nodiscard]] std::string_view line() const { return line_; }
  /// From 1; 0 before the first line.
  [[nodiscard]] std::uint32_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::string_view line_;
  std::uint32_t number_ = 0;
};

/// Without white space at both ends; U+00A0 is none.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// ASCII letters in lower case, all else as it is.
[[nodiscard]] std::string lower_case(std::string_view text);

/// What is wrong with one text. After 20 mistakes one more says nothing new.
class Mistakes {
 public:
  explicit Mistakes(std::string_view name) : name_(name) {}

  void add(std::string id, std::uint32_t line, std::string message, std::string remedy);
  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] Diagnostics take() { return std::move(all_); }

 private:
  std::string_view name_;
  Diagnostics all_;
};

/// A piece of a foreign text for a message: at most 60 octets of it, between quotation marks.
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace pinhole::snapshot
