// SPDX-License-Identifier: Apache-2.0
#include "firewall/comparison.hpp"
#include "firewall/proof.hpp"

namespace pinhole::firewall {
namespace {

Checked<RulesetDiff> compare(const Ruleset& before, const Ruleset& after) {
  std::vector<InterfaceName> names;
  collect_interfaces(before, names);
  collect_interfaces(after, names);
  const Interfaces interfaces(std::move(names));
  const Comparison comparison(interfaces);
  const auto old_decisions = evaluate(before, interfaces, interfaces.universe());
  if (!old_decisions) {
    return tl::unexpected(old_decisions.error());
  }
  const auto new_decisions = evaluate(after, interfaces, interfaces.universe());
  if (!new_decisions) {
    return tl::unexpected(new_decisions.error());
  }
  const PacketSet unknown = old_decisions->unknown | new_decisions->unknown;
  const auto opened = comparison.accepting(
      after, beyond(new_decisions->accepted, old_decisions->accepted, unknown));
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  const auto closed =
      comparison.refusing(after, beyond(old_decisions->accepted, new_decisions->accepted, unknown));
  if (!closed) {
    return tl::unexpected(closed.error());
  }
  auto unknown_before = comparison.unknown(before, old_decisions->unknown);
  auto unknown_after = comparison.unknown(after, new_decisions->unknown - old_decisions->unknown);
  if (!unknown_before || !unknown_after) {
    return tl::unexpected((unknown_before ? unknown_after : unknown_before).error());
  }
  RulesetDiff result;
  result.unknown = std::move(*unknown_before);
  result.unknown.insert(result.unknown.end(), unknown_after->begin(), unknown_after->end());
  const auto fill = [&](const std::vector<Share>& shares, std::vector<Difference>& differences) {
    for (const Share& share : shares) {
      if (differences.size() >= kMostDifferences) {
        result.truncated = true;
        break;
      }
      differences.push_back(comparison.difference(share.part.packets, share.part.to, share.by));
    }
  };
  fill(*opened, result.opened);
  fill(*closed, result.closed);
  return result;
}

}  // namespace

Checked<RulesetDiff> diff(const Ruleset& before, const Ruleset& after) {
  try {
    return compare(before, after);
  } catch (const TooComplex&) {
    return too_complex(after.name);
  }
}

}  // namespace pinhole::firewall
