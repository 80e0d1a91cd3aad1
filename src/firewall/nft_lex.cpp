// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_lex.hpp"

#include <algorithm>
#include <utility>

namespace pinhole::firewall {
namespace {

constexpr std::string_view kSigns = "{}(),;=!<>&|^\"#@$";
/// Words that definitions may bring in all together.
constexpr std::size_t kMostExpanded = 4'000'000;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

bool is_word(char c) {
  return !is_blank(c) && c != '\n' && kSigns.find(c) == std::string_view::npos;
}

}  // namespace

NftToken NftLexer::scan() {
  const auto token = [&](NftToken::Kind kind, std::size_t begin, std::size_t end) {
    return NftToken{kind, source_.substr(begin, end - begin), line_, begin, end};
  };
  while (at_ < source_.size()) {
    const char c = source_[at_];
    if (is_blank(c)) {
      ++at_;
    } else if (c == '\\' && at_ + 1 < source_.size() && source_[at_ + 1] == '\n') {
      at_ += 2;
      ++line_;
    } else if (source_.substr(at_, 5) == "# xt_") {
      // How nft writes an extension of iptables that it cannot show: no comment at all.
      ++at_;
    } else if (c == '#') {
      at_ = std::min(source_.find('\n', at_), source_.size());
    } else {
      break;
    }
  }
  const std::size_t begin = at_;
  if (begin == source_.size()) {
    return token(NftToken::Kind::end, begin, begin);
  }
  if (source_[begin] == '\n') {
    NftToken end = token(NftToken::Kind::line_end, begin, ++at_);
    ++line_;
    return end;
  }
  if (source_[begin] == '"') {
    const std::size_t close = source_.find('"', begin + 1);
    at_ = close == std::string_view::npos ? source_.size() : close + 1;
    NftToken quoted = token(NftToken::Kind::quoted, begin, at_);
    quoted.text =
        quoted.text.substr(1, quoted.text.size() - (close == std::string_view::npos ? 1 : 2));
    line_ += static_cast<std::uint32_t>(std::ranges::count(quoted.text, '\n'));
    return quoted;
  }
  if (!is_word(source_[begin])) {
    static constexpr std::string_view kPairs[] = {"==", "!=", "<=", ">=", "<<", ">>"};
    const bool two = std::ranges::find(kPairs, source_.substr(begin, 2)) != std::end(kPairs);
    at_ = begin + (two ? 2 : 1);
    return token(NftToken::Kind::sign, begin, at_);
  }
  while (at_ < source_.size() && is_word(source_[at_])) {
    // A line may go on after a backslash that touches the word.
    if (source_[at_] == '\\' && at_ > begin && at_ + 1 < source_.size() &&
        source_[at_ + 1] == '\n') {
      break;
    }
    ++at_;
  }
  return token(NftToken::Kind::word, begin, at_);
}

void NftLexer::expand(const NftToken& dollar) {
  const NftToken name = scan();
  const auto found = defines_.find(name.text);
  if (name.kind != NftToken::Kind::word || found == defines_.end()) {
    trouble_ = "$" + std::string(name.text) + " has no definition";
    ahead_.push_back(name);
    return;
  }
  expanded_ += found->second.size();
  if (expanded_ > kMostExpanded) {
    trouble_ = "definitions grow without end";
    return;
  }
  for (NftToken each : found->second) {
    each.line = dollar.line;
    each.begin = dollar.begin;
    each.end = name.end;
    ahead_.push_back(each);
  }
}

const NftToken& NftLexer::peek() {
  while (ahead_.empty()) {
    NftToken token = scan();
    // After trouble nothing follows: whoever reads on comes to an end.
    if (!trouble_.empty()) {
      token.kind = NftToken::Kind::end;
    }
    if (token.is("$") && trouble_.empty()) {
      expand(token);
    } else {
      ahead_.push_back(token);
    }
  }
  return ahead_.front();
}

NftToken NftLexer::next() {
  NftToken token = peek();
  if (token.kind != NftToken::Kind::end) {
    ahead_.pop_front();
  }
  return token;
}

const NftToken& NftLexer::peek_over_lines() {
  while (peek().kind == NftToken::Kind::line_end) {
    ahead_.pop_front();
  }
  return ahead_.front();
}

void NftLexer::define(std::string_view name, std::vector<NftToken> value) {
  defines_.insert_or_assign(std::string(name), std::move(value));
}

}  // namespace pinhole::firewall
