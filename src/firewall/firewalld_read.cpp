// SPDX-License-Identifier: Apache-2.0
#include "firewall/firewalld_read.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "firewall/address_number.hpp"
#include "firewall/firewalld_files.hpp"
#include "firewall/firewalld_known.hpp"
#include "firewall/firewalld_rules.hpp"
#include "firewall/firewalld_words.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall {
namespace {

using firewalld::File;
using firewalld::Side;

/// The three places where zones and policies have chains, by firewalld's own names for them.
enum class Stage : std::uint8_t { prerouting, forward, postrouting };
constexpr std::array kStages{Stage::prerouting, Stage::forward, Stage::postrouting};

struct StageNames {
  std::string_view base;
  std::string_view prefix;
  Hook hook;
  std::int32_t priority;
};

constexpr StageNames names_of(Stage stage) {
  switch (stage) {
    case Stage::prerouting:
      return {"nat_PREROUTING", "nat_PRE_", Hook::prerouting, -90};
    case Stage::forward:
      return {"filter_FORWARD", "filter_FWD_", Hook::forward, 10};
    case Stage::postrouting:
      break;
  }
  return {"nat_POSTROUTING", "nat_POST_", Hook::postrouting, 110};
}

std::string chain_name(Stage stage, std::string_view owner) {
  return std::string(names_of(stage).prefix) + std::string(owner);
}

std::string policies_name(Stage stage, bool before) {
  return std::string(names_of(stage).base) + (before ? "_POLICIES_pre" : "_POLICIES_post");
}

InterfaceName interface_of(std::string name) {
  const bool prefix = name.ends_with('+');
  if (prefix) {
    name.pop_back();
  }
  return {std::move(name), prefix};
}

/// One way to be of a zone: all its interfaces, or one of its sources.
struct Binding {
  std::vector<std::pair<InterfaceName, pugi::xml_node>> interfaces;
  std::vector<pugi::xml_node> sources;

  [[nodiscard]] bool active() const { return !interfaces.empty() || !sources.empty(); }
};

class Builder {
 public:
  explicit Builder(const firewalld::Configuration& configuration)
      : configuration_(&configuration), words_(configuration) {}

  std::vector<Table> build() {
    table_.name = "firewalld";
    for (const auto& [name, file] : configuration_->zones) {
      bindings_.emplace(name, binding_of(file));
    }
    for (const Stage stage : kStages) {
      Chain& chain = base_[stage];
      chain.name = names_of(stage).base;
      chain.hook = names_of(stage).hook;
      chain.priority = names_of(stage).priority;
      chain.line = 1;
      for (const bool before : {true, false}) {
        Chain& some = policies_[{stage, before}];
        some.name = policies_name(stage, before);
        some.line = 1;
      }
    }
    begin_forward();
    for (const auto& [key, policy] : policies_in_order()) {
      add_policy(std::get<std::string>(key), *policy, std::get<std::int64_t>(key));
    }
    for (const auto& [name, file] : configuration_->zones) {
      add_zone(name, file);
    }
    dispatch();
    for (const Stage stage : kStages) {
      table_.chains.push_back(std::move(base_[stage]));
    }
    for (auto& [key, chain] : policies_) {
      table_.chains.push_back(std::move(chain));
    }
    table_.sets = words_.take_sets();
    return {std::move(table_)};
  }

 private:
  static RulesetRule implied(std::vector<Match> matches, Action action, std::string text) {
    RulesetRule rule;
    rule.matches = std::move(matches);
    rule.actions.push_back(std::move(action));
    rule.line = 1;
    rule.text = "firewalld: " + std::move(text);
    return rule;
  }

  static Verdict to(Verdict::Kind kind, std::string chain = {}) { return {kind, std::move(chain)}; }

  std::string setting(std::string_view key, std::string_view otherwise) const {
    if (!configuration_->settings) {
      return std::string(otherwise);
    }
    const auto found = configuration_->settings->find(key);
    return found == configuration_->settings->end() ? std::string(otherwise) : found->second;
  }

