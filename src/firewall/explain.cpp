// SPDX-License-Identifier: Apache-2.0
#include "firewall/explain.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "firewall/check.hpp"
#include "firewall/packet_match.hpp"

namespace pinhole::firewall {
namespace {

/// The packet in one of the ways that it may have gone.
struct Way {
  Situation situation;
  bool hidden = false;
  Decider by;

  friend auto operator<=>(const Way&, const Way&) = default;
};

using Ways = std::set<Way>;

std::string text_of(const NatTarget& target) {
  std::string text;
  if (target.address) {
    text += to_string(target.address->first);
    if (target.address->first != target.address->last) {
      text += "-" + to_string(target.address->last);
    }
  }
  if (target.ports) {
    text += fmt::format(" port {}", target.ports->first);
    if (target.ports->first != target.ports->last) {
      text += fmt::format("-{}", target.ports->last);
    }
  }
  return text;
}

std::string text_of(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::accept:
      return "accept";
    case Verdict::Kind::drop:
      return "drop";
    case Verdict::Kind::reject:
      return "reject";
    case Verdict::Kind::jump:
      return "jump " + verdict.chain;
    case Verdict::Kind::go_to:
      return "goto " + verdict.chain;
    case Verdict::Kind::leave:
      return "return";
    case Verdict::Kind::next:
      break;
  }
  return "continue";
}

class Walk {
 public:
  Walk(const Ruleset& ruleset, const Packet& packet)
      : ruleset_(&ruleset), packet_(&packet), names_(ruleset) {}

  Explanation run();

 private:
  struct Ends {
    Ways accepted;
    Ways fallen;
  };

  [[nodiscard]] bool sees(const BaseChain& base) const;
  void pass(const BaseChain& base, Ways& ways);
  void follow(const Table& table, const Chain& chain, const Way& from, Ends& ends);
  /// The ways that go on to the next rule.
  Ways act(const Decider& at, bool surely, const Action& action, Way way, Ends& ends);
  Ways act(const Decider& at, bool surely, const Verdict& verdict, const Way& way, Ends& ends);
  Ways act(const Decider& at, bool surely, const Lookup<Verdict>& lookup, const Way& way,
           Ends& ends);
  Ways act(const Decider& at, bool surely, const Nat& nat, const Way& way, Ends& ends);
  void translate(const Decider& at, bool surely, Nat::Kind kind, const NatTarget& target, Way way,
                 Ends& ends);
  void accept(const Decider& at, Way way, Ends& ends);
  void deny(const Decider& at);
  void unsure(const Decider& at);
  void note(const Decider& at, bool surely, std::string what);

