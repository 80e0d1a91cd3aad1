// SPDX-License-Identifier: Apache-2.0
// What the values of maps mean: verdicts, and where translations lead.
#include <algorithm>
#include <type_traits>
#include <utility>

#include "firewall/nft_operand.hpp"

namespace pinhole::firewall {
namespace {

std::optional<AddressRange> any_address(std::string_view text) {
  for (const NftType type : {NftType::ipv4, NftType::ipv6}) {
    if (const auto value = nft_value(type, text)) {
      return std::get<AddressRange>(*value);
    }
  }
  return std::nullopt;
}

std::optional<NumberRange> ports(std::string_view text) {
  const auto value = nft_value(NftType::port, text);
  return value ? std::optional(std::get<NumberRange>(*value)) : std::nullopt;
}

std::optional<NatTarget> target_of_word(std::string_view word) {
  std::string_view address = word;
  std::optional<std::string_view> port;
  if (word.starts_with('[')) {
    const std::size_t close = word.find(']');
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    address = word.substr(1, close - 1);
    const std::string_view rest = word.substr(close + 1);
    if (!rest.empty()) {
      if (!rest.starts_with(':')) {
        return std::nullopt;
      }
      port = rest.substr(1);
    }
  } else if (std::ranges::count(word, ':') == 1) {
    const std::size_t colon = word.find(':');
    address = word.substr(0, colon);
    port = word.substr(colon + 1);
  }
  NatTarget target;
  if (!address.empty() && !(target.address = any_address(address))) {
    return std::nullopt;
  }
  if (port && !(target.ports = ports(*port))) {
    return std::nullopt;
  }
  return target.address || target.ports ? std::optional(target) : std::nullopt;
}

}  // namespace

std::optional<Verdict> nft_verdict(std::span<const NftToken> tokens) {
  static constexpr std::pair<std::string_view, Verdict::Kind> kVerdicts[] = {
      {"accept", Verdict::Kind::accept},
      {"drop", Verdict::Kind::drop},
      {"return", Verdict::Kind::leave},
      {"continue", Verdict::Kind::next}};
  if (tokens.size() == 1) {
    for (const auto& [word, kind] : kVerdicts) {
      if (tokens[0].is(word)) {
        return Verdict{kind, {}};
      }
    }
  }
  if (tokens.size() == 2 && tokens[1].kind == NftToken::Kind::word &&
      (tokens[0].is("jump") || tokens[0].is("goto"))) {
    return Verdict{tokens[0].is("jump") ? Verdict::Kind::jump : Verdict::Kind::go_to,
                   std::string(tokens[1].text)};
  }
  return std::nullopt;
}

std::optional<NatTarget> nft_nat_target(std::span<const NftToken> tokens) {
  if (tokens.size() == 1) {
    return target_of_word(tokens[0].text);
  }
  if (tokens.size() == 3 && tokens[1].is(".")) {
    const NatTarget target{any_address(tokens[0].text), ports(tokens[2].text)};
    return target.address && target.ports ? std::optional(target) : std::nullopt;
  }
  return std::nullopt;
}

template <class To>
std::optional<std::vector<MapEntry<To>>> nft_entries(std::span<const NftType> types,
                                                     std::span<const NftElement> elements) {
  auto keys = nft_values(types, elements);
  if (!keys) {
    return std::nullopt;
  }
  std::vector<MapEntry<To>> entries;
  std::vector<MapEntry<To>> last;  // `*` holds only where nothing else does
  for (std::size_t i = 0; i < elements.size(); ++i) {
    std::optional<To> to;
    if constexpr (std::is_same_v<To, Verdict>) {
      to = nft_verdict(elements[i].to);
    } else {
      to = nft_nat_target(elements[i].to);
    }
    if (!to) {
      return std::nullopt;
    }
    (elements[i].any ? last : entries).push_back({std::move((*keys)[i]), std::move(*to)});
  }
  std::ranges::move(last, std::back_inserter(entries));
  return entries;
}

template std::optional<std::vector<MapEntry<Verdict>>> nft_entries(std::span<const NftType>,
                                                                   std::span<const NftElement>);
template std::optional<std::vector<MapEntry<NatTarget>>> nft_entries(std::span<const NftType>,
                                                                     std::span<const NftElement>);

}  // namespace pinhole::firewall
