// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_rule.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <tuple>
#include <utility>

#include "firewall/nft_operand.hpp"

namespace pinhole::firewall {
namespace {

using Words = std::initializer_list<std::string_view>;

bool is_one_of(const NftToken& token, Words words) {
  return token.kind == NftToken::Kind::word && std::ranges::find(words, token.text) != words.end();
}

bool acts(const NftToken& token) {
  return is_one_of(token,
                   {"accept", "drop",     "reject", "return", "continue", "jump",       "goto",
                    "queue",  "counter",  "log",    "limit",  "quota",    "comment",    "notrack",
                    "dnat",   "snat",     "dup",    "fwd",    "tproxy",   "masquerade", "redirect",
                    "flow",   "synproxy", "add",    "update", "delete",   "meter"});
}

bool begins_term(const NftToken& token) {
  return token.is("@") ||
         is_one_of(token,
                   {"meta",    "ct",      "ip",      "ip6",       "tcp",      "udp",     "th",
                    "sctp",    "dccp",    "ether",   "vlan",      "arp",      "icmp",    "icmpv6",
                    "igmp",    "udplite", "fib",     "rt",        "socket",   "osf",     "numgen",
                    "jhash",   "symhash", "esp",     "ah",        "comp",     "exthdr",  "iif",
                    "oif",     "iifname", "oifname", "mark",      "pkttype",  "skuid",   "skgid",
                    "cpu",     "iiftype", "oiftype", "iifgroup",  "oifgroup", "cgroup",  "ibrname",
                    "obrname", "hbh",     "rt0",     "frag",      "dst",      "mh",      "ipsec",
                    "time",    "day",     "hour",    "rtclassid", "nftrace",  "priority"});
}

class Parser {
 public:
  explicit Parser(std::span<const NftToken> tokens) : cursor_(tokens) {}

  RulesetRule parse() {
    while (!cursor_.at_end()) {
      const std::size_t before = cursor_.position();
      statement();
      if (cursor_.position() == before) {
        cursor_.next();
      }
    }
    return std::move(rule_);
  }

 private:
  std::string text_since(std::size_t start) const {
    std::string text;
    for (const NftToken& token : cursor_.between(start, cursor_.position())) {
      const bool quoted = token.kind == NftToken::Kind::quoted;
      const bool apart = !text.empty() && !text.ends_with('@') && !token.is(",");
      text += (apart ? " " : "") + (quoted ? "\"" : std::string());
      text += token.text;
      text += quoted ? "\"" : "";
      if (text.size() > kLongestText) {
        return text + "...";
      }
    }
    return text;
  }

  /// Forward to a word that begins something else, outside of braces.
  template <class Stops>
  void skip_until(Stops stops) {
    bool listed = false;  // behind a comma any word is a value
    for (int depth = 0; !cursor_.at_end(); cursor_.next()) {
      const NftToken& token = cursor_.peek();
      if (depth == 0 && !listed && stops(token)) {
        return;
      }
      listed = token.is(",") || token.is("|");
      depth += token.is("{") ? 1 : token.is("}") ? -1 : 0;
    }
  }
  void skip_operand() {
    skip_until([](const NftToken& token) { return acts(token) || begins_term(token); });
  }
  /// Which may look like a beginning: `icmp type redirect`, `meta mark set ct mark`.
  void skip_first_of_operand() {
    if (!take_opaque_term() && !cursor_.peek().is("{")) {
      cursor_.next();
    }
  }
  void skip_to_comment() {
    skip_until([](const NftToken& token) { return is_one_of(token, {"comment"}); });
  }

  void unknown_match(std::size_t start) {
    Match match;
    match.unknown = text_since(start);
    rule_.matches.push_back(std::move(match));
  }
  void unknown_action(std::size_t start) {
    rule_.actions.emplace_back(UnknownAction{text_since(start)});
  }

