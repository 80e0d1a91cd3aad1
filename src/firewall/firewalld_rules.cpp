// SPDX-License-Identifier: Apache-2.0
#include "firewall/firewalld_rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "firewall/firewalld_known.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall::firewalld {
namespace {

/// Rules of priority 0 that deny stand before those that accept.
enum class Part : std::uint8_t { denies, accepts };

/// Priority 0 has both parts; others keep the order of the file.
using Place = std::pair<std::int64_t, Part>;
using Placed = std::map<Place, std::vector<RulesetRule>>;

std::vector<RulesetRule> in_order(Placed placed) {
  std::vector<RulesetRule> all;
  for (auto& [place, rules] : placed) {
    std::ranges::move(rules, std::back_inserter(all));
  }
  return all;
}

/// The parts of a <rule>.
struct Parts {
  pugi::xml_node element;
  pugi::xml_node action;
  std::vector<pugi::xml_node> strange;
};

Parts parts_of(const pugi::xml_node& rule) {
  static constexpr std::array<std::string_view, 9> kElements{
      "service",    "port",         "protocol",    "icmp-block",   "icmp-type",
      "masquerade", "forward-port", "source-port", "tcp-mss-clamp"};
  static constexpr std::array<std::string_view, 4> kActions{"accept", "reject", "drop", "mark"};
  static constexpr std::array<std::string_view, 5> kNoVerdict{"source", "destination", "log",
                                                              "nflog", "audit"};
  Parts parts;
  for (const pugi::xml_node& child : rule.children()) {
    const std::string_view name = child.name();
    if (std::ranges::find(kElements, name) != kElements.end() && !parts.element) {
      parts.element = child;
    } else if (std::ranges::find(kActions, name) != kActions.end() && !parts.action) {
      parts.action = child;
    } else if (std::ranges::find(kNoVerdict, name) == kNoVerdict.end()) {
      parts.strange.push_back(child);
    }
  }
  return parts;
}

class Reader {
 public:
  Reader(const File& file, Owner owner, const Words& words)
      : file_(&file), owner_(owner), words_(&words) {}

  Rules read() && {
    for (const pugi::xml_node& child : file_->root().children()) {
      const std::string_view name = child.name();
      if (name == "rule") {
        rich(child);
      } else if (name == "masquerade") {
        masquerade(child, {family_v4()}, {0, Part::accepts});
      } else if (name == "forward-port") {
        const auto to = parse_address(child.attribute("to-addr").as_string());
        const std::uint32_t family = to && !to->is_v4() ? 6 : 4;
        forward_port(child, {numbers(Field::family, {{family, family}})}, {0, Part::accepts});
      } else if (owner_ == Owner::policy) {
        of_policy(child, name);
      } else if (!of_zone(name)) {
        strange(child);
      }
    }
    return {in_order(std::move(forward_)), in_order(std::move(prerouting_)),
            in_order(std::move(postrouting_))};
  }

 private:
  static Match family_v4() { return numbers(Field::family, {{4, 4}}); }

  /// What a zone holds for the device itself, or firewalld_read takes.
  static bool of_zone(std::string_view name) {
    static constexpr std::array<std::string_view, 12> kKnown{"short",
                                                             "description",
                                                             "interface",
                                                             "source",
                                                             "service",
                                                             "port",
                                                             "source-port",
                                                             "protocol",
                                                             "forward",
                                                             "icmp-block",
                                                             "icmp-block-inversion",
                                                             "tcp-mss-clamp"};
    return std::ranges::find(kKnown, name) != kKnown.end();
  }

  void of_policy(const pugi::xml_node& child, std::string_view name) {
    static constexpr std::array<std::string_view, 4> kKnown{"short", "description", "ingress-zone",
                                                            "egress-zone"};
    if (const auto cases = words_->element(child)) {
      const bool blocks = name == "icmp-block";
      add(forward_, {0, blocks ? Part::denies : Part::accepts}, child, {}, *cases,
          Verdict{blocks ? Verdict::Kind::reject : Verdict::Kind::accept, {}});
    } else if (std::ranges::find(kKnown, name) == kKnown.end()) {
      strange(child);
    }
  }

  void strange(const pugi::xml_node& node) {
    add(forward_, {0, Part::denies}, node, {}, {{}}, UnknownAction{text_of(node)});
  }

