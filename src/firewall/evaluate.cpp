// SPDX-License-Identifier: Apache-2.0
#include "firewall/evaluate.hpp"

#include <algorithm>
#include <utility>

#include "firewall/check.hpp"
#include "firewall/condition.hpp"

namespace pinhole::firewall {
namespace {

/// Packets that stand at one point of the rules in one situation.
struct Stream {
  PacketSet packets;
  Situation situation;
  Decider by;

  friend auto operator<=>(const Stream&, const Stream&) = default;
};

enum class Detail : std::uint8_t { sets, deciders };

class Evaluation {
 public:
  Evaluation(const Ruleset& ruleset, const Interfaces& interfaces, Detail detail)
      : ruleset_(&ruleset),
        names_(ruleset),
        conditions_(interfaces, names_),
        interfaces_(&interfaces),
        detail_(detail) {}

  void run(const PacketSet& universe);
  [[nodiscard]] Decisions decisions() const;
  [[nodiscard]] std::vector<Decided> decided() const;

 private:
  struct Ends {
    std::vector<Stream> accepted;
    std::vector<Stream> fallen;  // past the end of the chain, or returned
  };

  void pass(const BaseChain& base, const Stream& stream, std::vector<Stream>& next);
  void follow(const Table& table, const Chain& chain, const Stream& from, Ends& ends);
  std::size_t follow_run(const Table& table, const Chain& chain, std::size_t first, Stream& stream,
                         Ends& ends);
  void act(const Decider& at, const Action& action, std::vector<Stream>& hit, Ends& ends);
  void act(const Decider& at, const Verdict& verdict, Stream stream, std::vector<Stream>& on,
           Ends& ends);
  void act(const Decider& at, const Lookup<Verdict>& lookup, Stream stream, std::vector<Stream>& on,
           Ends& ends);
  void act(const Decider& at, const Nat& nat, Stream stream, std::vector<Stream>& on, Ends& ends);
  void translate(const Decider& at, Nat::Kind kind, const NatTarget& target, Stream stream,
                 Ends& ends);
  void deny(const Decider& at, const Stream& stream, Outcome outcome);
  void accept(const Decider& at, Stream stream, Ends& ends);
  static void add(std::vector<Stream>& streams, Stream stream);
  void count_step();