  void statement() {
    const std::size_t start = cursor_.position();
    const NftToken first = cursor_.peek();
    if (is_one_of(first, {"accept", "drop", "return", "continue", "jump", "goto"})) {
      cursor_.next();
      if (is_one_of(first, {"jump", "goto"})) {
        cursor_.next();
      }
      if (auto verdict = nft_verdict(cursor_.between(start, cursor_.position()))) {
        rule_.actions.emplace_back(std::move(*verdict));
      } else {
        unknown_action(start);
      }
    } else if (is_one_of(first, {"reject"})) {
      cursor_.next();
      imply_of_answer();
      skip_to_comment();
      rule_.actions.emplace_back(Verdict{Verdict::Kind::reject, {}});
    } else if (is_one_of(first, {"notrack"})) {
      cursor_.next();
      rule_.actions.emplace_back(NoTrack{});
    } else if (is_one_of(first, {"dnat", "snat", "masquerade", "redirect"})) {
      nat(start);
    } else if (is_one_of(first, {"queue", "tproxy", "fwd", "synproxy"})) {
      skip_to_comment();
      unknown_action(start);
    } else if (!without_effect(first) && !held_back(first, start)) {
      term(start);
    }
  }

  /// `reject with` answers only packets that such an answer fits; nft leaves that unsaid.
  void imply_of_answer() {
    cursor_.take("with");
    for (const auto& [word, field, number] :
         {std::tuple("icmp", Field::family, 4U), std::tuple("icmpv6", Field::family, 6U),
          std::tuple("tcp", Field::protocol, 6U)}) {
      if (cursor_.take(word)) {
        rule_.matches.push_back(field_is(field, number));
      }
    }
  }

  /// Statements that decide nothing.
  bool without_effect(const NftToken& first) {
    if (is_one_of(first, {"counter"})) {
      cursor_.next();
      if (cursor_.take("name")) {
        cursor_.next();
      } else if (cursor_.peek().kind == NftToken::Kind::quoted) {
        cursor_.next();
      } else {
        for (const std::string_view word : {"packets", "bytes"}) {
          if (cursor_.take(word)) {
            cursor_.next();
          }
        }
      }
      return true;
    }
    if (is_one_of(first, {"comment"})) {
      cursor_.next();
      cursor_.next();
      return true;
    }
    if (is_one_of(first, {"log"})) {
      cursor_.next();
      log_options();
      return true;
    }
    if (is_one_of(first, {"flow", "dup"})) {
      cursor_.next();
      if (is_one_of(cursor_.peek(), {"add", "offload"})) {
        cursor_.next();
      }
      skip_operand();
      return true;
    }
    return false;
  }

  void log_options() {
    while (is_one_of(cursor_.peek(),
                     {"prefix", "level", "group", "snaplen", "queue-threshold", "flags"})) {
      const bool flags = cursor_.next().is("flags");
      const NftToken& value = cursor_.next();
      if (flags && is_one_of(value, {"tcp", "ip"})) {
        do {
          cursor_.next();
        } while (cursor_.take(","));
      }
    }
  }

  /// Limits and quotas hold for some packets and not for others; so do sets that packets fill, but
  /// only with a limit inside.
  bool held_back(const NftToken& first, std::size_t start) {
    if (is_one_of(first, {"xt"}) && is_one_of(cursor_.peek(1), {"match"})) {
      cursor_.go_to(start + 3);
      unknown_match(start);
      return true;
    }
    if (is_one_of(first, {"limit", "quota"})) {
      cursor_.next();
      skip_operand();
      unknown_match(start);
      return true;
    }
    if (!is_one_of(first, {"add", "update", "delete", "meter"})) {
      return false;
    }
    cursor_.next();
    skip_until([](const NftToken& token) { return token.is("{"); });
    bool limits = is_one_of(first, {"meter"});
    int depth = 0;
    do {
      const NftToken& token = cursor_.next();
      depth += token.is("{") ? 1 : token.is("}") ? -1 : 0;
      limits = limits || is_one_of(token, {"limit", "quota", "count"});
    } while (depth > 0 && !cursor_.at_end());
    if (limits) {
      unknown_match(start);
    }
    return true;
  }

