// SPDX-License-Identifier: Apache-2.0
#include "firewall/check.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "firewall/names.hpp"

namespace pinhole::firewall {
namespace {

bool fits(Field field, const Value& value) {
  switch (field) {
    case Field::in_interface:
    case Field::out_interface:
      return std::holds_alternative<InterfaceName>(value);
    case Field::source:
    case Field::destination:
    case Field::original_destination: {
      const auto* range = std::get_if<AddressRange>(&value);
      return range != nullptr && range->first <= range->last &&
             range->first.family == range->last.family;
    }
    case Field::tcp_flags:
      return std::holds_alternative<MaskedNumber>(value);
    case Field::family:
    case Field::protocol:
    case Field::source_port:
    case Field::destination_port:
    case Field::icmp_type:
    case Field::icmp_code:
    case Field::connection_state:
    case Field::translated:
    case Field::original_destination_port:
      break;
  }
  const auto* range = std::get_if<NumberRange>(&value);
  return range != nullptr && range->first <= range->last;
}

class Checker {
 public:
  explicit Checker(const Ruleset& ruleset) : ruleset_(&ruleset), names_(ruleset) {}

  Diagnostics run() {
    for (const Table& table : ruleset_->tables) {
      table_ = &table;
      for (const Chain& chain : table.chains) {
        for (const RulesetRule& rule : chain.rules) {
          line_ = rule.line;
          check(rule);
        }
      }
      depths_.clear();
      for (const Chain& chain : table.chains) {
        if (chain.hook) {
          (void)depth(chain, 0);
        }
      }
    }
    return std::move(found_);
  }

 private:
  void add(std::string_view id, std::string message, std::string remedy) {
    found_.push_back({std::string(id),
                      Severity::error,
                      {ruleset_->name, line_, 0, {}},
                      std::move(message),
                      std::move(remedy),
                      Exit::usage});
  }

  void missing(std::string_view kind, std::string_view name) {
    add("firewall-name", fmt::format("table {} has no {} {}", table_->name, kind, name),
        "give the whole rule set");
  }

  void check(const RulesetRule& rule) {
    for (const Match& match : rule.matches) {
      check(match);
    }
    for (const Action& action : rule.actions) {
      if (const auto* verdict = std::get_if<Verdict>(&action)) {
        check(*verdict);
      } else if (const auto* lookup = std::get_if<Lookup<Verdict>>(&action)) {
        check_keys(*lookup);
        for (const auto& entry : names_.entries(*table_, *lookup)) {
          check(entry.to);
        }
      } else if (const auto* nat = std::get_if<Nat>(&action); nat != nullptr && nat->by) {
        check_keys(*nat->by);
      }
    }
  }

  void check(const Verdict& verdict) {
    const bool leads = verdict.kind == Verdict::Kind::jump || verdict.kind == Verdict::Kind::go_to;
    if (leads && names_.chain(*table_, verdict.chain) == nullptr) {
      missing("chain", verdict.chain);
    }
  }

  template <class To>
  void check_keys(const Lookup<To>& lookup) {
    if (!lookup.map.empty() && names_.map_of(*table_, lookup) == nullptr) {
      missing("map", lookup.map);
    }
    for (const auto& entry : names_.entries(*table_, lookup)) {
      check(lookup.fields, entry.key);
    }
  }

  void check(const Match& match) {
    const NamedSet* set = nullptr;
    if (!match.set.empty()) {
      set = names_.set(*table_, match.set);
      if (set == nullptr) {
        missing("set", match.set);
      }
    }
    for (const Element& element : set != nullptr ? set->elements : match.elements) {
      check(match.fields, element);
    }
  }

  void check(const std::vector<Field>& fields, const Element& element) {
    bool good = fields.size() == element.size();
    for (std::size_t i = 0; good && i < fields.size(); ++i) {
      good = fits(fields[i], element[i]);
    }
    if (!good) {
      add("firewall-value", "an element does not fit what it is compared with", "mend the rule");
    }
  }

  std::vector<const Verdict*> verdicts(const RulesetRule& rule) const {
    std::vector<const Verdict*> result;
    for (const Action& action : rule.actions) {
      if (const auto* verdict = std::get_if<Verdict>(&action)) {
        result.push_back(verdict);
      } else if (const auto* lookup = std::get_if<Lookup<Verdict>>(&action)) {
        for (const auto& entry : names_.entries(*table_, *lookup)) {
          result.push_back(&entry.to);
        }
      }
    }
    return result;
  }

  /// How many jumps deep a chain goes; a chain that is being looked at has no depth yet.
  std::size_t depth(const Chain& chain, std::size_t above) {
    const auto [known, added] = depths_.try_emplace(&chain, std::nullopt);
    if (!added) {
      if (!known->second) {
        add("firewall-circle", fmt::format("chain {} leads back to itself", chain.name),
            "take out one of the jumps");
      }
      return known->second.value_or(0);
    }
    std::size_t below = 0;
    for (const RulesetRule& rule : chain.rules) {
      for (const Verdict* verdict : verdicts(rule)) {
        const Chain* next =
            verdict->chain.empty() ? nullptr : names_.chain(*table_, verdict->chain);
        if (next != nullptr && above < kDeepestJump) {
          line_ = rule.line;
          below = std::max(below, 1 + depth(*next, above + 1));
        }
      }
    }
    if (below >= kDeepestJump || above >= kDeepestJump) {
      line_ = chain.line;
      add("firewall-depth", fmt::format("jumps are nested deeper than {}", kDeepestJump),
          "flatten the chains");
      below = 0;
    }
    depths_[&chain] = below;
    return below;
  }

  const Ruleset* ruleset_;
  Names names_;
  const Table* table_ = nullptr;
  std::uint32_t line_ = 0;
  Diagnostics found_;
  std::map<const Chain*, std::optional<std::size_t>> depths_;
};

}  // namespace

Diagnostics check_ruleset(const Ruleset& ruleset) {
  return Checker(ruleset).run();
}

}  // namespace pinhole::firewall
