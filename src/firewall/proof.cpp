// SPDX-License-Identifier: Apache-2.0
#include "firewall/proof.hpp"

#include <algorithm>
#include <tuple>

#include "firewall/comparison.hpp"

namespace pinhole::firewall {
namespace {

Interfaces interfaces_of(const Policy& policy, const Ruleset& ruleset) {
  std::vector<InterfaceName> names;
  collect_interfaces(policy, names);
  collect_interfaces(ruleset, names);
  return Interfaces(std::move(names));
}

std::uint32_t distance(const PortSet& ports, std::uint16_t port) {
  std::uint32_t nearest = 65536;
  for (const PortRange& range : ports.ranges()) {
    const std::uint32_t below = port < range.first ? range.first - port : 0U;
    const std::uint32_t above = port > range.last ? port - range.last : 0U;
    nearest = std::min(nearest, std::max(below, above));
  }
  return nearest;
}

/// The rule for the same host that comes nearest: by source, protocol and port.
std::vector<Reason> nearest_flows(const Policy& policy, const Packet& packet,
                                  const Translated& to) {
  const IpAddress host = to.destination.value_or(packet.destination);
  const std::uint16_t port = to.port.value_or(packet.destination_port);
  const auto among = [](const std::vector<IpPrefix>& prefixes, const IpAddress& address) {
    return std::ranges::any_of(
        prefixes, [&address](const IpPrefix& prefix) { return prefix.contains(address); });
  };
  const Rule* nearest = nullptr;
  std::tuple<bool, bool, std::uint32_t> least;
  for (const Rule& rule : policy.rules) {
    if (among(rule.destinations, host)) {
      const std::tuple far(!among(rule.sources, packet.source),
                           static_cast<std::uint8_t>(rule.protocol) != packet.protocol,
                           distance(rule.ports, port));
      if (nearest == nullptr || far < least) {
        nearest = &rule;
        least = far;
      }
    }
  }
  return nearest == nullptr ? std::vector<Reason>() : nearest->reasons;
}

class Prover {
 public:
  Prover(const Policy& policy, const Ruleset& ruleset, std::optional<ZonePair> only)
      : policy_(&policy),
        ruleset_(&ruleset),
        interfaces_(interfaces_of(policy, ruleset)),
        comparison_(interfaces_),
        sets_(policy, interfaces_, only) {}

  Checked<Proof> run() {
    const PacketSet universe = interfaces_.universe();
    const auto decisions = evaluate(*ruleset_, interfaces_, universe);
    if (!decisions) {
      return tl::unexpected(decisions.error());
    }
    ByTranslation needed;
    for (const auto& [to, packets] : sets_.needed()) {
      needed[to] = packets & universe;
    }
    ByTranslation passed;
    for (const auto& [to, packets] : decisions->accepted) {
      passed[to] = packets - sets_.ignored(to);
    }
    PINHOLE_CHECK(find_missing(beyond(needed, passed, decisions->unknown)));
    PINHOLE_CHECK(find_excess(beyond(passed, needed, decisions->unknown)));
    PINHOLE_CHECK(find_unknown(*decisions));
    PINHOLE_CHECK(find_sources(needed, passed, decisions->hidden));
    const bool same = proof_.missing.empty() && proof_.excess.empty() && proof_.sources.empty();
    proof_.answer = !same                    ? Proof::Answer::differs
                    : proof_.unknown.empty() ? Proof::Answer::exact
                                             : Proof::Answer::unknown;
    return std::move(proof_);
  }

 private:
  bool full(const std::vector<Difference>& differences) {
    proof_.truncated = proof_.truncated || differences.size() >= kMostDifferences;
    return differences.size() >= kMostDifferences;
  }

