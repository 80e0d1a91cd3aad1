// SPDX-License-Identifier: Apache-2.0
#include "firewall/comparison.hpp"

#include <array>
#include <set>

#include "firewall/condition.hpp"
#include "firewall/explain.hpp"

namespace pinhole::firewall {

PacketPoint plausible(PacketSet packets) {
  const std::array v4_nobody{AddressRange{IpAddress::v4(0), IpAddress::v4(0x00ffffff)},
                             AddressRange{IpAddress::v4(0x7f000000), IpAddress::v4(0x7fffffff)},
                             AddressRange{IpAddress::v4(0xe0000000), IpAddress::v4(0xffffffff)}};
  std::array<std::uint8_t, 16> low{};
  low[0] = 0x20;
  std::array<std::uint8_t, 16> high{};
  high.fill(0xff);
  high[0] = 0x3f;
  const std::array v6_hosts{AddressRange{IpAddress::v6(low), IpAddress::v6(high)}};
  const PacketSet v4 = PacketSet::numbers(Field::family, {{4, 4}});
  std::vector<PacketSet> wishes;
  for (const Field field : {Field::destination, Field::source}) {
    wishes.push_back((v4 - PacketSet::addresses(field, v4_nobody)) |
                     PacketSet::addresses(field, v6_hosts));
  }
  wishes.push_back(PacketSet::numbers(Field::protocol, {{6, 6}}));
  wishes.push_back(PacketSet::numbers(Field::protocol, {{6, 6}, {17, 17}}));
  wishes.push_back(PacketSet::numbers(Field::source_port, {{40000, 40000}}));
  wishes.push_back(PacketSet::numbers(Field::source_port, {{1024, 65535}}));
  wishes.push_back(PacketSet::numbers(Field::destination_port, {{1, 65535}}));
  for (const PacketSet& wish : wishes) {
    const PacketSet some = packets & wish;
    if (!some.empty()) {
      packets = some;
    }
  }
  return packets.smallest();
}

std::vector<Part> beyond(const ByTranslation& these, const ByTranslation& those,
                         const PacketSet& unknown) {
  std::vector<Part> result;
  for (const auto& [to, packets] : these) {
    PacketSet left = packets - packets_of(those, to) - unknown;
    if (!left.empty()) {
      result.push_back({to, std::move(left)});
    }
  }
  return result;
}

PacketSet together(const std::vector<Part>& parts) {
  PacketSet all;
  for (const Part& part : parts) {
    all = all | part.packets;
  }
  return all;
}

Difference Comparison::difference(const PacketSet& packets, const Translated& to,
                                  const Decider& by) const {
  return {interfaces_->packet(plausible(packets)), to, packets.count(), in_words(by), {}};
}

template <class Wanted>
Checked<std::vector<Share>> Comparison::shares(const Ruleset& ruleset,
                                               const std::vector<Part>& parts,
                                               Wanted wanted) const {
  std::vector<Share> result;
  PacketSet all;
  for (const Part& part : parts) {
    all = all | part.packets;
  }
  if (all.empty()) {
    return result;
  }
  const auto decided = attribute(ruleset, *interfaces_, all);
  if (!decided) {
    return tl::unexpected(decided.error());
  }
  for (const Decided& one : *decided) {
    for (const Part& part : parts) {
      if (wanted(one, part)) {
        PacketSet packets = one.packets & part.packets;
        if (!packets.empty()) {
          result.push_back({{part.to, std::move(packets)}, one.by});
        }
      }
    }
  }
  return result;
}

Checked<std::vector<Share>> Comparison::accepting(const Ruleset& ruleset,
                                                  const std::vector<Part>& parts) const {
  return shares(ruleset, parts, [](const Decided& one, const Part& part) {
    return one.outcome == Outcome::accepted && one.to == part.to;
  });
}

Checked<std::vector<Share>> Comparison::refusing(const Ruleset& ruleset,
                                                 const std::vector<Part>& parts) const {
  return shares(ruleset, parts, [](const Decided& one, const Part& part) {
    return one.outcome == Outcome::denied ||
           (one.outcome == Outcome::accepted && one.to != part.to);
  });
}

Checked<std::vector<Difference>> Comparison::unknown(const Ruleset& ruleset,
                                                     PacketSet packets) const {
  std::vector<Difference> result;
  const Names names(ruleset);
  Conditions conditions(*interfaces_, names);
  std::set<Decider> seen;
  while (!packets.empty() && result.size() < kMostDifferences) {
    const Packet packet = interfaces_->packet(plausible(packets));
    const auto walked = explain(ruleset, packet);
    if (!walked) {
      return tl::unexpected(walked.error());
    }
    const Decider& by = walked->by;
    if (by.rule == nullptr || !seen.insert(by).second) {
      result.push_back({packet, {}, packets.count(), in_words(by), {}});
      break;
    }
    const PacketSet concerned = packets & conditions.all_of(*by.table, by.rule->matches, {}).may;
    result.push_back({packet, {}, concerned.count(), in_words(by), {}});
    packets = packets - concerned;
  }
  return result;
}

}  // namespace pinhole::firewall
