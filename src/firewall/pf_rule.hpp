// SPDX-License-Identifier: Apache-2.0
#pragma once
// One rule of pf (pf.conf(5) of OpenBSD and FreeBSD): what it matches, and what it does.

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "firewall/pf_lex.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall::pf {

enum class Direction : std::uint8_t { both, in, out };

struct Rule {
  enum class Kind : std::uint8_t {
    pass,
    block,
    match,
    nat,     // FreeBSD's: before all rules, the first one counts
    rdr,     // likewise
    anchor,  // conditions of the rules in it
    strange,
  };

  Kind kind = Kind::strange;
  bool no = false;    // `no nat`, `no rdr`
  bool pass = false;  // `rdr pass`
  bool quick = false;
  Direction direction = Direction::both;
  std::vector<Match> interfaces;  // of `on`: their field is that of the direction
  std::vector<Match> matches;
  std::vector<std::vector<Match>> alternatives{{}};  // one of them must hold
  std::optional<Nat> redirect;                       // rdr-to
  std::optional<Nat> hide;                           // nat-to
  bool inline_anchor = false;
  std::size_t position = 0;  // in the text
  std::uint32_t line = 0;
  std::string text;
};

/// A match on the device's own addresses: what is forwarded has none of them, unless a later rule
/// leads it on. `negated` as written.
inline constexpr std::string_view kSelf = "an address of the device";

/// `tables`: those whose addresses are known.
[[nodiscard]] Rule rule_of(const Statement& statement, const std::set<std::string>& tables);

}  // namespace pinhole::firewall::pf
