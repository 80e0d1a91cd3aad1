// SPDX-License-Identifier: Apache-2.0
#include "firewall/panos_read.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "firewall/panos_objects.hpp"
#include "firewall/panos_rule.hpp"
#include "firewall/panos_text.hpp"
#include "firewall/reading.hpp"
#include "firewall/zone_read.hpp"

namespace pinhole::firewall {
namespace {

using Words = std::span<const std::string>;

/// Rules in the order of their first statement.
class RuleList {
 public:
  PanosRule& get(const std::string& name, std::uint32_t line) {
    const auto [place, added] = index_.try_emplace(name, rules_.size());
    if (added) {
      PanosRule& rule = rules_.emplace_back();
      rule.line = line;
      rule.text = RuleText("rule " + name);
    }
    return rules_[place->second];
  }
  [[nodiscard]] const std::vector<PanosRule>& rules() const { return rules_; }

 private:
  std::vector<PanosRule> rules_;
  std::map<std::string, std::size_t> index_;
};

std::optional<Verdict::Kind> verdict_of(const std::string& action) {
  if (action == "allow") {
    return Verdict::Kind::accept;
  }
  if (action == "deny" || action == "drop") {
    return Verdict::Kind::drop;
  }
  return action.starts_with("reset-") ? std::optional(Verdict::Kind::reject) : std::nullopt;
}

class Reader {
 public:
  std::vector<Table> read(std::string_view text) {
    panos_statements(text, [this](const std::string& scope, Words words, std::uint32_t line) {
      statement(scope, words, line);
    });
    objects_.set_scope(scope_.value_or(""));
    objects_.finish();
    add_nat();
    std::vector<RulesetRule> rules;
    for (const RuleList& list : security_) {
      for (const PanosRule& rule : list.rules()) {
        if (!rule.disabled) {
          add_security(rule, rules);
        }
      }
    }
    add_defaults(rules);
    Chain& chain = maker_.chain("security", Hook::forward, 0);
    chain.accept_at_end = false;
    chain.rules = std::move(rules);
    std::vector<Table> tables;
    tables.push_back(maker_.take());
    return tables;
  }

 private:
  void statement(const std::string& scope, Words words, std::uint32_t line) {
    static constexpr std::array kBases = {"pre-rulebase", "rulebase", "post-rulebase"};
    const std::string& what = words[0];
    const Words below = words.subspan(1);
    const auto base = std::ranges::find(kBases, what);
    if (base != kBases.end()) {
      one_system(scope, line);
      rulebase(static_cast<std::size_t>(base - kBases.begin()), below, line);
    } else if (what == "zone") {
      one_system(scope, line);
      objects_.zone(below, line);
    } else if (what == "address") {
      objects_.address(scope, below, line);
    } else if (what == "address-group") {
      objects_.address_group(scope, below, line);
    } else if (what == "service") {
      objects_.service(scope, below, line);
    } else if (what == "service-group") {
      objects_.service_group(scope, below, line);
    }
  }

  void one_system(const std::string& scope, std::uint32_t line) {
    if (scope_.value_or(scope) != scope && scope != "shared") {
      throw Stop{"panos-systems", line, "the text is of several virtual systems",
                 "give the configuration of one of them"};
    }
    if (scope != "shared") {
      scope_ = scope;
    }
  }

  void rulebase(std::size_t base, Words words, std::uint32_t line) {
    if (words.size() < 4 || words[1] != "rules") {
      return;
    }
    const Words rule = words.subspan(3);
    if (words[0] == "security") {
      security_.at(base).get(words[2], line).take(rule);
    } else if (words[0] == "nat") {
      nat_.at(base).get(words[2], line).take(rule);
    } else if (words[0] == "default-security-rules" && words.size() > 4 && rule[0] == "action") {
      (words[2] == "intrazone-default" ? intrazone_ : interzone_) = rule[1];
    }
  }

