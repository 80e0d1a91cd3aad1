// SPDX-License-Identifier: Apache-2.0
#include "firewall/path.hpp"

#include <algorithm>

namespace pinhole::firewall {

bool decides_over(const Decider& next, const Decider& before) {
  const auto weight = [](const Decider& decider) {
    if (decider.chain == nullptr) {
      return 0;
    }
    // A chain to jump to has no hook: its rules count like those on forward.
    const bool forward = !decider.chain->hook || *decider.chain->hook == Hook::forward;
    return (forward ? 2 : 1) + (decider.rule != nullptr ? 2 : 0);
  };
  return weight(next) >= weight(before);
}

std::vector<BaseChain> base_chains(const Ruleset& ruleset, Hook hook) {
  std::vector<BaseChain> result;
  for (const Table& table : ruleset.tables) {
    for (const Chain& chain : table.chains) {
      if (chain.hook == hook) {
        const auto place = std::ranges::upper_bound(
            result, chain.priority, {}, [](const BaseChain& base) { return base.chain->priority; });
        result.insert(place, {&table, &chain});
      }
    }
  }
  return result;
}

std::optional<Translated> sure_target(const NatTarget& target) {
  if ((target.address && target.address->first != target.address->last) ||
      (target.ports && target.ports->first != target.ports->last)) {
    return std::nullopt;
  }
  Translated to;
  if (target.address) {
    to.destination = target.address->first;
  }
  if (target.ports) {
    to.port = static_cast<std::uint16_t>(target.ports->first);
  }
  return to;
}

tl::unexpected<Diagnostics> too_complex(const std::string& name) {
  return failure({"firewall-too-complex",
                  Severity::error,
                  {name, 0, 0, {}},
                  "the rules are too entangled to be computed within memory and time",
                  "split the rule set, or ask for one pair of zones",
                  Exit::environment});
}

}  // namespace pinhole::firewall
