// SPDX-License-Identifier: Apache-2.0
#include "firewall/pf_read.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "firewall/pf_lex.hpp"
#include "firewall/pf_rule.hpp"
#include "firewall/pf_values.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall {
namespace {

using pf::Direction;
using pf::Rule;
using pf::Statement;

constexpr std::array<std::string_view, 3> kRules{"pass", "block", "match"};
constexpr std::array<std::string_view, 7> kOthers{"anchor", "antispoof",  "nat",       "rdr",
                                                  "binat",  "nat-anchor", "rdr-anchor"};

template <class List>
bool among(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool concerns(const Rule& rule, Direction direction) {
  return rule.direction == Direction::both || rule.direction == direction;
}

class Reader {
 public:
  std::vector<Table> read(std::string_view text) {
    statements_ = pf::statements(text);
    table_.name = "pf";
    for (const Statement& statement : statements_) {
      if (statement.words[0] == "table") {
        declare(statement);
      }
    }
    std::vector<Rule> rules = in_order(block(0));
    if (at_ != statements_.size()) {
      throw Stop{"pf-syntax", statements_[at_].line, "a brace closes what none opened",
                 "give the whole text"};
    }
    build(std::move(rules));
    return {std::move(table_)};
  }

 private:
  // Statements.

  /// `table <name> const { 10.0.0.0/8 !10.1.0.1 }`
  void declare(const Statement& statement) {
    const auto& words = statement.words;
    if (words.size() < 2 || !words[1].text.starts_with('<')) {
      throw Stop{"pf-syntax", statement.line, "a table has no name", "write `table <name>`"};
    }
    NamedSet set;
    set.name = words[1].text;
    std::vector<pf::TableEntry> entries;
    bool content = false;
    bool within = false;
    bool negated = false;
    for (std::size_t i = 2; i < words.size(); ++i) {
      const std::string& word = words[i].text;
      if (word == "{" || word == "}") {
        within = word == "{";
        content = true;
      } else if (within && word != ",") {
        const auto range = pf::addresses(word);
        if (range) {
          entries.push_back({*range, negated});
        } else if (word != "!") {
          set.open = true;
        }
        negated = word == "!";
      } else if (!within && word == "file") {
        set.open = true;
      }
    }
    set.open = set.open || !content;
    if (!set.open) {
      for (const AddressRange& range : pf::table_ranges(std::move(entries))) {
        set.elements.push_back({range});
      }
    }
    if (names_.insert(set.name).second) {
      table_.sets.push_back(std::move(set));
    }
  }

  /// Options, and statements that decide nothing.
  bool idle(const Statement& statement) {
    static constexpr std::array<std::string_view, 5> kIdle{"table", "scrub", "queue", "altq", "["};
    if (statement.words[0] == "set" && statement.words.size() > 2 && statement.words[1] == "skip") {
      skip(statement);
      return true;
    }
    return statement.words[0] == "set" || statement.words[0].text.starts_with('[') ||
           std::ranges::any_of(kIdle,
                               [&](std::string_view word) { return statement.words[0] == word; });
  }

  /// `set skip on { lo em3 }`: nothing is asked of these.
  void skip(const Statement& statement) {
    Rule rule;
    rule.kind = Rule::Kind::pass;
    rule.quick = true;
    rule.line = statement.line;
    rule.text = statement.text;
    Match match;
    std::string strange;
    for (std::size_t i = 3; i < statement.words.size(); ++i) {
      const std::string& word = statement.words[i].text;
      if (word == "lo" || pf::is_interface(word)) {
        match.elements.push_back({InterfaceName{word, word == "lo"}});
      } else if (word != "{" && word != "}" && word != ",") {
        strange += " " + word;
      }
    }
    if (!strange.empty()) {
      Match unknown;
      unknown.unknown = "skip on" + strange;
      rule.matches = {std::move(unknown)};
    } else {
      rule.interfaces = {std::move(match)};
    }
    skipped_.push_back(std::move(rule));
  }

  Statement without_number(const Statement& statement) {
    Statement rest = statement;
    if (rest.words.size() > 1 && rest.words[0].text.starts_with('@')) {
      const bool counted = rest.words[1] == "(";
      const auto close =
          std::ranges::find_if(rest.words, [](const pf::Word& w) { return w == ")"; });
      rest.words.erase(rest.words.begin(),
                       counted && close != rest.words.end() ? close + 1 : rest.words.begin() + 1);
      if (!rest.words.empty() && parse_decimal(rest.words[0].text, 0, 1'000'000'000)) {
        rest.words.erase(rest.words.begin());
      }
    }
    return rest;
  }

  /// The rules up to the end of a block, those of anchors in their places.
  std::vector<Rule> block(std::size_t depth) {
    constexpr std::size_t kDeepest = 64;
    std::vector<Rule> rules;
    while (at_ < statements_.size() && !(statements_[at_].words[0] == "}")) {
      const Statement statement = without_number(statements_[at_++]);
      if (statement.words.empty() || idle(statement)) {
        continue;
      }
      Rule rule = pf::rule_of(statement, names_);
      rule.position = at_;
      if (rule.kind != Rule::Kind::anchor) {
        rules.push_back(std::move(rule));
      } else if (!rule.inline_anchor) {
        // Whatever is loaded there.
        rule.kind = Rule::Kind::strange;
        rules.push_back(std::move(rule));
      } else {
        if (depth >= kDeepest) {
          throw Stop{"pf-depth", statement.line, "anchors are nested too deeply", "flatten them"};
        }
        std::vector<Rule> inner = block(depth + 1);
        if (at_ == statements_.size()) {
          throw Stop{"pf-cut", statement.line, "the anchor is not closed", "give the whole text"};
        }
        ++at_;
        nest(rule, std::move(inner), rules);
      }
    }
    return rules;
  }

  /// A rule in an anchor holds where the anchor's conditions do too.
  void nest(const Rule& anchor, std::vector<Rule> inner, std::vector<Rule>& rules) {
    if (anchor.quick) {
      inner = in_order(std::move(inner));
    }
    for (Rule& rule : inner) {
      if (rule.direction != Direction::both && anchor.direction != Direction::both &&
          rule.direction != anchor.direction) {
        continue;
      }
      rule.direction = rule.direction == Direction::both ? anchor.direction : rule.direction;
      rule.quick = rule.quick || anchor.quick;
      std::ranges::copy(anchor.interfaces, std::back_inserter(rule.interfaces));
      std::ranges::copy(anchor.matches, std::back_inserter(rule.matches));
      std::vector<std::vector<Match>> both;
      for (const auto& first : anchor.alternatives) {
        for (const auto& second : rule.alternatives) {
          count(first.size() + second.size() + 1, rule);
          both.push_back(first);
          both.back().insert(both.back().end(), second.begin(), second.end());
        }
      }
      rule.alternatives = std::move(both);
      rules.push_back(std::move(rule));
    }
  }

  /// As the first one that matches counts. What is not understood may be quick.
  static std::vector<Rule> in_order(std::vector<Rule> rules) {
    std::vector<Rule> ordered;
    std::vector<Rule> late;
    for (Rule& rule : rules) {
      const bool filters = rule.kind == Rule::Kind::pass || rule.kind == Rule::Kind::block;
      (filters && !rule.quick ? late : ordered).push_back(std::move(rule));
    }
    std::ranges::move(late.rbegin(), late.rend(), std::back_inserter(ordered));
    return ordered;
  }

  // Chains.

  void build(std::vector<Rule> rules) {
    rules.insert(rules.begin(), std::make_move_iterator(skipped_.begin()),
                 std::make_move_iterator(skipped_.end()));
    look_for_translations(rules);
    Chain redirects = chain("rdr", Hook::prerouting, -100);
    Chain in = chain("in", Hook::prerouting, 0);
    Chain out = chain("out", Hook::postrouting, 0);
    Chain hides = chain("nat", Hook::postrouting, 100);
    // Up to here a destination of the device itself may still be led on.
    const auto last = std::find_if(rules.rbegin(), rules.rend(), [](const Rule& each) {
      return each.redirect.has_value() || each.kind == Rule::Kind::strange;
    });
    const auto redirects_end = static_cast<std::size_t>(rules.rend() - last);
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const Rule& rule = rules[i];
      const bool later_redirect = i < redirects_end;
      const bool translates = rule.kind == Rule::Kind::nat || rule.kind == Rule::Kind::rdr ||
                              rule.kind == Rule::Kind::match;
      if (translates) {
        plain_redirects_ = plain_redirects_ || (rule.redirect && !rule.pass);
        if (rule.redirect || (rule.no && rule.kind == Rule::Kind::rdr)) {
          add(redirects, rule, Direction::in, action_of(rule, Direction::in), true);
        }
        if (rule.hide || (rule.no && rule.kind == Rule::Kind::nat)) {
          add(hides, rule, Direction::out, action_of(rule, Direction::out), false);
        }
        if (rule.pass && rule.redirect) {
          add_passed(in, rule);
        }
        continue;
      }
      if (concerns(rule, Direction::in)) {
        add(in, rule, Direction::in, action_of(rule, Direction::in), later_redirect);
      }
      if (concerns(rule, Direction::out)) {
        add(out, rule, Direction::out, action_of(rule, Direction::out), false);
      }
    }
    for (Chain* each : {&redirects, &in, &out, &hides}) {
      table_.chains.push_back(std::move(*each));
    }
  }

  static Chain chain(std::string name, Hook hook, std::int32_t priority) {
    Chain chain;
    chain.name = std::move(name);
    chain.hook = hook;
    chain.priority = priority;
    chain.line = 1;
    return chain;
  }

  /// Rules before a `match ... rdr-to` see packets as they came, those behind one as it made them.
  void look_for_translations(const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
      if (rule.kind == Rule::Kind::match && rule.redirect) {
        first_redirect_ = std::min(first_redirect_, rule.position);
        last_redirect_ = std::max(last_redirect_, rule.position);
      }
      if (rule.kind == Rule::Kind::nat && rule.hide) {
        first_hide_ = 0;
      } else if (rule.kind == Rule::Kind::match && rule.hide) {
        first_hide_ = std::min(first_hide_, rule.position);
      }
    }
  }

  static Action action_of(const Rule& rule, Direction direction) {
    if (rule.kind == Rule::Kind::strange) {
      return UnknownAction{rule.text};
    }
    if (rule.kind == Rule::Kind::block) {
      return Verdict{Verdict::Kind::drop, {}};
    }
    if (rule.redirect && direction == Direction::in && !rule.no) {
      return *rule.redirect;
    }
    if (rule.hide && direction == Direction::out && !rule.no) {
      return *rule.hide;
    }
    return Verdict{Verdict::Kind::accept, {}};
  }

  void count(std::size_t matches, const Rule& rule) {
    constexpr std::size_t kMostMatches = 5'000'000;
    matches_ += matches;
    if (matches_ > kMostMatches) {
      throw Stop{"pf-size", rule.line, "the rules here come to too many matches", "use tables"};
    }
  }

  void add(Chain& chain, const Rule& rule, Direction direction, const Action& action,
           bool later_redirect) {
    for (const std::vector<Match>& alternative : rule.alternatives) {
      RulesetRule made;
      for (const Match& each : rule.interfaces) {
        Match match = each;
        match.fields = {direction == Direction::in ? Field::in_interface : Field::out_interface};
        made.matches.push_back(std::move(match));
      }
      for (const auto* some : {&rule.matches, &alternative}) {
        for (const Match& each : *some) {
          if (auto match = as_seen(each, rule, direction, later_redirect)) {
            count(1 + match->elements.size(), rule);
            made.matches.push_back(std::move(*match));
          }
        }
      }
      made.actions.push_back(action);
      made.line = rule.line;
      made.text = rule.text;
      chain.rules.push_back(std::move(made));
    }
  }

  /// A match as it is for this rule; none where it always holds.
  std::optional<Match> as_seen(const Match& each, const Rule& rule, Direction direction,
                               bool later_redirect) const {
    Match match = each;
    if (each.unknown == pf::kSelf) {
      if (later_redirect && each.fields[0] == Field::destination) {
        match.fields.clear();
        match.negated = false;
        return match;
      }
      if (each.negated) {
        return std::nullopt;
      }
      match.unknown.clear();
      return match;
    }
    if (each.fields.size() != 1 || rule.kind == Rule::Kind::nat || rule.kind == Rule::Kind::rdr) {
      return match;
    }
    const Field field = each.fields[0];
    const bool source = field == Field::source || field == Field::source_port;
    const bool destination = field == Field::destination || field == Field::destination_port;
    if (source && direction == Direction::out && rule.position > first_hide_ &&
        rule.kind != Rule::Kind::match) {
      return unsure("a source that was translated");
    }
    if (destination && direction == Direction::in && rule.position > first_redirect_ &&
        rule.position < last_redirect_) {
      return unsure("a destination between two translations");
    }
    if (destination && direction == Direction::in && rule.position < first_redirect_ &&
        last_redirect_ != 0) {
      match.fields = {field == Field::destination ? Field::original_destination
                                                  : Field::original_destination_port};
    }
    return match;
  }

  static Match unsure(std::string text) {
    Match match;
    match.unknown = std::move(text);
    return match;
  }

  /// `rdr pass`: what it leads elsewhere meets no rules where it comes in.
  void add_passed(Chain& in, const Rule& rule) {
    Rule passed = rule;
    passed.kind = Rule::Kind::rdr;
    originally(passed.matches);
    for (std::vector<Match>& alternative : passed.alternatives) {
      originally(alternative);
    }
    Match translated;
    translated.fields = {Field::translated};
    translated.elements = {{NumberRange{1, 1}}};
    passed.matches.push_back(std::move(translated));
    add(in, passed, Direction::in,
        plain_redirects_ ? Action(UnknownAction{rule.text})
                         : Action(Verdict{Verdict::Kind::accept, {}}),
        false);
  }

  static void originally(std::vector<Match>& matches) {
    for (Match& match : matches) {
      if (match.fields == std::vector{Field::destination}) {
        match.fields = {Field::original_destination};
      } else if (match.fields == std::vector{Field::destination_port}) {
        match.fields = {Field::original_destination_port};
      }
    }
  }

  std::vector<Statement> statements_;
  std::size_t at_ = 0;
  std::size_t matches_ = 0;
  std::set<std::string> names_;
  std::vector<Rule> skipped_;
  std::size_t first_redirect_ = ~std::size_t{0};
  std::size_t last_redirect_ = 0;
  std::size_t first_hide_ = ~std::size_t{0};
  bool plain_redirects_ = false;
  Table table_;
};

/// Lines that are neither empty nor a comment, in their order.
template <class Take>
void lines(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find('\n'), text.size());
    const bool more = text.empty() || text[0] == '#' || take(text.substr(0, end));
    if (!more) {
      return;
    }
    text.remove_prefix(end);
  }
}

