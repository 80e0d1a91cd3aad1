// SPDX-License-Identifier: Apache-2.0
#include "firewall/junos_read.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "firewall/junos_nat.hpp"
#include "firewall/junos_objects.hpp"
#include "firewall/junos_text.hpp"
#include "firewall/reading.hpp"
#include "firewall/zone_read.hpp"

namespace pinhole::firewall {
namespace {

using Words = std::span<const std::string>;

/// Not a zone: the device itself.
constexpr std::string_view kHost = "junos-host";

struct JunosPolicy {
  std::vector<std::string> from;  // zones; none: any
  std::vector<std::string> to;
  bool global = false;
  std::vector<std::string> sources;
  std::vector<std::string> destinations;
  std::vector<std::string> applications;
  bool sources_excluded = false;
  bool destinations_excluded = false;
  std::vector<std::string> unknown;
  std::optional<Verdict::Kind> verdict;
  std::uint32_t line = 0;
  RuleText text;
};

std::string all_words(Words words) {
  RuleText text;
  text.add(words);
  return text.text();
}

class Reader {
 public:
  std::vector<Table> read(std::string_view text) {
    junos_statements(text, [this](Words words, std::uint32_t line) { statement(words, line); });
    check_groups();
    objects_.finish(msrpc_alg_);
    nat_.chains(maker_, objects_);
    std::vector<RulesetRule> rules;
    for (const bool global : {false, true}) {
      for (const JunosPolicy& policy : policies_) {
        if (policy.global == global) {
          add_policy(policy, rules);
        }
      }
    }
    if (permit_all_) {
      add_default(rules);
    }
    Chain& chain = maker_.chain("policies", Hook::forward, 0);
    chain.accept_at_end = false;
    chain.rules = std::move(rules);
    Table table = maker_.take();
    std::vector<Table> tables;
    tables.push_back(std::move(table));
    return tables;
  }