  const Ruleset* ruleset_;
  Names names_;
  Conditions conditions_;
  const Interfaces* interfaces_;
  Detail detail_;
  std::uint64_t steps_ = 0;
  bool sure_ = true;
  std::map<std::pair<const Chain*, Stream>, Ends> followed_;  // where jumps led
  std::vector<Stream> passed_;
  PacketSet denied_;
  PacketSet hidden_;
  std::map<std::tuple<Decider, Outcome, Translated>, PacketSet> stopped_;
};

void Evaluation::count_step() {
  if (++steps_ > kMostSteps) {
    throw TooComplex();
  }
}

/// Streams in one situation are one.
void Evaluation::add(std::vector<Stream>& streams, Stream stream) {
  if (stream.packets.empty()) {
    return;
  }
  const auto same = std::ranges::find_if(streams, [&stream](const Stream& other) {
    return other.situation == stream.situation && other.by == stream.by;
  });
  if (same == streams.end()) {
    streams.push_back(std::move(stream));
  } else {
    same->packets = same->packets | stream.packets;
  }
}

void Evaluation::deny(const Decider& at, const Stream& stream, Outcome outcome) {
  denied_ = denied_ | stream.packets;
  if (detail_ == Detail::deciders) {
    PacketSet& set = stopped_[{at, outcome, stream.situation.to}];
    set = set | stream.packets;
  }
}

void Evaluation::accept(const Decider& at, Stream stream, Ends& ends) {
  if (detail_ == Detail::deciders && decides_over(at, stream.by)) {
    stream.by = at;
  }
  add(ends.accepted, std::move(stream));
}

void Evaluation::run(const PacketSet& universe) {
  std::vector<Stream> streams{{universe, {}, {}}};
  for (const Hook hook : {Hook::ingress, Hook::prerouting, Hook::forward, Hook::postrouting}) {
    for (const BaseChain& base : base_chains(*ruleset_, hook)) {
      std::vector<Stream> next;
      for (const Stream& stream : streams) {
        pass(base, stream, next);
      }
      streams = std::move(next);
    }
  }
  passed_ = std::move(streams);
}

void Evaluation::pass(const BaseChain& base, const Stream& stream, std::vector<Stream>& next) {
  const Chain& chain = *base.chain;
  PacketSet seen = PacketSet::all();
  if (base.table->family != TableFamily::inet) {
    const std::uint32_t family = base.table->family == TableFamily::ip ? 4 : 6;
    seen = PacketSet::numbers(Field::family, {{family, family}});
  }
  if (!chain.device.empty()) {
    seen = seen &
           PacketSet::numbers(Field::in_interface, interfaces_->matching({chain.device, false}));
  }
  add(next, {stream.packets - seen, stream.situation, stream.by});
  Ends ends;
  follow(*base.table, chain, {stream.packets & seen, stream.situation, stream.by}, ends);
  const Decider end{base.table, base.chain, nullptr};
  for (Stream& fallen : ends.fallen) {
    if (chain.accept_at_end) {
      accept(end, std::move(fallen), ends);
    } else {
      deny(end, fallen, Outcome::denied);
    }
  }
  for (Stream& accepted : ends.accepted) {
    add(next, std::move(accepted));
  }
}

/// Rules that only accept, or only drop, one after the other: their order is of no importance, so
/// the packets are compared with all of them at once. Answers how many rules that were.
std::size_t Evaluation::follow_run(const Table& table, const Chain& chain, std::size_t first,
                                   Stream& stream, Ends& ends) {
  const auto plain = [&](const RulesetRule& rule) -> std::optional<bool> {
    const auto* verdict =
        rule.actions.size() == 1 ? std::get_if<Verdict>(&rule.actions.front()) : nullptr;
    const bool unsure = std::ranges::any_of(rule.matches, [&](const Match& match) {
      return !match.unknown.empty() || (!match.set.empty() && names_.set(table, match.set)->open);
    });
    if (verdict == nullptr || unsure) {
      return std::nullopt;
    }
    switch (verdict->kind) {
      case Verdict::Kind::accept:
        return true;
      case Verdict::Kind::drop:
      case Verdict::Kind::reject:
        return false;
      default:
        return std::nullopt;
    }
  };
  const auto kind = detail_ == Detail::sets ? plain(chain.rules[first]) : std::nullopt;
  std::vector<PacketSet> sets;
  while (kind && first + sets.size() < chain.rules.size()) {
    const RulesetRule& rule = chain.rules[first + sets.size()];
    if (plain(rule) != kind) {
      break;
    }
    count_step();
    sets.push_back(conditions_.all_of(table, rule.matches, stream.situation).must);
  }
  const std::size_t count = sets.size();
  if (count > 0) {
    const PacketSet any = PacketSet::any_of(std::move(sets));
    const Stream hit{stream.packets & any, stream.situation, stream.by};
    stream.packets = stream.packets - any;
    const Decider at{&table, &chain, &chain.rules[first]};
    if (kind == true) {
      accept(at, hit, ends);
    } else {
      deny(at, hit, Outcome::denied);
    }
  }
  return count;
}

void Evaluation::follow(const Table& table, const Chain& chain, const Stream& from, Ends& ends) {
  std::vector<std::pair<Stream, std::size_t>> work{{from, 0}};
  while (!work.empty()) {
    auto [stream, i] = std::move(work.back());
    work.pop_back();
    while (i < chain.rules.size() && !stream.packets.empty()) {
      if (const std::size_t done = follow_run(table, chain, i, stream, ends); done > 0) {
        i += done;
        continue;
      }
      const RulesetRule& rule = chain.rules[i++];
      count_step();
      if (rule.actions.empty()) {
        continue;
      }
      const Condition when = conditions_.all_of(table, rule.matches, stream.situation);
      std::vector<Stream> hit;
      add(hit, {stream.packets & when.may, stream.situation, stream.by});
      if (hit.empty()) {
        continue;
      }
      sure_ = sure_ && when.must == when.may;
      stream.packets = stream.packets - when.must;
      for (const Action& action : rule.actions) {
        act({&table, &chain, &rule}, action, hit, ends);
      }
      for (Stream& on : hit) {
        if (on.situation == stream.situation) {
          stream.packets = stream.packets | on.packets;
        } else {
          work.emplace_back(std::move(on), i);
        }
      }
    }
    add(ends.fallen, std::move(stream));
  }
}

void Evaluation::act(const Decider& at, const Action& action, std::vector<Stream>& hit,
                     Ends& ends) {
  std::vector<Stream> on;
  for (Stream& stream : hit) {
    if (const auto* verdict = std::get_if<Verdict>(&action)) {
      act(at, *verdict, std::move(stream), on, ends);
    } else if (const auto* lookup = std::get_if<Lookup<Verdict>>(&action)) {
      act(at, *lookup, std::move(stream), on, ends);
    } else if (const auto* nat = std::get_if<Nat>(&action)) {
      act(at, *nat, std::move(stream), on, ends);
    } else if (std::holds_alternative<NoTrack>(action)) {
      stream.situation.untracked = true;
      add(on, std::move(stream));
    } else {
      sure_ = false;
      deny(at, stream, Outcome::unknown);
      accept(at, std::move(stream), ends);
    }
  }
  hit = std::move(on);
}

void Evaluation::act(const Decider& at, const Verdict& verdict, Stream stream,
                     std::vector<Stream>& on, Ends& ends) {
  switch (verdict.kind) {
    case Verdict::Kind::accept:
      return accept(at, std::move(stream), ends);
    case Verdict::Kind::drop:
    case Verdict::Kind::reject:
      return deny(at, stream, Outcome::denied);
    case Verdict::Kind::leave:
      return add(ends.fallen, std::move(stream));
    case Verdict::Kind::next:
      return add(on, std::move(stream));
    case Verdict::Kind::jump:
    case Verdict::Kind::go_to: {
      // Chains that call each other twice each would be endless otherwise.
      const Chain* chain = names_.chain(*at.table, verdict.chain);
      const auto [there, added] = followed_.try_emplace({chain, stream});
      if (added) {
        follow(*at.table, *chain, stream, there->second);
      }
      for (const Stream& accepted : there->second.accepted) {
        add(ends.accepted, accepted);
      }
      for (const Stream& fallen : there->second.fallen) {
        add(verdict.kind == Verdict::Kind::jump ? on : ends.fallen, fallen);
      }
      return;
    }
  }
}

void Evaluation::act(const Decider& at, const Lookup<Verdict>& lookup, Stream stream,
                     std::vector<Stream>& on, Ends& ends) {
  const auto* named = names_.map_of(*at.table, lookup);
  const PacketSet before = stream.packets;
  for (const auto& entry : names_.entries(*at.table, lookup)) {
    count_step();
    const PacketSet when = conditions_.of(lookup.fields, entry.key, stream.situation).must;
    Stream hit{stream.packets & when, stream.situation, stream.by};
    stream.packets = stream.packets - when;
    if (!hit.packets.empty()) {
      act(at, entry.to, std::move(hit), on, ends);
    }
  }
  if (named != nullptr && named->open && !stream.packets.empty()) {
    sure_ = false;
    deny(at, stream, Outcome::unknown);
    accept(at, stream, ends);
  }
  add(on, std::move(stream));
}

void Evaluation::act(const Decider& at, const Nat& nat, Stream stream, std::vector<Stream>& on,
                     Ends& ends) {
  if (!nat.by) {
    return translate(at, nat.kind, nat.to, std::move(stream), ends);
  }
  const auto* named = names_.map_of(*at.table, *nat.by);
  for (const auto& entry : names_.entries(*at.table, *nat.by)) {
    count_step();
    const PacketSet when = conditions_.of(nat.by->fields, entry.key, stream.situation).must;
    Stream hit{stream.packets & when, stream.situation, stream.by};
    stream.packets = stream.packets - when;
    if (!hit.packets.empty()) {
      translate(at, nat.kind, entry.to, std::move(hit), ends);
    }
  }
  if (named != nullptr && named->open && !stream.packets.empty()) {
    sure_ = false;
    deny(at, stream, Outcome::unknown);
  }
  add(on, std::move(stream));
}

void Evaluation::translate(const Decider& at, Nat::Kind kind, const NatTarget& target,
                           Stream stream, Ends& ends) {
  switch (kind) {
    case Nat::Kind::redirect:
      return deny(at, stream, Outcome::denied);
    case Nat::Kind::snat:
    case Nat::Kind::masquerade:
      hidden_ = hidden_ | stream.packets;
      break;
    case Nat::Kind::dnat:
      // Only the first translation of a connection counts.
      if (!stream.situation.natted) {
        const auto to = sure_target(target);
        if (!to) {
          sure_ = false;
          deny(at, stream, Outcome::unknown);
        }
        stream.situation.to = to.value_or(Translated{});
        stream.situation.natted = true;
      }
      break;
  }
  // A translation is no permission: it decides nothing about who passes.
  add(ends.accepted, std::move(stream));
}

Decisions Evaluation::decisions() const {
  Decisions result;
  result.denied = denied_;
  for (const Stream& stream : passed_) {
    add_arrivals(result.accepted, stream.situation.to, stream.packets);
  }
  if (!sure_) {
    PacketSet seen = result.denied;
    for (const auto& [to, packets] : result.accepted) {
      result.unknown = result.unknown | (seen & packets);
      seen = seen | packets;
    }
    result.denied = result.denied - result.unknown;
    for (auto& [to, packets] : result.accepted) {
      packets = packets - result.unknown;
    }
    std::erase_if(result.accepted, [](const auto& entry) { return entry.second.empty(); });
  }
  for (const auto& [to, packets] : result.accepted) {
    result.hidden = result.hidden | (packets & hidden_);
  }
  return result;
}

std::vector<Decided> Evaluation::decided() const {
  std::vector<Decided> result;
  result.reserve(stopped_.size());
  for (const auto& [key, packets] : stopped_) {
    result.push_back(
        {std::get<Decider>(key), std::get<Outcome>(key), std::get<Translated>(key), packets});
  }
  for (const Stream& stream : passed_) {
    ByTranslation parts;
    add_arrivals(parts, stream.situation.to, stream.packets);
    for (auto& [to, packets] : parts) {
      result.push_back({stream.by, Outcome::accepted, to, std::move(packets)});
    }
  }
  std::ranges::sort(result, {}, [](const Decided& one) {
    return std::tuple(one.by.rule != nullptr ? one.by.rule->line : ~0U, one.by, one.outcome,
                      one.to);
  });
  return result;
}

template <class Result, class Get>
Checked<Result> evaluated(const Ruleset& ruleset, const Interfaces& interfaces,
                          const PacketSet& universe, Detail detail, Get get) {
  if (auto wrong = check_ruleset(ruleset); !wrong.empty()) {
    return tl::unexpected(std::move(wrong));
  }
  try {
    Evaluation evaluation(ruleset, interfaces, detail);
    evaluation.run(universe);
    return get(evaluation);
  } catch (const TooComplex&) {
    return too_complex(ruleset.name);
  }
}

}  // namespace

Checked<Decisions> evaluate(const Ruleset& ruleset, const Interfaces& interfaces,
                            const PacketSet& universe) {
  return evaluated<Decisions>(ruleset, interfaces, universe, Detail::sets,
                              [](const Evaluation& done) { return done.decisions(); });
}

Checked<std::vector<Decided>> attribute(const Ruleset& ruleset, const Interfaces& interfaces,
                                        const PacketSet& universe) {
  return evaluated<std::vector<Decided>>(ruleset, interfaces, universe, Detail::deciders,
                                         [](const Evaluation& done) { return done.decided(); });
}

}  // namespace pinhole::firewall
