// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tables of an nftables rule set while they are being read.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/nft_terms.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// A chain with what only nftables knows of it.
struct NftChain {
  Chain chain;
  bool elsewhere = false;  // on a hook that forwarded packets do not pass
  bool egress = false;
  std::vector<std::string> devices;
};

/// The declaration of a set or map.
struct NftSet {
  enum class Kind { set, verdicts, targets, other };

  Kind kind = Kind::set;
  std::vector<NftType> types;
  bool known = false;  // its types are
  NamedSet set;
  NamedMap<Verdict> verdicts;
  NamedMap<NatTarget> targets;
};

struct NftTable {
  std::string family;  // ip, ip6, inet, bridge, netdev, arp
  std::string name;
  bool dormant = false;
  std::uint32_t line = 0;
  std::deque<NftChain> chains;
  std::map<std::string, NftSet, std::less<>> sets;

  NftChain& chain(std::string_view name, std::uint32_t line);

 private:
  std::map<std::string, NftChain*, std::less<>> by_name_;
};

class NftTables {
 public:
  NftTable& table(std::string_view family, std::string_view name, std::uint32_t line);
  void remove(std::string_view family, std::string_view name);
  void clear() { tables_.clear(); }

  [[nodiscard]] std::vector<Table> finish();

 private:
  std::deque<NftTable> tables_;
};

}  // namespace pinhole::firewall