  void add(Placed& placed, Place place, const pugi::xml_node& node,
           const std::vector<Match>& matches, const Cases& cases,
           const std::optional<Action>& action) {
    constexpr std::size_t kMostElements = 5'000'000;
    for (const std::vector<Match>& more : cases) {
      RulesetRule rule;
      rule.matches = matches;
      rule.matches.insert(rule.matches.end(), more.begin(), more.end());
      for (const Match& match : rule.matches) {
        elements_ += 1 + match.elements.size();
      }
      rule.line = file_->line(node);
      if (elements_ > kMostElements) {
        throw Stop{"firewalld-size", rule.line, "the rules here come to too many matches",
                   "use IP sets and services with port ranges"};
      }
      rule.text = text_of(node);
      if (action) {
        rule.actions.push_back(*action);
      }
      placed[place].push_back(std::move(rule));
    }
  }

  void masquerade(const pugi::xml_node& node, const std::vector<Match>& matches, Place place) {
    Nat nat;
    nat.kind = Nat::Kind::masquerade;
    add(postrouting_, place, node, matches, {{}}, Action(nat));
  }

  void forward_port(const pugi::xml_node& node, std::vector<Match> matches, Place place,
                    const pugi::xml_node& whole = {}) {
    const std::string to_port = node.attribute("to-port").as_string();
    const std::string to_address = node.attribute("to-addr").as_string();
    const auto protocol = protocol_number(node.attribute("protocol").as_string());
    const auto port = port_range(node.attribute("port").as_string());
    const auto address = parse_address(to_address);
    const auto ports = port_range(to_port);
    Nat nat;
    nat.kind = to_address.empty() ? Nat::Kind::redirect : Nat::Kind::dnat;
    if (address) {
      nat.to.address = AddressRange{*address, *address};
    }
    if (ports) {
      nat.to.ports = NumberRange{ports->first, ports->last};
    }
    const bool known = protocol && port && (to_address.empty() || address) &&
                       (to_port.empty() || ports) && !(to_address.empty() && to_port.empty());
    if (known) {
      matches.push_back(numbers(Field::protocol, {{*protocol, *protocol}}));
      matches.push_back(numbers(Field::destination_port, {{port->first, port->last}}));
    }
    const pugi::xml_node& shown = whole ? whole : node;
    // What is not understood may lead anywhere, and what is led somewhere passes.
    add(known ? prerouting_ : forward_, place, shown, matches, {{}},
        known ? Action(nat) : Action(UnknownAction{text_of(shown)}));
  }

  std::optional<Action> verdict_of(const Parts& parts) const {
    const std::string_view action = parts.action.name();
    if (action == "accept") {
      return Verdict{Verdict::Kind::accept, {}};
    }
    if (action == "drop") {
      return Verdict{Verdict::Kind::drop, {}};
    }
    if (action == "reject" ||
        (action.empty() && parts.element.name() == std::string("icmp-block"))) {
      return Verdict{Verdict::Kind::reject, {}};
    }
    return std::nullopt;  // mark, or a log alone
  }

  void rich(const pugi::xml_node& rule) {
    const Parts parts = parts_of(rule);
    const std::string priority_text = rule.attribute("priority").as_string("0");
    const bool negative = priority_text.starts_with('-');
    const auto number =
        parse_decimal(std::string_view(priority_text).substr(negative ? 1 : 0), 0, 32768);
    if (!parts.strange.empty() || !number) {
      add(forward_, {0, Part::denies}, rule, {}, {{}}, UnknownAction{text_of(rule)});
      return;
    }
    const std::string_view element = parts.element.name();
    const std::optional<Action> verdict = verdict_of(parts);
    const auto* kind = verdict ? std::get_if<Verdict>(&*verdict) : nullptr;
    const bool accepts = kind == nullptr || kind->kind == Verdict::Kind::accept;
    const auto signed_number = static_cast<std::int64_t>(*number);
    const Place place{negative ? -signed_number : signed_number,
                      *number == 0 && !accepts ? Part::denies : Part::accepts};
    std::vector<Match> matches = words_->rule_addresses(rule);
    if (parts.action.child("limit")) {
      matches.push_back(unknown(text_of(parts.action.child("limit"))));
    }
    if (element == "masquerade") {
      Nat nat;
      nat.kind = Nat::Kind::masquerade;
      add(postrouting_, place, rule, matches, {{}}, Action(nat));
    } else if (element == "forward-port") {
      forward_port(parts.element, std::move(matches), place, rule);
    } else if (owner_ == Owner::policy) {
      const auto cases = element.empty() || element == "tcp-mss-clamp"
                             ? std::optional<Cases>(Cases{{}})
                             : words_->element(parts.element);
      add(forward_, place, rule, matches, cases.value_or(Cases{{}}), verdict);
    }
  }

  const File* file_;
  Owner owner_;
  const Words* words_;
  std::size_t elements_ = 0;
  Placed forward_;
  Placed prerouting_;
  Placed postrouting_;
};

}  // namespace

Rules rules_of(const File& file, Owner owner, const Words& words) {
  return Reader(file, owner, words).read();
}

}  // namespace pinhole::firewall::firewalld