  void begin_forward() {
    using firewalld::numbers;
    auto& rules = base_[Stage::forward].rules;
    if (configuration_->direct && configuration_->direct->root().first_child()) {
      const pugi::xml_node node = configuration_->direct->root().first_child();
      RulesetRule rule = implied({}, UnknownAction{"direct.xml"}, "direct.xml");
      rule.line = configuration_->direct->line(node);
      rules.push_back(std::move(rule));
    }
    rules.push_back(
        implied({numbers(Field::connection_state,
                         {{kStateEstablished, kStateEstablished}, {kStateRelated, kStateRelated}})},
                to(Verdict::Kind::accept), "answers pass"));
    rules.push_back(implied({numbers(Field::translated, {{1, 1}})}, to(Verdict::Kind::accept),
                            "what was led to another address passes"));
    rules.push_back(implied({numbers(Field::connection_state, {{kStateInvalid, kStateInvalid}})},
                            to(Verdict::Kind::drop), "what belongs to no connection"));
    // Without firewalld.conf it is not known; such packets are none that a network carries.
    if (configuration_->settings && setting("RFC3964_IPv4", "yes") != "no") {
      rules.push_back(implied({numbers(Field::family, {{6, 6}}), private_6to4()},
                              to(Verdict::Kind::reject), "RFC3964_IPv4"));
    }
  }

  /// RFC 3964: IPv4 addresses within IPv6 ones that nobody should send to.
  static Match private_6to4() {
    static constexpr std::array<std::string_view, 9> kNetworks{
        "::/96",          "::ffff:0.0.0.0/96", "2002::/24",      "2002:a00::/24", "2002:7f00::/24",
        "2002:a9fe::/32", "2002:ac10::/28",    "2002:c0a8::/32", "2002:e000::/19"};
    Match match;
    match.fields = {Field::destination};
    for (const std::string_view text : kNetworks) {
      match.elements.push_back({range_of(parse_prefix(text).value_or(IpPrefix{}))});
    }
    return match;
  }

  static Binding binding_of(const File& file) {
    Binding binding;
    for (const pugi::xml_node& child : file.root().children()) {
      const std::string_view name = child.name();
      if (name == "interface") {
        binding.interfaces.emplace_back(interface_of(child.attribute("name").as_string()), child);
      } else if (name == "source") {
        binding.sources.push_back(child);
      }
    }
    return binding;
  }

  // Policies.

  using PolicyKey = std::tuple<std::int64_t, std::string>;

  std::map<PolicyKey, const File*> policies_in_order() const {
    std::map<PolicyKey, const File*> ordered;
    for (const auto& [name, file] : configuration_->policies) {
      const std::string text = file.root().attribute("priority").as_string("-1");
      const bool negative = text.starts_with('-');
      const auto number = parse_decimal(std::string_view(text).substr(negative ? 1 : 0), 1, 32768);
      if (!number) {
        throw Stop{"firewalld-syntax", file.line(file.root()),
                   "the priority of policy " + name + " is not understood",
                   "give a number from -32768 to 32767, but not 0"};
      }
      const auto priority = static_cast<std::int64_t>(*number);
      ordered.emplace(PolicyKey{negative ? -priority : priority, name}, &file);
    }
    return ordered;
  }

  /// Zones that a policy names on one side.
  struct Zones {
    bool any = false;
    bool host = false;
    bool active = false;  // one of them is bound to something
    bool by_interface = false;
    std::vector<std::vector<Match>> ways;  // to be of one of them; at least one
  };

  Zones zones_of(const std::string& policy, const File& file, bool ingress) const {
    Zones zones;
    Match interfaces;
    interfaces.fields = {ingress ? Field::in_interface : Field::out_interface};
    for (const pugi::xml_node& child :
         file.root().children(ingress ? "ingress-zone" : "egress-zone")) {
      const std::string name = child.attribute("name").as_string();
      if (name == "ANY" || name == "HOST") {
        (name == "ANY" ? zones.any : zones.host) = true;
        zones.active = true;
        continue;
      }
      const auto binding = bindings_.find(name);
      if (binding == bindings_.end()) {
        if (firewalld::known_zone(name) == nullptr) {
          throw Stop{"firewalld-name", file.line(child),
                     fmt::format("policy {} names the zone {}, which is not there", policy, name),
                     "give the files of all zones"};
        }
        continue;
      }
      zones.active = zones.active || binding->second.active();
      for (const auto& [interface, node] : binding->second.interfaces) {
        interfaces.elements.push_back({interface});
      }
      for (const pugi::xml_node& source : binding->second.sources) {
        zones.ways.push_back(words_.addresses(source, ingress ? Side::source : Side::destination));
      }
    }
    zones.by_interface = !interfaces.elements.empty();
    if (zones.by_interface) {
      zones.ways.push_back({std::move(interfaces)});
    }
    if (zones.ways.empty()) {
      zones.ways.emplace_back();
    }
    return zones;
  }

