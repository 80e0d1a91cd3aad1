// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands around the operator of an nftables match: the terms on its left, values, sets and
// maps on its right. Elements of named sets and maps are written alike.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/nft_lex.hpp"
#include "firewall/nft_terms.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// Goes through the words of one statement; line ends are left out.
class NftCursor {
 public:
  explicit NftCursor(std::span<const NftToken> tokens) : tokens_(tokens) {}

  [[nodiscard]] const NftToken& peek(std::size_t ahead = 0) const;
  const NftToken& next();
  [[nodiscard]] bool at_end() const { return at_ >= tokens_.size(); }
  bool take(std::string_view word);
  [[nodiscard]] std::size_t position() const { return at_; }
  void go_to(std::size_t position) { at_ = std::min(position, tokens_.size()); }
  [[nodiscard]] std::span<const NftToken> between(std::size_t from, std::size_t to) const {
    return tokens_.subspan(from, to - from);
  }

 private:
  std::span<const NftToken> tokens_;
  std::size_t at_ = 0;
};

/// One element of a set or map as it is written.
struct NftElement {
  std::vector<std::string_view> parts;  // of a concatenation
  bool any = false;                     // `*`
  bool strange = false;                 // something in it is not understood
  bool passing = false;                 // it has a timeout
  std::span<const NftToken> to;         // of a map: what is behind the colon
};

/// The cursor stands behind `{`; afterwards behind `}` or at the end.
[[nodiscard]] std::vector<NftElement> nft_elements(NftCursor& cursor);

/// As values of these types; none where one is not understood.
[[nodiscard]] std::optional<std::vector<Element>> nft_values(std::span<const NftType> types,
                                                             std::span<const NftElement> elements);

/// `accept`, `jump chain`, ...; none for what is no plain verdict.
[[nodiscard]] std::optional<Verdict> nft_verdict(std::span<const NftToken> tokens);

/// `10.0.0.5`, `10.0.0.5:80`, `[fd00::5]:80`, `:80`, ranges of these, or `address . port`.
[[nodiscard]] std::optional<NatTarget> nft_nat_target(std::span<const NftToken> tokens);

/// The entries of a map in the order in which they hold; none where one is not understood.
template <class To>
[[nodiscard]] std::optional<std::vector<MapEntry<To>>> nft_entries(
    std::span<const NftType> types, std::span<const NftElement> elements);

/// The term at the cursor, which moves behind it; none, unmoved, where it is not known.
[[nodiscard]] std::optional<NftKey> take_nft_key(NftCursor& cursor);

/// The operator and the right side behind `keys`; none where it is not understood, and then the
/// cursor stands anywhere.
[[nodiscard]] std::optional<Match> take_nft_match(NftCursor& cursor, std::span<const NftKey> keys);

}  // namespace pinhole::firewall