std::string_view first_word(std::string_view line) {
  return line.substr(0, line.find_first_of(" \t{"));
}

bool is_rule(std::string_view line) {
  const std::string_view word = first_word(line);
  return (among(kRules, word) || among(kOthers, word)) && word.size() < line.size();
}

bool is_option(std::string_view line) {
  static constexpr std::array<std::string_view, 13> kOptions{
      "skip",         "block-policy", "limit",        "timeout",       "optimization",
      "loginterface", "debug",        "state-policy", "require-order", "fingerprints",
      "reassemble",   "syncookies",   "hostid"};
  const bool set = line.starts_with("set ");
  return set &&
         among(kOptions,
               first_word(line.substr(std::min(line.find_first_not_of(" \t", 4), line.size()))));
}

/// `name = value`
bool is_macro(std::string_view line) {
  const std::size_t end =
      line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  const std::size_t equals = line.find_first_not_of(" \t", end);
  return end != 0 && end != std::string_view::npos && equals != std::string_view::npos &&
         line[equals] == '=';
}

}  // namespace

bool is_pf(std::string_view text) {
  bool fits = false;
  lines(text, [&](std::string_view line) {
    fits = is_rule(line) || is_option(line) || line.starts_with("table <") ||
           line.starts_with("@0 ") || line.starts_with("scrub ");
    return !fits && is_macro(line);  // macros stand first; what follows shows whose they are
  });
  return fits;
}

Checked<Ruleset> read_pf(std::string_view text, const std::string& name) {
  return read_tables(name, "pf", [&] { return Reader().read(text); });
}

}  // namespace pinhole::firewall