  void add_policy(const std::string& name, const File& file, std::int64_t priority) {
    const Zones from = zones_of(name, file, true);
    const Zones into = zones_of(name, file, false);
    if (!from.active || !into.active || from.host) {
      return;
    }
    firewalld::Rules rules = rules_of(file, firewalld::Owner::policy, words_);
    const std::string target = file.root().attribute("target").as_string("CONTINUE");
    const std::string owner = "policy_" + name;
    if (!into.host) {
      add_target(rules.forward, file, target);
      add_chain(Stage::forward, owner, std::move(rules.forward), file);
      jumps(Stage::forward, owner, from, into, file, priority);
      add_chain(Stage::postrouting, owner, std::move(rules.postrouting), file);
      jumps(Stage::postrouting, owner, from, into, file, priority);
    }
    // Where a packet will leave is not known yet, so that zones with interfaces are no egress.
    if (into.host ? from.any : !into.by_interface) {
      add_chain(Stage::prerouting, owner, std::move(rules.prerouting), file);
      jumps(Stage::prerouting, owner, from, into, file, priority);
    }
  }

  void jumps(Stage stage, const std::string& owner, const Zones& from, const Zones& into,
             const File& file, std::int64_t priority) {
    constexpr std::size_t kMostPairs = 100'000;
    if (from.ways.size() > kMostPairs / into.ways.size()) {
      throw Stop{"firewalld-size", file.line(file.root()), "the zones here have too many sources",
                 "use IP sets"};
    }
    for (const std::vector<Match>& first : from.ways) {
      for (const std::vector<Match>& second : into.ways) {
        RulesetRule rule = implied(first, to(Verdict::Kind::jump, chain_name(stage, owner)), owner);
        rule.matches.insert(rule.matches.end(), second.begin(), second.end());
        rule.line = file.line(file.root());
        policies_[{stage, priority < 0}].rules.push_back(std::move(rule));
      }
    }
  }

  /// What becomes of packets that no rule decided about.
  static void add_target(std::vector<RulesetRule>& rules, const File& file,
                         const std::string& target) {
    static const std::map<std::string, Verdict::Kind> targets{
        {"ACCEPT", Verdict::Kind::accept},  {"DROP", Verdict::Kind::drop},
        {"REJECT", Verdict::Kind::reject},  {"%%REJECT%%", Verdict::Kind::reject},
        {"default", Verdict::Kind::reject}, {"{chain}_{zone}", Verdict::Kind::reject}};
    if (target == "CONTINUE") {
      return;
    }
    const auto found = targets.find(target);
    RulesetRule rule = implied(
        {}, found == targets.end() ? Action(UnknownAction{target}) : Action(to(found->second)),
        "target " + target);
    rule.line = file.line(file.root());
    rules.push_back(std::move(rule));
  }

  Chain& add_chain(Stage stage, const std::string& owner, std::vector<RulesetRule> rules,
                   const File& file) {
    Chain& chain = table_.chains.emplace_back();
    chain.name = chain_name(stage, owner);
    chain.line = file.line(file.root());
    chain.rules = std::move(rules);
    return chain;
  }

  // Zones.

  RulesetRule policies(Stage stage, bool before) const {
    return implied({}, to(Verdict::Kind::jump, policies_name(stage, before)),
                   before ? "policies before zones" : "policies after zones");
  }

  void add_zone(const std::string& name, const File& file) {
    firewalld::Rules rules = rules_of(file, firewalld::Owner::zone, words_);
    std::vector<RulesetRule> within = forwards(name, file);
    std::ranges::move(within, std::back_inserter(rules.forward));
    add_zone_chain(Stage::prerouting, name, std::move(rules.prerouting), file);
    Chain& chain = add_zone_chain(Stage::forward, name, std::move(rules.forward), file);
    add_target(chain.rules, file, file.root().attribute("target").as_string("default"));
    add_zone_chain(Stage::postrouting, name, std::move(rules.postrouting), file);
  }

  Chain& add_zone_chain(Stage stage, const std::string& name, std::vector<RulesetRule> rules,
                        const File& file) {
    rules.insert(rules.begin(), policies(stage, true));
    rules.push_back(policies(stage, false));
    return add_chain(stage, name, std::move(rules), file);
  }

