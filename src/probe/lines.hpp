// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text protocols' common part: a stream cut into lines, and small questions about a line.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/talk.hpp"

namespace pinhole::probe {

/// Whole lines of a stream, without CR LF or LF. A longer one than kMostLine is given cut there.
class Lines {
 public:
  static constexpr std::size_t kMostLine = 4096;

  void feed(ByteView in) { held_ += text_of(in); }
  [[nodiscard]] std::optional<std::string> next();
  /// What came after the last line; a peer that says a prompt and no line end.
  [[nodiscard]] std::string_view rest() const { return held_; }

 private:
  std::string held_;
};

/// A talk that is given whole lines until it wants no more.
class LineTalk : public Talk {
 public:
  [[nodiscard]] Step on_bytes(ByteView in) final;

 protected:
  [[nodiscard]] virtual Step on_line(std::string_view line) = 0;
  [[nodiscard]] Step start() override { return {}; }

 private:
  Lines lines_;
};

/// The first three digits as a number; no value where they are not followed by a space, a hyphen or
/// the end.
[[nodiscard]] std::optional<int> reply_code(std::string_view line);
/// True for `250-…`: more lines of the same reply follow.
[[nodiscard]] bool has_more(std::string_view line);
/// What stands behind the code.
[[nodiscard]] std::string_view reply_text(std::string_view line);

/// ASCII, without regard to case.
[[nodiscard]] bool same_word(std::string_view left, std::string_view right);
[[nodiscard]] bool starts_with_word(std::string_view text, std::string_view word);
[[nodiscard]] bool contains_word(std::string_view text, std::string_view word);
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view text);
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view between);

}  // namespace pinhole::probe
