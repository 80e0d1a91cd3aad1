// SPDX-License-Identifier: Apache-2.0
#pragma once
// pf.conf as statements of words (pf.conf(5)): comments gone, lines joined, macros in place.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pinhole::firewall::pf {

struct Word {
  std::string text;
  bool quoted = false;

  friend bool operator==(const Word& word, std::string_view plain) {
    return !word.quoted && word.text == plain;
  }
};

/// Braces stand for themselves, as do `(`, `)`, `,`, `!`, `=`, `!=`, `<`, `<=`, `>`, `>=`, `<>`,
/// `><` and `->`. A table is one word: `<name>`. A block opens with a last `{`; it closes with the
/// statement `}`.
struct Statement {
  std::vector<Word> words;
  std::uint32_t line = 0;
  std::string text;  // as the file has it, on one line
};

/// Throws Stop.
[[nodiscard]] std::vector<Statement> statements(std::string_view text);

}  // namespace pinhole::firewall::pf
