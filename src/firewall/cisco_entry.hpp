// SPDX-License-Identifier: Apache-2.0
#pragma once
// Entries of access lists of ASA (`access-list extended`) and IOS (`ip access-list extended`,
// `ipv6 access-list`, numbered lists) as rules. Cisco ASA Series Command Reference; Cisco IOS
// Security Command Reference. What is not understood of an entry is an unknown match. Entries that
// spell out more than 4 million values in all are refused (Stop).

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/cisco_config.hpp"
#include "firewall/cisco_objects.hpp"
#include "firewall/reading.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall::cisco {

enum class Style : std::uint8_t {
  asa,           // netmasks; `any` is of both families
  asa_v4,        // before 9.0: `any` is IPv4
  ios,           // wildcard masks
  ios_v6,        // prefixes
  ios_standard,  // a source and nothing else
};

class EntryReader {
 public:
  explicit EntryReader(Objects& objects) : objects_(&objects) {}

  /// The entry from `permit` or `deny` on. Usually one rule; one for each kind of service where a
  /// group mixes ports and types of ICMP. A rule without actions where the entry is inactive.
  [[nodiscard]] std::vector<RulesetRule> read(const ConfigLine& line, Words words, Style style);

  /// The source or destination that stands next, as a match; an unknown one takes all words.
  [[nodiscard]] std::vector<Match> addresses(Words& words, Style style, Field field);

  /// The groups that rules of this reader name, as sets.
  [[nodiscard]] std::vector<NamedSet> sets();

 private:
  struct Entry;
  void read_service(Entry& entry, Words& words);
  void read_ports(Entry& entry, Words& words, Field field);
  void read_options(Entry& entry, Words& words);
  bool option(Entry& entry, Words& words);
  void icmp_option(Entry& entry, Words& words);
  [[nodiscard]] std::vector<RulesetRule> rules_of(const Entry& entry, const ConfigLine& line);

  void count(const std::vector<RulesetRule>& rules);

  Objects* objects_;
  std::set<std::string, std::less<>> used_;
  std::uint64_t elements_ = 0;
};

[[nodiscard]] Match numbers_match(Field field, const std::vector<NumberRange>& ranges);

}  // namespace pinhole::firewall::cisco