  const Ruleset* ruleset_;
  const Packet* packet_;
  Names names_;
  std::uint64_t steps_ = 0;
  Explanation result_;
  std::map<std::pair<const Chain*, Way>, Ends> followed_;  // where jumps led
  bool denied_ = false;
  Decider denied_by_;
  std::optional<Decider> unsure_;
};

void Walk::note(const Decider& at, bool surely, std::string what) {
  Step step{at, surely, std::move(what)};
  if (std::ranges::find(result_.steps, step) == result_.steps.end()) {
    result_.steps.push_back(std::move(step));
  }
}

void Walk::unsure(const Decider& at) {
  if (!unsure_) {
    unsure_ = at;
  }
}

void Walk::deny(const Decider& at) {
  if (!denied_) {
    denied_by_ = at;
  }
  denied_ = true;
}

void Walk::accept(const Decider& at, Way way, Ends& ends) {
  if (decides_over(at, way.by)) {
    way.by = at;
  }
  ends.accepted.insert(way);
}

bool Walk::sees(const BaseChain& base) const {
  const bool v4 = packet_->source.is_v4();
  return (base.table->family == TableFamily::inet ||
          (base.table->family == TableFamily::ip) == v4) &&
         (base.chain->device.empty() || base.chain->device == packet_->in_interface);
}

void Walk::pass(const BaseChain& base, Ways& ways) {
  Ends ends;
  for (const Way& way : ways) {
    follow(*base.table, *base.chain, way, ends);
  }
  const Decider end{base.table, base.chain, nullptr};
  for (const Way& fallen : ends.fallen) {
    const bool surely = ends.fallen.size() == 1 && ends.accepted.empty();
    note(end, surely, base.chain->accept_at_end ? "end: accept" : "end: drop");
    if (base.chain->accept_at_end) {
      accept(end, fallen, ends);
    } else {
      deny(end);
    }
  }
  ways = std::move(ends.accepted);
}

void Walk::follow(const Table& table, const Chain& chain, const Way& from, Ends& ends) {
  Ways here{from};
  for (const RulesetRule& rule : chain.rules) {
    Ways next;
    for (const Way& way : here) {
      if (++steps_ > kMostSteps) {
        throw TooComplex();
      }
      const Holds found =
          rule.actions.empty() ? Holds::no : holds(*packet_, names_, table, rule, way.situation);
      if (found != Holds::yes) {
        next.insert(way);
      }
      if (found == Holds::no) {
        continue;
      }
      const Decider at{&table, &chain, &rule};
      if (found == Holds::maybe) {
        unsure(at);
      }
      Ways hit{way};
      for (const Action& action : rule.actions) {
        Ways on;
        for (const Way& one : hit) {
          on.merge(act(at, found == Holds::yes, action, one, ends));
        }
        hit = std::move(on);
      }
      next.merge(hit);
    }
    here = std::move(next);
  }
  ends.fallen.merge(here);
}

Ways Walk::act(const Decider& at, bool surely, const Action& action, Way way, Ends& ends) {
  if (const auto* verdict = std::get_if<Verdict>(&action)) {
    return act(at, surely, *verdict, way, ends);
  }
  if (const auto* lookup = std::get_if<Lookup<Verdict>>(&action)) {
    return act(at, surely, *lookup, way, ends);
  }
  if (const auto* nat = std::get_if<Nat>(&action)) {
    return act(at, surely, *nat, way, ends);
  }
  if (const auto* unknown = std::get_if<UnknownAction>(&action)) {
    note(at, false, "not understood: " + unknown->text);
    unsure(at);
    deny(at);
    accept(at, way, ends);
    return {};
  }
  note(at, surely, "notrack");
  way.situation.untracked = true;
  return {way};
}

Ways Walk::act(const Decider& at, bool surely, const Verdict& verdict, const Way& way, Ends& ends) {
  note(at, surely, text_of(verdict));
  switch (verdict.kind) {
    case Verdict::Kind::accept:
      accept(at, way, ends);
      return {};
    case Verdict::Kind::drop:
    case Verdict::Kind::reject:
      deny(at);
      return {};
    case Verdict::Kind::leave:
      ends.fallen.insert(way);
      return {};
    case Verdict::Kind::next:
      break;
    case Verdict::Kind::jump:
    case Verdict::Kind::go_to: {
      const Chain* chain = names_.chain(*at.table, verdict.chain);
      const auto [there, added] = followed_.try_emplace({chain, way});
      if (added) {
        follow(*at.table, *chain, way, there->second);
      }
      ends.accepted.insert(there->second.accepted.begin(), there->second.accepted.end());
      if (verdict.kind == Verdict::Kind::jump) {
        return there->second.fallen;
      }
      ends.fallen.insert(there->second.fallen.begin(), there->second.fallen.end());
      return {};
    }
  }
  return {way};
}

Ways Walk::act(const Decider& at, bool surely, const Lookup<Verdict>& lookup, const Way& way,
               Ends& ends) {
  const auto* named = names_.map_of(*at.table, lookup);
  for (const auto& entry : names_.entries(*at.table, lookup)) {
    if (holds(*packet_, lookup.fields, entry.key, way.situation)) {
      return act(at, surely, entry.to, way, ends);
    }
  }
  if (named != nullptr && named->open) {
    note(at, false, "not known: map " + named->name);
    unsure(at);
    deny(at);
    accept(at, way, ends);
  }
  return {way};
}

Ways Walk::act(const Decider& at, bool surely, const Nat& nat, const Way& way, Ends& ends) {
  if (!nat.by) {
    translate(at, surely, nat.kind, nat.to, way, ends);
    return {};
  }
  const auto* named = names_.map_of(*at.table, *nat.by);
  for (const auto& entry : names_.entries(*at.table, *nat.by)) {
    if (holds(*packet_, nat.by->fields, entry.key, way.situation)) {
      translate(at, surely, nat.kind, entry.to, way, ends);
      return {};
    }
  }
  if (named != nullptr && named->open) {
    note(at, false, "not known: map " + named->name);
    unsure(at);
    deny(at);
  }
  return {way};
}

void Walk::translate(const Decider& at, bool surely, Nat::Kind kind, const NatTarget& target,
                     Way way, Ends& ends) {
  switch (kind) {
    case Nat::Kind::redirect:
      note(at, surely, "redirect to the device itself");
      return deny(at);
    case Nat::Kind::snat:
    case Nat::Kind::masquerade:
      note(at, surely, kind == Nat::Kind::snat ? "snat to " + text_of(target) : "masquerade");
      way.hidden = true;
      break;
    case Nat::Kind::dnat:
      note(at, surely, "dnat to " + text_of(target));
      if (!way.situation.natted) {
        const auto to = sure_target(target);
        if (!to) {
          unsure(at);
          deny(at);
        }
        way.situation.to = to.value_or(Translated{});
        way.situation.natted = true;
      }
      break;
  }
  ends.accepted.insert(way);
}

Explanation Walk::run() {
  Ways ways{Way{}};
  for (const Hook hook : {Hook::ingress, Hook::prerouting, Hook::forward, Hook::postrouting}) {
    for (const BaseChain& base : base_chains(*ruleset_, hook)) {
      if (sees(base) && !ways.empty()) {
        pass(base, ways);
      }
    }
  }
  std::set<Translated> targets;
  for (const Way& way : ways) {
    Translated to = way.situation.to;
    to.destination = to.destination == packet_->destination ? std::nullopt : to.destination;
    to.port = to.port == packet_->destination_port ? std::nullopt : to.port;
    targets.insert(to);
  }
  if (targets.size() + (denied_ ? 1 : 0) > 1) {
    result_.outcome = Outcome::unknown;
    result_.by = unsure_.value_or(Decider{});
  } else if (denied_) {
    result_.outcome = Outcome::denied;
    result_.by = denied_by_;
  } else {
    result_.by = ways.begin()->by;
    result_.to = *targets.begin();
    result_.hidden = ways.begin()->hidden;
  }
  return std::move(result_);
}

}  // namespace

Checked<Explanation> explain(const Ruleset& ruleset, const Packet& packet) {
  if (auto wrong = check_ruleset(ruleset); !wrong.empty()) {
    return tl::unexpected(std::move(wrong));
  }
  try {
    return Walk(ruleset, packet).run();
  } catch (const TooComplex&) {
    return too_complex(ruleset.name);
  }
}

}  // namespace pinhole::firewall
