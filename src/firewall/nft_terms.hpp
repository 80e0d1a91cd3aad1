// SPDX-License-Identifier: Apache-2.0
#pragma once
// The terms of nftables (nft(8), Payload, Meta and Ct expressions) as fields and values of a rule
// set. Only what a packet's fields decide is here; all else is unknown to a reader.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// How a value is written.
enum class NftType : std::uint8_t {
  ipv4,
  ipv6,
  port,
  protocol,
  interface,
  state,
  tcp_flags,
  icmp_type,
  icmpv6_type,
  icmp_code,
  family,
  ethertype,
  status,  // of the connection: `dnat` alone is known
};

/// A term on the left of a match: its field, and what naming it implies.
struct NftKey {
  Field field = Field::family;
  NftType type = NftType::family;
  std::vector<Match> implied;
};

/// `ip saddr`, `tcp dport`, `meta iifname`, `ct state`, ...; of ct also `original ip daddr` as
/// one name. None: not known, or not decided by fields.
[[nodiscard]] std::optional<NftKey> nft_key(std::string_view group, std::string_view name);

/// Of a set's `type`: `ipv4_addr`, `inet_service`, ...
[[nodiscard]] std::optional<NftType> nft_type(std::string_view datatype);

/// One value, a range `a-b`, or a prefix. `quoted` interface names keep their characters.
[[nodiscard]] std::optional<Value> nft_value(NftType type, std::string_view text);
/// The bits that stand for a flag or state; none where it is not known.
[[nodiscard]] std::optional<std::uint32_t> nft_bit(NftType type, std::string_view text);
/// What every packet has: the element `*` of a set.
[[nodiscard]] Value nft_any(NftType type);

/// Field = number.
[[nodiscard]] Match field_is(Field field, std::uint32_t number);

/// Priority of a base chain by its name: `filter` is 0, `dstnat` -100.
[[nodiscard]] std::optional<std::int32_t> nft_priority(std::string_view name);

}  // namespace pinhole::firewall
