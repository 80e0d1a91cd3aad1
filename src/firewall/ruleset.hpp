// SPDX-License-Identifier: Apache-2.0
#pragma once
// A real rule set as a reader found it, in a form that every dialect fits: tables of chains of
// rules on the hooks of a forwarding host (nftables' words and meaning). evaluate.hpp gives it
// its packet sets, explain.hpp walks it.
//
// What a reader must do:
// - Spell out what a dialect implies: `tcp dport 135` is the match protocol = 6 and the match
//   destination_port = 135; `ip saddr != 10.0.0.0/8` is family = 4 and source not in 10.0.0.0/8.
//   A negated match is the complement over all packets, of every family and protocol.
// - Keep one Rule for each rule of the file, in its order, also those that decide nothing.
//   Counters, logging, comments and setting marks are no actions: they stay in `text` alone.
// - A condition that it does not know becomes a Match with `unknown` set: it may or may not hold.
//   A statement that it does not know and that may decide becomes an UnknownAction. Marks, rate
//   limits, time, owner, fib, payload expressions and the like are such.
// - A dialect without hooks (an ordered access list) is one table with one base chain on
//   `forward`, priority 0, whose policy is the list's implicit end.
//
// Meaning: hooks in the order of Hook; on one hook base chains by priority, then as they stand.
// `accept` ends its base chain and the packet goes on to the next one; drop and reject are final.
// Chains of iptables: raw -300, mangle -150, nat -100 (PREROUTING) and 100 (POSTROUTING), filter
// 0, security 50. Packets are the first ones of new connections (TCP: SYN alone).

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.hpp"

namespace pinhole::firewall {

enum class Field : std::uint8_t {
  in_interface,          // InterfaceName
  out_interface,         // InterfaceName
  family,                // NumberRange: 4 or 6
  source,                // AddressRange
  destination,           // AddressRange; as at this hook: after translation where that came before
  protocol,              // NumberRange: IANA; of IPv6, the last header
  source_port,           // NumberRange
  destination_port,      // NumberRange; as at this hook
  icmp_type,             // NumberRange: ICMP or ICMPv6, with the match on `protocol` beside it
  icmp_code,             // NumberRange
  connection_state,      // NumberRange: one of kState...; a list is several elements
  tcp_flags,             // MaskedNumber: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32
  translated,            // NumberRange: 1 where the destination was translated (`ct status dnat`)
  original_destination,  // AddressRange: as it arrived
  original_destination_port,  // NumberRange: as it arrived
};

inline constexpr std::uint32_t kStateInvalid = 1;
inline constexpr std::uint32_t kStateEstablished = 2;
inline constexpr std::uint32_t kStateRelated = 4;
inline constexpr std::uint32_t kStateNew = 8;
inline constexpr std::uint32_t kStateUntracked = 64;

/// Both ends included; first <= last.
struct NumberRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

/// Both ends included, of one family; first <= last.
struct AddressRange {
  IpAddress first;
  IpAddress last;
  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

/// (packet & mask) == value
struct MaskedNumber {
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
  friend bool operator==(const MaskedNumber&, const MaskedNumber&) = default;
};

/// A name, or where `prefix` all names that begin with it (`eth*` is "eth"; "" is any).
struct InterfaceName {
  std::string name;
  bool prefix = false;
  friend bool operator==(const InterfaceName&, const InterfaceName&) = default;
};

using Value = std::variant<NumberRange, AddressRange, MaskedNumber, InterfaceName>;

/// One value for each field of the match, set or map that it belongs to; all must hold.
using Element = std::vector<Value>;

/// Holds where the packet's fields are one of the elements; none of them where negated.
struct Match {
  std::vector<Field> fields;      // several: a concatenation
  std::vector<Element> elements;  // or
  std::string set;                // the name of a set of the same table; elements are empty then
  bool negated = false;
  std::string unknown;  // the text of a condition that is not understood; all else is empty then
};

/// Where a packet goes on. `chain` for jump and go_to.
struct Verdict {
  enum class Kind : std::uint8_t { accept, drop, reject, jump, go_to, leave, next };
  Kind kind = Kind::next;  // leave: `return`; next: `continue`, to the next rule
  std::string chain;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// What an address and port become; absent: unchanged. A range of several: any of them.
struct NatTarget {
  std::optional<AddressRange> address;
  std::optional<NumberRange> ports;
  friend bool operator==(const NatTarget&, const NatTarget&) = default;
};

template <class To>
struct MapEntry {
  Element key;
  To to;
};

/// By the first entry whose key holds; a packet without one goes on to the next rule.
template <class To>
struct Lookup {
  std::vector<Field> fields;
  std::vector<MapEntry<To>> entries;  // or
  std::string map;                    // the name of a map of the same table
};

/// Ends the base chain, as accept does. masquerade and redirect have no address; redirect hands
/// the packet to the device itself, so that it is not forwarded.
struct Nat {
  enum class Kind : std::uint8_t { dnat, snat, masquerade, redirect };
  Kind kind = Kind::dnat;
  NatTarget to;
  std::optional<Lookup<NatTarget>> by;  // then `to` is empty
};

/// The connection has the state untracked from here on; the next rule follows.
struct NoTrack {};

/// May accept, may drop: not known what becomes of the packet.
struct UnknownAction {
  std::string text;
};

using Action = std::variant<Verdict, Lookup<Verdict>, Nat, NoTrack, UnknownAction>;

/// All matches must hold; then the actions, in their order.
struct RulesetRule {
  std::vector<Match> matches;
  std::vector<Action> actions;
  std::uint32_t line = 0;  // in the file, from 1; where it begins
  std::string text;        // as the file has it, without what surrounds it; for people
};

enum class Hook : std::uint8_t { ingress, prerouting, forward, postrouting };

struct Chain {
  std::string name;
  std::optional<Hook> hook;  // none: a chain to jump to; hooks of the host itself: leave it out
  std::int32_t priority = 0;
  bool accept_at_end = true;  // policy of a base chain
  std::string device;         // ingress: only of this interface
  std::vector<RulesetRule> rules;
  std::uint32_t line = 0;
};

struct NamedSet {
  std::string name;
  std::vector<Field> fields;  // may be empty: the match says them
  std::vector<Element> elements;
  bool open = false;  // packets or programs add elements (dynamic, timeout): others may be in it
};

template <class To>
struct NamedMap {
  std::string name;
  std::vector<MapEntry<To>> entries;
  bool open = false;
};

/// Which packets a table sees.
enum class TableFamily : std::uint8_t { ip, ip6, inet };

struct Table {
  std::string name;
  TableFamily family = TableFamily::inet;
  std::vector<Chain> chains;  // names are unique in a table
  std::vector<NamedSet> sets;
  std::vector<NamedMap<Verdict>> verdict_maps;
  std::vector<NamedMap<NatTarget>> nat_maps;
};

struct Ruleset {
  std::string name;     // of the file, for places
  std::string dialect;  // nftables, nftables-json, iptables, ...
  std::vector<Table> tables;
};

}  // namespace pinhole::firewall