 private:
  void statement(Words words, std::uint32_t line) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "apply-groups") {
        const bool concerns = i == 0 || words[0] == "security" || words[0] == "applications";
        if (words[0] != "groups" && concerns) {
          applied_.emplace_back(words[i + 1], line, i > 0);
        }
        return;
      }
    }
    if (words.size() > 2 && words[0] == "groups") {
      if (words[2] == "security" || words[2] == "applications") {
        groups_.insert(words[1]);
      }
      other_groups_.insert(words[1]);
    } else if (words.size() > 1 && words[0] == "applications") {
      objects_.application(words.subspan(1), line);
    } else if (words.size() > 2 && words[0] == "security") {
      security(words.subspan(1), line);
    } else if (words[0] == "logical-systems" || words[0] == "tenants") {
      throw Stop{"junos-logical-system", line, "the text is of several systems in one device",
                 "give the configuration of one of them"};
    }
  }

  /// Groups that say nothing of security may be inherited.
  void check_groups() const {
    for (const auto& [group, line, below] : applied_) {
      if (below || groups_.contains(group) || !other_groups_.contains(group)) {
        if (!below && group.starts_with('$')) {
          continue;  // `${node}`: names of the members of a cluster
        }
        throw Stop{"junos-groups", line,
                   "security settings may be inherited from the group " + group,
                   "give what `show configuration | display inheritance | display set` prints"};
      }
    }
  }

  void security(Words words, std::uint32_t line) {
    const Words below = words.subspan(1);
    if (words[0] == "zones") {
      objects_.zone(below, line);
    } else if (words[0] == "address-book") {
      objects_.address_book(below, line);
    } else if (words[0] == "policies") {
      policies(below, line);
    } else if (words[0] == "nat") {
      nat_.take(below, line);
    } else if (words[0] == "alg" && below[0] == "msrpc" && below.size() > 1) {
      msrpc_alg_ = msrpc_alg_ && below[1] != "disable";
    }
  }

  void policies(Words words, std::uint32_t line) {
    if (words[0] == "default-policy") {
      permit_all_ = words.size() > 1 && words[1] == "permit-all";
    } else if (words[0] == "global" && words.size() > 3 && words[1] == "policy") {
      policy({"", "", words[2]}, words.subspan(3), line);
    } else if (words[0] == "from-zone" && words.size() > 6 && words[2] == "to-zone" &&
               words[4] == "policy") {
      policy({words[1], words[3], words[5]}, words.subspan(6), line);
    }
  }

  void policy(const std::tuple<std::string, std::string, std::string>& key, Words words,
              std::uint32_t line) {
    const auto [place, added] = index_.try_emplace(key, policies_.size());
    if (added) {
      const auto& [from, to, name] = key;
      JunosPolicy made;
      made.global = from.empty();
      made.line = line;
      if (made.global) {
        made.text = RuleText("global policy " + name);
      } else {
        made.from = {from};
        made.to = {to};
        made.text = RuleText("from-zone " + from + " to-zone " + to + " policy " + name);
      }
      policies_.push_back(std::move(made));
    }
    JunosPolicy& policy = policies_[place->second];
    if (words[0] == "description") {
      return;
    }
    policy.text.add(words);
    if (words[0] == "match" && words.size() > 1) {
      match(policy, words.subspan(1));
    } else if (words[0] == "then" && words.size() > 1) {
      then(policy, words.subspan(1));
    } else {
      policy.unknown.push_back(all_words(words));
    }
  }

  static void match(JunosPolicy& policy, Words words) {
    const std::string& what = words[0];
    const std::string value = words.size() > 1 ? words[1] : std::string();
    if (what == "source-address") {
      policy.sources.push_back(value);
    } else if (what == "destination-address") {
      policy.destinations.push_back(value);
    } else if (what == "application") {
      policy.applications.push_back(value);
    } else if (what == "source-address-excluded") {
      policy.sources_excluded = true;
    } else if (what == "destination-address-excluded") {
      policy.destinations_excluded = true;
    } else if ((what == "from-zone" || what == "to-zone") && policy.global) {
      if (value != "any") {
        (what == "from-zone" ? policy.from : policy.to).push_back(value);
      }
    } else if (!((what == "source-identity" && value == "any") ||
                 (what == "dynamic-application" && (value == "any" || value == "none")) ||
                 (what == "url-category" && (value == "any" || value == "none")))) {
      policy.unknown.push_back(all_words(words));
    }
  }

  static void then(JunosPolicy& policy, Words words) {
    if (words[0] == "permit" || words[0] == "deny" || words[0] == "reject") {
      policy.verdict = words[0] == "permit" ? Verdict::Kind::accept
                       : words[0] == "deny" ? Verdict::Kind::drop
                                            : Verdict::Kind::reject;
      const bool harmless =
          words.size() < 2 || words[1] == "tcp-options" || words[1] == "services-offload";
      if (words[0] == "permit" && !harmless) {
        policy.unknown.push_back(all_words(words));
      }
    } else if (words[0] != "log" && words[0] != "count") {
      policy.unknown.push_back(all_words(words));
    }
  }

  std::vector<std::string> keys(const std::vector<std::string>& zones,
                                const std::vector<std::string>& names) const {
    const std::string zone = zones.size() == 1 ? zones.front() : std::string();
    std::vector<std::string> all;
    all.reserve(names.size());
    for (const std::string& name : names) {
      all.push_back(objects_.address_key(zone, name));
    }
    return all;
  }

  void add_addresses(RulesetRule& rule, const std::vector<std::string>& names, bool excluded,
                     const std::vector<std::string>& zones, Field field) {
    if (names.empty()) {
      rule.matches.push_back(unknown_match("no address is named"));
      return;
    }
    if (!excluded && std::ranges::find(names, "any") != names.end()) {
      return;
    }
    const std::vector<std::string> all = keys(zones, names);
    rule.matches.push_back(maker_.any_of(objects_.addresses(), all, {field}, excluded));
  }

  /// The family that a list of exclusions names alone. Whether the policy is about packets of the
  /// other one too is not said.
  std::optional<std::uint32_t> excluded_family(const JunosPolicy& policy) {
    std::optional<std::uint32_t> only;
    const auto look = [&](const std::vector<std::string>& names,
                          const std::vector<std::string>& zones) {
      bool v4 = false;
      bool v6 = false;
      for (const std::string& key : keys(zones, names)) {
        for (const Element& element : objects_.addresses().resolved(key).elements) {
          (std::get<AddressRange>(element.front()).first.is_v4() ? v4 : v6) = true;
        }
      }
      if (v4 != v6) {
        only = v6 ? 6 : 4;
      }
    };
    if (policy.sources_excluded) {
      look(policy.sources, policy.from);
    }
    if (policy.destinations_excluded) {
      look(policy.destinations, policy.to);
    }
    return only;
  }

  void add_policy(const JunosPolicy& policy, std::vector<RulesetRule>& rules) {
    if (std::ranges::find(policy.from, kHost) != policy.from.end() ||
        std::ranges::find(policy.to, kHost) != policy.to.end()) {
      return;  // not forwarded
    }
    RulesetRule rule;
    rule.line = policy.line;
    rule.text = policy.text.text();
    if (!policy.from.empty()) {
      rule.matches.push_back(maker_.any_of(objects_.zones(), policy.from, {Field::in_interface}));
    }
    if (!policy.to.empty()) {
      rule.matches.push_back(maker_.any_of(objects_.zones(), policy.to, {Field::out_interface}));
    }
    add_addresses(rule, policy.sources, policy.sources_excluded, policy.from, Field::source);
    add_addresses(rule, policy.destinations, policy.destinations_excluded, policy.to,
                  Field::destination);
    for (const std::string& unknown : policy.unknown) {
      rule.matches.push_back(unknown_match(unknown));
    }
    if (policy.verdict == Verdict::Kind::accept) {
      add_opened(rule, policy.applications, rules);
    }
    if (policy.applications.empty()) {
      rule.matches.push_back(unknown_match("no application is named"));
    } else if (std::ranges::find(policy.applications, "any") == policy.applications.end()) {
      rule.matches.push_back(
          maker_.any_of(objects_.applications(), policy.applications,
                        {Field::protocol, Field::source_port, Field::destination_port}));
    }
    rule.actions.push_back(policy.verdict ? Action(Verdict{*policy.verdict, ""})
                                          : Action(UnknownAction{"no action is named"}));
    if (const auto family = excluded_family(policy)) {
      RulesetRule other = rule;
      rule.matches.push_back(one_of(Field::family, {{*family, *family}}));
      other.matches.push_back(one_of(Field::family, {{10 - *family, 10 - *family}}));
      other.matches.push_back(unknown_match("exclusions of the other family"));
      rules.push_back(std::move(other));
    }
    rules.push_back(std::move(rule));
  }

  /// What an ALG lets through beside the policy, it lets through whatever stands before.
  void add_opened(const RulesetRule& rule, const std::vector<std::string>& applications,
                  std::vector<RulesetRule>& rules) {
    for (const std::string& name : applications) {
      const std::string& opens = objects_.applications().resolved(name).opens;
      if (!opens.empty()) {
        RulesetRule opened = rule;
        opened.matches.push_back(one_of(Field::protocol, {{6, 6}, {17, 17}}));
        opened.matches.push_back(unknown_match(opens));
        opened.actions.emplace_back(Verdict{Verdict::Kind::accept, ""});
        rules.push_back(std::move(opened));
        return;
      }
    }
  }

  void add_default(std::vector<RulesetRule>& rules) {
    RulesetRule rule;
    rule.line = 1;
    rule.text = "default-policy permit-all";
    for (const Field field : {Field::in_interface, Field::out_interface}) {
      rule.matches.push_back(maker_.any_of(objects_.zones(), objects_.zone_names(), {field}));
    }
    rule.actions.emplace_back(Verdict{Verdict::Kind::accept, ""});
    rules.push_back(std::move(rule));
  }

  JunosObjects objects_;
  JunosNat nat_;
  RuleMaker maker_{"junos"};
  std::vector<JunosPolicy> policies_;
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> index_;
  bool permit_all_ = false;
  bool msrpc_alg_ = true;
  std::set<std::string> groups_;  // that speak of security or applications
  std::set<std::string> other_groups_;
  std::vector<std::tuple<std::string, std::uint32_t, bool>> applied_;
};

}  // namespace

Checked<Ruleset> read_junos(std::string_view text, const std::string& name) {
  return read_tables(name, "junos-srx", [&] { return Reader().read(text); });
}

}  // namespace pinhole::firewall