  /// <forward/>: between the interfaces and sources of the zone.
  std::vector<RulesetRule> forwards(const std::string& name, const File& file) const {
    std::vector<RulesetRule> rules;
    const pugi::xml_node node = file.root().child("forward");
    if (!node) {
      return rules;
    }
    const Binding& binding = bindings_.at(name);
    const auto add = [&](std::vector<Match> matches) {
      RulesetRule rule = implied(std::move(matches), to(Verdict::Kind::accept), "within the zone");
      rule.line = file.line(node);
      rule.text = firewalld::text_of(node);
      rules.push_back(std::move(rule));
    };
    for (const auto& [interface, at] : binding.interfaces) {
      Match match;
      match.fields = {Field::out_interface};
      match.elements = {{interface}};
      add({std::move(match)});
    }
    for (const pugi::xml_node& source : binding.sources) {
      add(words_.addresses(source, Side::destination));
    }
    return rules;
  }

  /// Which zone sees a packet.
  void dispatch() {
    for (const Stage stage : kStages) {
      const bool ingress = stage != Stage::postrouting;
      auto& rules = base_[stage].rules;
      std::map<std::pair<std::int64_t, bool>, std::vector<RulesetRule>> ordered;
      for (const auto& [name, file] : configuration_->zones) {
        const std::int64_t priority =
            file.root().attribute(ingress ? "ingress-priority" : "egress-priority").as_int();
        for (const pugi::xml_node& source : bindings_.at(name).sources) {
          ordered[{priority, false}].push_back(
              lead(stage, name, file, source,
                   words_.addresses(source, ingress ? Side::source : Side::destination)));
        }
        for (const auto& [interface, node] : bindings_.at(name).interfaces) {
          Match match;
          match.fields = {ingress ? Field::in_interface : Field::out_interface};
          match.elements = {{interface}};
          ordered[{priority, true}].push_back(lead(stage, name, file, node, {std::move(match)}));
        }
      }
      for (auto& [key, some] : ordered) {
        std::ranges::move(some, std::back_inserter(rules));
      }
      add_default(stage, rules);
    }
  }

  static RulesetRule lead(Stage stage, const std::string& zone, const File& file,
                          const pugi::xml_node& node, std::vector<Match> matches) {
    RulesetRule rule =
        implied(std::move(matches), to(Verdict::Kind::go_to, chain_name(stage, zone)), "");
    rule.line = file.line(node);
    rule.text = "zone " + zone + ": " + firewalld::text_of(node);
    return rule;
  }

  void add_default(Stage stage, std::vector<RulesetRule>& rules) {
    const std::string name = setting("DefaultZone", "public");
    if (configuration_->zones.contains(name)) {
      rules.push_back(
          implied({}, to(Verdict::Kind::go_to, chain_name(stage, name)), "default zone " + name));
      return;
    }
    const firewalld::KnownZone* known = firewalld::known_zone(name);
    rules.push_back(policies(stage, true));
    if (stage == Stage::postrouting && known != nullptr && known->masquerade) {
      Nat nat;
      nat.kind = Nat::Kind::masquerade;
      rules.push_back(
          implied({firewalld::numbers(Field::family, {{4, 4}})}, nat, "default zone " + name));
    }
    rules.push_back(policies(stage, false));
    if (stage == Stage::forward) {
      const bool accepts = known != nullptr && known->target == "ACCEPT";
      rules.push_back(implied(
          {},
          known == nullptr ? Action(UnknownAction{"default zone " + name})
                           : Action(to(accepts ? Verdict::Kind::accept : Verdict::Kind::reject)),
          "default zone " + name));
    }
  }

  const firewalld::Configuration* configuration_;
  firewalld::Words words_;
  std::map<std::string, Binding, std::less<>> bindings_;
  std::map<Stage, Chain> base_;
  std::map<std::pair<Stage, bool>, Chain> policies_;  // before and after zones
  Table table_;
};

}  // namespace

bool is_firewalld(std::string_view text) {
  return firewalld::names_a_file(text);
}

Checked<Ruleset> read_firewalld(std::string_view text, const std::string& name) {
  return read_tables(name, "firewalld", [&] {
    const firewalld::Configuration configuration = firewalld::configuration(text);
    return Builder(configuration).build();
  });
}

}  // namespace pinhole::firewall