  void add_zone(RulesetRule& rule, const std::vector<std::string>& zones, Field field) {
    if (!panos_any(zones)) {
      rule.matches.push_back(maker_.any_of(objects_.zones(), zones, {field}));
    }
  }

  void add_addresses(RulesetRule& rule, const std::vector<std::string>& names, bool negated,
                     Field field) {
    if (!panos_any(names)) {
      rule.matches.push_back(maker_.any_of(
          objects_.addresses(), objects_.addresses_of(names, rule.line), {field}, negated));
    } else if (negated) {
      rule.matches.push_back(one_of(Field::protocol, {}));  // nothing is not any
    }
  }

  /// Addresses and services as the packet arrives, and what is unknown.
  RulesetRule begin(const PanosRule& rule) {
    RulesetRule result;
    result.line = rule.line;
    result.text = rule.text.text();
    add_addresses(result, rule.sources, rule.not_sources, Field::source);
    add_addresses(result, rule.destinations, rule.not_destinations, Field::original_destination);
    if (!panos_any(rule.services)) {
      result.matches.push_back(
          maker_.any_of(objects_.services(), objects_.services_of(rule.services),
                        {Field::protocol, Field::source_port, Field::original_destination_port}));
    }
    for (const std::string& unknown : rule.unknown) {
      result.matches.push_back(unknown_match(unknown));
    }
    return result;
  }

  void add_security(const PanosRule& rule, std::vector<RulesetRule>& rules) {
    RulesetRule made = begin(rule);
    const auto verdict = verdict_of(rule.action);
    made.actions.push_back(verdict ? Action(Verdict{*verdict, ""})
                                   : Action(UnknownAction{"action " + rule.action}));
    if (rule.type == "universal") {
      add_zone(made, rule.from, Field::in_interface);
      add_zone(made, rule.to, Field::out_interface);
      rules.push_back(std::move(made));
      return;
    }
    const auto& from = panos_any(rule.from) ? objects_.zone_names() : rule.from;
    for (const std::string& zone : from) {
      std::vector<std::string> to = {zone};
      if (rule.type != "intrazone") {
        to = panos_any(rule.to) ? objects_.zone_names() : rule.to;
        std::erase(to, zone);
      }
      maker_.count_rule(10);
      RulesetRule one = made;
      add_zone(one, {zone}, Field::in_interface);
      one.matches.push_back(maker_.any_of(objects_.zones(), to, {Field::out_interface}));
      rules.push_back(std::move(one));
    }
  }

  void add_default(const std::string& action, const std::vector<std::string>& from,
                   const std::string& text, std::vector<RulesetRule>& rules) {
    const auto verdict = verdict_of(action);
    RulesetRule rule;
    rule.line = 1;
    rule.text = text;
    for (const Field field : {Field::in_interface, Field::out_interface}) {
      rule.matches.push_back(maker_.any_of(objects_.zones(), from, {field}));
    }
    rule.actions.push_back(verdict ? Action(Verdict{*verdict, ""}) : Action(UnknownAction{text}));
    rules.push_back(std::move(rule));
  }

  void add_defaults(std::vector<RulesetRule>& rules) {
    for (const std::string& zone : objects_.zone_names()) {
      add_default(intrazone_, {zone}, "intrazone-default action " + intrazone_, rules);
    }
    if (objects_.zone_names().empty()) {
      // Packets within a zone pass, whichever zones there are.
      RulesetRule rule;
      rule.line = 1;
      rule.text = "intrazone-default action " + intrazone_;
      rule.matches.push_back(unknown_match("no zone is shown"));
      rule.actions.emplace_back(Verdict{verdict_of(intrazone_).value_or(Verdict::Kind::drop), ""});
      rules.push_back(std::move(rule));
    }
    add_default(interzone_, objects_.zone_names(), "interzone-default action " + interzone_, rules);
  }