  /// `fib`, `rt`, marks and the like: known to be terms, but not what they are of a packet.
  bool take_opaque_term() {
    const NftToken& first = cursor_.peek();
    if (!begins_term(first)) {
      return false;
    }
    const bool alone =
        is_one_of(first, {"mark", "pkttype", "skuid", "skgid", "cpu", "iiftype", "oiftype",
                          "iifgroup", "oifgroup", "cgroup", "ibrname", "obrname", "time", "day",
                          "hour", "rtclassid", "nftrace", "priority"});
    if (is_one_of(first, {"fib"})) {
      do {
        cursor_.next();
        cursor_.next();
      } while (cursor_.peek().is("."));
      cursor_.next();
    } else if (first.is("@")) {
      for (int i = 0; i < 6; ++i) {
        cursor_.next();
      }
    } else {
      cursor_.next();
      if (!alone && cursor_.next().is("option")) {
        cursor_.next();
        cursor_.next();
      }
    }
    return true;
  }

  /// A match, a verdict map, or a field that is set.
  void term(std::size_t start) {
    std::vector<NftKey> keys;
    bool known = true;
    bool port_of_anything = false;
    do {
      port_of_anything = port_of_anything || is_one_of(cursor_.peek(), {"th"});
      if (auto key = take_nft_key(cursor_)) {
        keys.push_back(std::move(*key));
      } else if (take_opaque_term()) {
        known = false;
      } else {
        // Not even a term: nobody knows what such a word does to a packet.
        skip_until(
            [&](const NftToken& token) { return acts(token) && cursor_.position() != start; });
        unknown_action(start);
        return;
      }
    } while (cursor_.take("."));
    if (cursor_.take("set")) {
      set_field(keys, start);
      return;
    }
    known = known && (!port_of_anything || protocol_has_ports(keys));
    if (cursor_.take("vmap")) {
      verdict_map(keys, known, start);
    } else {
      match(keys, known, start);
    }
  }

  /// `th dport` reads the header of any protocol; only of these it is a port.
  bool protocol_has_ports(const std::vector<NftKey>& keys) const {
    const auto has_ports = [](const Element& element) {
      const auto& range = std::get<NumberRange>(element.front());
      return range.first == range.last &&
             (range.first == 6 || range.first == 17 || range.first == 33 || range.first == 132 ||
              range.first == 136);
    };
    if (rule_.matches.size() > kMostMatches) {
      return false;
    }
    return std::ranges::any_of(keys,
                               [](const NftKey& key) { return key.field == Field::protocol; }) ||
           std::ranges::any_of(rule_.matches, [&](const Match& match) {
             return match.fields == std::vector{Field::protocol} && !match.negated &&
                    !match.elements.empty() && std::ranges::all_of(match.elements, has_ports);
           });
  }

  void imply(const std::vector<NftKey>& keys) {
    for (const NftKey& key : keys) {
      rule_.matches.insert(rule_.matches.end(), key.implied.begin(), key.implied.end());
    }
  }

  void match(const std::vector<NftKey>& keys, bool known, std::size_t start) {
    const std::size_t behind = cursor_.position();
    std::optional<Match> match = known ? take_nft_match(cursor_, keys) : std::nullopt;
    const bool whole = cursor_.at_end() || acts(cursor_.peek()) || begins_term(cursor_.peek());
    if (match && whole) {
      imply(keys);
      rule_.matches.push_back(std::move(*match));
      return;
    }
    cursor_.go_to(behind);
    skip_first_of_operand();
    skip_operand();
    unknown_match(start);
  }

