// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text of `show running-config` of ASA and IOS as statements: a line that begins a block and
// the indented lines that belong to it. Comments (`!`, and `:` on an ASA) and IOS' banners over
// several lines are left out.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pinhole::firewall::cisco {

/// Views of the text, which outlives it.
struct ConfigLine {
  std::uint32_t line = 0;
  std::string_view text;  // without blanks around it
};

struct ConfigBlock {
  ConfigLine head;
  std::vector<ConfigLine> lines;
};

/// Throws Stop where a banner does not end, and where a line stands outside of the block that it
/// can only be in.
[[nodiscard]] std::vector<ConfigBlock> config_blocks(std::string_view text);

/// The words of a line, one after the other. At the end all of them are empty.
class Words {
 public:
  explicit Words(std::string_view text);

  [[nodiscard]] std::string_view peek(std::size_t ahead = 0) const {
    return at_ + ahead < words_.size() ? words_[at_ + ahead] : std::string_view();
  }
  std::string_view next() { return at_ < words_.size() ? words_[at_++] : std::string_view(); }
  /// Goes on behind the word where it is the next one.
  bool take(std::string_view word);
  [[nodiscard]] bool done() const { return at_ >= words_.size(); }
  /// What is left, with single blanks between.
  [[nodiscard]] std::string rest() const;
  void skip_all() { at_ = words_.size(); }

 private:
  std::vector<std::string_view> words_;
  std::size_t at_ = 0;
};

[[nodiscard]] bool starts_with_words(std::string_view text, std::string_view words);

/// Whether the text has the configuration of an ASA, or of IOS: by statements that the other has
/// not.
[[nodiscard]] bool is_asa(std::string_view text);
[[nodiscard]] bool is_ios(std::string_view text);

}  // namespace pinhole::firewall::cisco
