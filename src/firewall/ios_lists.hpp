// SPDX-License-Identifier: Apache-2.0
#pragma once
// The access lists of an IOS device, each as the chains that its uses need.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/cisco_config.hpp"
#include "firewall/cisco_entry.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall::cisco {

/// What becomes of a packet that the list permits; one that it denies.
enum class ListUse : std::uint8_t {
  filter,  // passes the hook; dropped
  pass,    // passes the hook; goes on behind the jump
  drop,    // dropped; goes on behind the jump
  hide,    // leaves with another source; goes on behind the jump
};

class AccessLists {
 public:
  explicit AccessLists(EntryReader& entries) : entries_(&entries) {}

  /// `ip access-list`, `ipv6 access-list` and `access-list`; false where it is none.
  bool add(const ConfigBlock& block);

  /// The chain of the list for the use; none where the list has no entries, which permits all.
  [[nodiscard]] std::optional<std::string> chain(const std::string& list, ListUse use);
  [[nodiscard]] bool is_v6(const std::string& list) const;
  /// Names of the lists of a family.
  [[nodiscard]] std::vector<std::string> names(bool v6) const;
  /// All chains that were asked for.
  [[nodiscard]] std::vector<Chain> chains() const;

 private:
  struct Entry {
    std::uint64_t sequence = 0;
    std::uint32_t line = 0;
    std::vector<RulesetRule> rules;
  };
  struct List {
    Style style = Style::ios;
    ConfigLine line;
    std::vector<Entry> entries;
    std::uint64_t last = 0;
    bool sorted = true;
  };

  void add_entry(List& list, const ConfigLine& line, Words words);
  [[nodiscard]] static Chain chain_of(const List& list, std::string name, ListUse use);

  EntryReader* entries_;
  std::map<std::string, List, std::less<>> lists_;
  std::set<std::pair<std::string, ListUse>> used_;
};

}  // namespace pinhole::firewall::cisco