  /// One packet for each rule of the policy and each rule that refuses some of its packets.
  Checked<void> find_missing(const std::vector<Part>& parts) {
    const auto shares = comparison_.refusing(*ruleset_, parts);
    if (!shares) {
      return tl::unexpected(shares.error());
    }
    if (shares->empty()) {
      return {};
    }
    for (const Rule& rule : policy_->rules) {
      const ByTranslation wanted = sets_.needed_by(rule);
      for (const Share& share : *shares) {
        const PacketSet packets = packets_of(wanted, share.part.to) & share.part.packets;
        if (packets.empty()) {
          continue;
        }
        if (full(proof_.missing)) {
          return {};
        }
        proof_.missing.push_back(comparison_.difference(packets, share.part.to, share.by));
        proof_.missing.back().flows = rule.reasons;
      }
    }
    return {};
  }

  Checked<void> find_excess(const std::vector<Part>& parts) {
    const auto shares = comparison_.accepting(*ruleset_, parts);
    if (!shares) {
      return tl::unexpected(shares.error());
    }
    for (const Share& share : *shares) {
      if (full(proof_.excess)) {
        break;
      }
      Difference difference = comparison_.difference(share.part.packets, share.part.to, share.by);
      difference.flows = nearest_flows(*policy_, difference.packet, difference.to);
      proof_.excess.push_back(std::move(difference));
    }
    return {};
  }

  Checked<void> find_unknown(const Decisions& decisions) {
    if (decisions.unknown.empty()) {
      return {};
    }
    // What may be translated in several ways is of no account only where it is in all of them.
    PacketSet ignored = sets_.ignored({});
    for (const auto* all : {&decisions.accepted, &sets_.needed()}) {
      for (const auto& [to, packets] : *all) {
        ignored = ignored & sets_.ignored(to);
      }
    }
    auto unknown = comparison_.unknown(*ruleset_, decisions.unknown - ignored);
    if (!unknown) {
      return tl::unexpected(unknown.error());
    }
    proof_.unknown = std::move(*unknown);
    for (Difference& difference : proof_.unknown) {
      difference.flows = nearest_flows(*policy_, difference.packet, {});
    }
    return {};
  }

  /// Of what passes as it should, what leaves with the wrong source.
  Checked<void> find_sources(const ByTranslation& needed, const ByTranslation& passed,
                             const PacketSet& hidden) {
    const PacketSet should = sets_.hidden();
    const PacketSet wrong = (should - hidden) | (hidden - should);
    std::vector<Part> parts;
    for (const auto& [to, packets] : needed) {
      PacketSet part = packets & packets_of(passed, to) & wrong;
      if (!part.empty()) {
        parts.push_back({to, std::move(part)});
      }
    }
    const auto shares = comparison_.accepting(*ruleset_, parts);
    if (!shares) {
      return tl::unexpected(shares.error());
    }
    for (const Share& share : *shares) {
      if (full(proof_.sources)) {
        break;
      }
      proof_.sources.push_back(comparison_.difference(share.part.packets, share.part.to, share.by));
      proof_.sources.back().flows =
          nearest_flows(*policy_, proof_.sources.back().packet, share.part.to);
    }
    return {};
  }

  const Policy* policy_;
  const Ruleset* ruleset_;
  Interfaces interfaces_;
  Comparison comparison_;
  PolicySets sets_;
  Proof proof_;
};

}  // namespace

DecidedBy in_words(const Decider& decider) {
  DecidedBy words;
  if (decider.chain != nullptr) {
    words.table = decider.table->name;
    words.chain = decider.chain->name;
    words.line = decider.rule != nullptr ? decider.rule->line : decider.chain->line;
    words.text = decider.rule != nullptr ? decider.rule->text : std::string();
  }
  return words;
}

Checked<Proof> prove(const Policy& policy, const Ruleset& ruleset, std::optional<ZonePair> only) {
  try {
    return Prover(policy, ruleset, only).run();
  } catch (const TooComplex&) {
    return too_complex(ruleset.name);
  }
}

}  // namespace pinhole::firewall