  /// A NAT rule's conditions where its zone of destination is that before the translation.
  RulesetRule begin_nat(const PanosRule& rule, bool routed_alike) {
    RulesetRule made = begin(rule);
    if (rule.v4) {
      made.matches.push_back(one_of(Field::family, {{4, 4}}));
    } else {
      made.matches.push_back(unknown_match("nat-type of several versions of IP"));
    }
    add_zone(made, rule.from, Field::in_interface);
    if (!panos_any(rule.to)) {
      if (routed_alike) {
        add_zone(made, rule.to, Field::out_interface);
      } else {
        made.matches.push_back(
            unknown_match("to zone " + rule.to.front() + " before the translation"));
      }
    }
    return made;
  }

  Action destination_action(const PanosRule& rule) {
    if (rule.unknown_then.empty() && rule.leads_to.size() == 1) {
      const auto keys = objects_.addresses_of(rule.leads_to, rule.line);
      const ZoneObject& object = objects_.addresses().resolved(keys.front());
      const auto port = port_range(rule.leads_to_port);
      if (object.unknown.empty() && object.elements.size() == 1 &&
          (port || rule.leads_to_port.empty())) {
        Nat nat;
        nat.kind = Nat::Kind::dnat;
        nat.to.address = std::get<AddressRange>(object.elements.front().front());
        nat.to.ports = port;
        return nat;
      }
    }
    return UnknownAction{rule.unknown_then.empty() ? "destination-translation"
                                                   : rule.unknown_then.front()};
  }

  void add_nat() {
    std::vector<const PanosRule*> all;
    for (const RuleList& list : nat_) {
      for (const PanosRule& rule : list.rules()) {
        if (!rule.disabled) {
          all.push_back(&rule);
        }
      }
    }
    std::vector<RulesetRule> arriving;
    std::vector<RulesetRule> leaving;
    for (const PanosRule* rule : all) {
      const bool leads = !rule->leads_to.empty() || !rule->unknown_then.empty();
      RulesetRule in = begin_nat(*rule, false);
      in.actions.push_back(leads ? destination_action(*rule)
                                 : Action(Verdict{Verdict::Kind::accept, ""}));
      arriving.push_back(std::move(in));
      if (rule->back) {
        RulesetRule back;
        back.line = rule->line;
        back.text = rule->text.text();
        add_addresses(back, rule->hidden_as, false, Field::original_destination);
        back.actions.emplace_back(UnknownAction{"bi-directional"});
        arriving.push_back(std::move(back));
      }
      RulesetRule out = begin_nat(*rule, !leads);
      if (rule->hides) {
        Nat nat;
        nat.kind = Nat::Kind::masquerade;
        out.actions.emplace_back(std::move(nat));
      } else {
        out.actions.emplace_back(Verdict{Verdict::Kind::accept, ""});
      }
      leaving.push_back(std::move(out));
    }
    // Rules behind the last one that leads elsewhere change nothing about destinations.
    const auto leads = [](const RulesetRule& rule) {
      return !std::holds_alternative<Verdict>(rule.actions.front());
    };
    while (!arriving.empty() && !leads(arriving.back())) {
      arriving.pop_back();
    }
    if (!arriving.empty()) {
      maker_.chain("destination nat", Hook::prerouting, -100).rules = std::move(arriving);
    }
    if (!leaving.empty()) {
      maker_.chain("source nat", Hook::postrouting, 100).rules = std::move(leaving);
    }
  }

  PanosObjects objects_;
  RuleMaker maker_{"pan-os"};
  std::array<RuleList, 3> security_;
  std::array<RuleList, 3> nat_;
  std::optional<std::string> scope_;
  std::string intrazone_ = "allow";
  std::string interzone_ = "deny";
};

}  // namespace

Checked<Ruleset> read_panos(std::string_view text, const std::string& name) {
  return read_tables(name, "pan-os", [&] { return Reader().read(text); });
}

}  // namespace pinhole::firewall
