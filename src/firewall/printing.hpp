// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the printers share: which lines a policy needs, the families taken apart, and text
// that a rule set can carry. Readers share none of it.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "firewall/model.hpp"

namespace pinhole::firewall {

using Family = IpAddress::Family;
inline constexpr Family kFamilies[] = {Family::v4, Family::v6};

/// One rule to be printed: a rule of the policy, or on a device without state its answers.
struct Line {
  enum class Kind { opens, answers };

  Kind kind = Kind::opens;
  ZoneIndex from = 0;
  ZoneIndex to = 0;
  const std::vector<IpPrefix>* sources = nullptr;       // of the policy, which outlives the line
  const std::vector<IpPrefix>* destinations = nullptr;  // likewise
  Protocol protocol = Protocol::tcp;
  PortSet source_ports;  // empty: any
  PortSet ports;         // empty: any
  bool log = false;
  const std::vector<Reason>* reasons = nullptr;
};

/// All lines, ordered by their pair of zones and else as the policy has them.
[[nodiscard]] std::vector<Line> lines_of(const Policy& policy);

/// The prefixes of one family, sorted, without those that another one covers.
[[nodiscard]] std::vector<IpPrefix> of_family(const std::vector<IpPrefix>& prefixes, Family family);
/// One of them is the whole family.
[[nodiscard]] bool is_whole(const std::vector<IpPrefix>& prefixes);

/// The addresses of a zone in one family: all of `own`, and where `rest` holds also what is not in
/// `others`.
struct ZoneAddresses {
  std::vector<IpPrefix> own;
  bool rest = false;
  std::vector<IpPrefix> others;

  [[nodiscard]] bool nothing() const { return own.empty() && (!rest || is_whole(others)); }
  [[nodiscard]] bool everything() const { return is_whole(own) || (rest && others.empty()); }
};
[[nodiscard]] ZoneAddresses addresses_of(const Policy& policy, ZoneIndex zone, Family family);

/// No interface names this zone alone, so its addresses must.
[[nodiscard]] bool needs_addresses(const Policy& policy, ZoneIndex zone);

/// The ports of a protocol that has none, or all of them: nothing to match.
[[nodiscard]] bool any_port(const PortSet& ports);

/// `flow: text` of all reasons on one line of at most `limit` octets: printable, without `"` and
/// `\`, cut between characters. Empty where there is no reason.
[[nodiscard]] std::string comment_of(const std::vector<Reason>& reasons, std::size_t limit);
/// Such a line of any text.
[[nodiscard]] std::string clean_text(std::string_view text, std::size_t limit);
/// Letters, digits and underscores of a name, at most 24.
[[nodiscard]] std::string word_of(std::string_view name);

/// What contradicts itself, on any device. `backend` names who refuses.
[[nodiscard]] Diagnostics contradictions_of(const Policy& policy, std::string_view backend);
/// That, and what no Linux back-end can say.
[[nodiscard]] Diagnostics refusals_of(const Policy& policy, std::string_view backend);

}  // namespace pinhole::firewall