  void set_field(const std::vector<NftKey>& keys, std::size_t start) {
    skip_first_of_operand();
    skip_operand();
    // Of known fields all but the state decide later matches, or where the packet goes.
    if (!keys.empty()) {
      unknown_action(start);
    }
  }

  template <class To>
  std::optional<Lookup<To>> lookup(const std::vector<NftKey>& keys) {
    Lookup<To> found;
    std::vector<NftType> types;
    for (const NftKey& key : keys) {
      found.fields.push_back(key.field);
      types.push_back(key.type);
    }
    if (cursor_.take("@")) {
      found.map = cursor_.next().text;
      return found;
    }
    if (!cursor_.take("{")) {
      return std::nullopt;
    }
    auto entries = nft_entries<To>(types, nft_elements(cursor_));
    if (!entries) {
      return std::nullopt;
    }
    found.entries = std::move(*entries);
    return found;
  }

  void verdict_map(const std::vector<NftKey>& keys, bool known, std::size_t start) {
    const std::size_t behind = cursor_.position();
    std::optional<Lookup<Verdict>> found = known ? lookup<Verdict>(keys) : std::nullopt;
    if (found) {
      imply(keys);
      rule_.actions.emplace_back(std::move(*found));
      return;
    }
    cursor_.go_to(behind);
    skip_operand();
    unknown_action(start);
  }

  void nat(std::size_t start) {
    Nat nat;
    const std::string_view word = cursor_.next().text;
    nat.kind = word == "dnat"         ? Nat::Kind::dnat
               : word == "snat"       ? Nat::Kind::snat
               : word == "masquerade" ? Nat::Kind::masquerade
                                      : Nat::Kind::redirect;
    for (const auto& [family, number] : {std::pair("ip", 4U), std::pair("ip6", 6U)}) {
      if (cursor_.take(family)) {
        rule_.matches.push_back(field_is(Field::family, number));
      }
    }
    bool understood = true;
    // `addr . port to`: what the map behind it holds.
    if (cursor_.take("addr")) {
      understood = cursor_.take(".") && cursor_.take("port") && cursor_.peek().is("to");
    }
    if (understood && cursor_.take("to")) {
      understood = nat_target(nat);
    } else {
      understood =
          understood && (nat.kind == Nat::Kind::masquerade || nat.kind == Nat::Kind::redirect);
    }
    while (understood && is_one_of(cursor_.peek(), {"random", "fully-random", "persistent"})) {
      cursor_.next();
      cursor_.take(",");
    }
    if (understood && (cursor_.at_end() || acts(cursor_.peek()))) {
      rule_.actions.emplace_back(std::move(nat));
      return;
    }
    skip_to_comment();
    unknown_action(start);
  }

  bool nat_target(Nat& nat) {
    if (begins_term(cursor_.peek())) {
      std::vector<NftKey> keys;
      do {
        auto key = take_nft_key(cursor_);
        if (!key) {
          return false;
        }
        keys.push_back(std::move(*key));
      } while (cursor_.take("."));
      if (!cursor_.take("map")) {
        return false;
      }
      imply(keys);
      nat.by = lookup<NatTarget>(keys);
      return nat.by.has_value();
    }
    const std::size_t from = cursor_.position();
    cursor_.next();
    if (cursor_.take(".")) {
      cursor_.next();
    }
    const auto target = nft_nat_target(cursor_.between(from, cursor_.position()));
    if (target) {
      nat.to = *target;
      if (target->address) {
        rule_.matches.push_back(field_is(Field::family, target->address->first.is_v4() ? 4 : 6));
      }
    }
    return target.has_value();
  }

  static constexpr std::size_t kLongestText = 400;
  /// No rule of sense has more; a long one must not be gone through again and again.
  static constexpr std::size_t kMostMatches = 1000;

  NftCursor cursor_;
  RulesetRule rule_;
};

}  // namespace

RulesetRule nft_rule(std::span<const NftToken> tokens) {
  return Parser(tokens).parse();
}

}  // namespace pinhole::firewall
