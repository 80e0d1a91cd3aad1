// SPDX-License-Identifier: Apache-2.0
#pragma once
// Words of nftables' native text (nft(8)). Addresses, ranges and prefixes are one word each, as no
// blank divides them; what they mean is known only where they are used.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pinhole::firewall {

struct NftToken {
  enum class Kind : std::uint8_t { word, quoted, sign, line_end, end };

  Kind kind = Kind::end;
  std::string_view text;  // of the source; without the quotes
  std::uint32_t line = 0;
  std::size_t begin = 0;  // offsets in the source, of the name where a define stood
  std::size_t end = 0;

  [[nodiscard]] bool is(std::string_view word) const {
    return text == word && (kind == Kind::word || kind == Kind::sign);
  }
  /// Between two statements.
  [[nodiscard]] bool ends_statement() const {
    return kind == Kind::line_end || kind == Kind::end || is(";");
  }
};

/// Reads the words one by one; comments are passed over, `$name` becomes what it was defined as.
class NftLexer {
 public:
  explicit NftLexer(std::string_view source) : source_(source) {}

  [[nodiscard]] const NftToken& peek();
  NftToken next();
  /// The next word that is no line end.
  [[nodiscard]] const NftToken& peek_over_lines();

  void define(std::string_view name, std::vector<NftToken> value);
  /// Where `$name` had no definition, or definitions grew without end; else empty.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] std::string_view source() const { return source_; }

 private:
  NftToken scan();
  void expand(const NftToken& dollar);

  std::string_view source_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::deque<NftToken> ahead_;
  std::map<std::string, std::vector<NftToken>, std::less<>> defines_;
  std::size_t expanded_ = 0;
  std::string trouble_;
};

}  // namespace pinhole::firewall
