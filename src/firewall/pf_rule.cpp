// SPDX-License-Identifier: Apache-2.0
#include "firewall/pf_rule.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "firewall/address_number.hpp"
#include "firewall/pf_values.hpp"

namespace pinhole::firewall::pf {
namespace {

Match unknown(std::string text) {
  Match match;
  match.unknown = std::move(text);
  return match;
}

Match numbers(Field field, const std::vector<NumberRange>& ranges) {
  Match match;
  match.fields = {field};
  for (const NumberRange& range : ranges) {
    match.elements.push_back({range});
  }
  return match;
}

/// Words that change nothing of who passes, and how many words belong to them.
struct Idle {
  std::string_view word;
  std::size_t values;
};
constexpr auto kIdle = std::to_array<Idle>({
    {"label", 1},
    {"tag", 1},
    {"allow-opts", 0},
    {"rtable", 1},
    {"ridentifier", 1},
    {"dnpipe", 1},
    {"dnqueue", 1},
    {"queue", 1},
    {"scrub", 1},
    {"static-port", 0},
    {"round-robin", 0},
    {"random", 0},
    {"bitmask", 0},
    {"sticky-address", 0},
    {"least-states", 0},
    {"reply-to", 1},
    {"dup-to", 1},
});
/// Words that lead packets elsewhere, or change them in a way that has no form here.
constexpr auto kStrange = std::to_array<std::string_view>(
    {"route-to", "fastroute", "divert-to", "divert-packet", "divert-reply", "af-to", "binat-to"});
/// Words that match by one value what the rules here know nothing of.
constexpr auto kUnknown =
    std::to_array<std::string_view>({"os", "user", "group", "probability", "tagged", "tos", "prio",
                                     "max-pkt-rate", "rdomain", "ethertype", "bridge-to"});

class Parser {
 public:
  Parser(std::span<const Word> words, const std::set<std::string>& tables)
      : words_(words), tables_(&tables) {}

  Rule parse(const Statement& statement) {
    rule_.line = statement.line;
    rule_.text = statement.text;
    if (!head()) {
      rule_.kind = Rule::Kind::strange;
      return std::move(rule_);
    }
    while (at_ < words_.size()) {
      const std::size_t before = at_;
      if (!place() && !hosts() && !options() && !translation()) {
        skip_unknown();
      }
      at_ = std::max(at_, before + 1);
    }
    finish();
    return std::move(rule_);
  }

 private:
  [[nodiscard]] bool is(std::string_view word) const {
    return at_ < words_.size() && words_[at_] == word;
  }
  bool take(std::string_view word) {
    if (!is(word)) {
      return false;
    }
    ++at_;
    return true;
  }
  std::string next() { return at_ < words_.size() ? words_[at_++].text : std::string(); }

  /// `( ... )` or `{ ... }` or one word; what stands there.
  std::string group() {
    std::string text;
    if (!is("(") && !is("{")) {
      return next();
    }
    const std::string_view close = is("(") ? ")" : "}";
    while (at_ < words_.size()) {
      const bool last = is(close);
      text += (text.empty() ? "" : " ") + next();
      if (last) {
        break;
      }
    }
    return text;
  }

  /// The items of `{ a, b }`, or of a single one; `parse` takes words.
  template <class Parse>
  void list(Parse parse) {
    if (!take("{")) {
      parse();
      return;
    }
    while (at_ < words_.size() && !take("}")) {
      if (!take(",")) {
        const std::size_t before = at_;
        parse();
        at_ = std::max(at_, before + 1);
      }
    }
  }

  bool head() {
    const std::string action = next();
    static constexpr std::array<std::pair<std::string_view, Rule::Kind>, 6> kKinds{
        {{"pass", Rule::Kind::pass},
         {"block", Rule::Kind::block},
         {"match", Rule::Kind::match},
         {"nat", Rule::Kind::nat},
         {"rdr", Rule::Kind::rdr},
         {"anchor", Rule::Kind::anchor}}};
    rule_.no = action == "no";
    const std::string kind = rule_.no ? next() : action;
    const auto found = std::ranges::find(kKinds, std::string_view(kind),
                                         &std::pair<std::string_view, Rule::Kind>::first);
    if (found == kKinds.end()) {
      return false;
    }
    rule_.kind = found->second;
    if (rule_.kind == Rule::Kind::block) {
      for (const std::string_view way :
           {"drop", "return", "return-rst", "return-icmp", "return-icmp6"}) {
        if (take(way) && is("(")) {
          group();
        }
      }
    } else if (rule_.kind == Rule::Kind::rdr || rule_.kind == Rule::Kind::nat) {
      rule_.direction = rule_.kind == Rule::Kind::rdr ? Direction::in : Direction::out;
      rule_.pass = take("pass");
    } else if (rule_.kind == Rule::Kind::anchor) {
      if (at_ < words_.size() && words_[at_].quoted) {
        ++at_;
      } else if (!is("{") && !is("in") && !is("out") && !is("on") && !is("all") && !is("quick") &&
                 !is("from") && !is("to") && !is("inet") && !is("inet6") && !is("proto")) {
        ++at_;
      }
      rule_.inline_anchor = !words_.empty() && words_.back() == "{";
      if (rule_.inline_anchor) {
        words_ = words_.first(words_.size() - 1);
      }
    }
    return true;
  }

  /// Direction, interfaces, family, protocol.
  bool place() {
    if (take("in")) {
      rule_.direction = Direction::in;
    } else if (take("out")) {
      rule_.direction = Direction::out;
    } else if (take("quick")) {
      rule_.quick = true;
    } else if (take("all")) {
      return true;
    } else if (take("log")) {
      if (is("(")) {
        group();
      }
    } else if (take("on")) {
      interfaces(std::nullopt);
    } else if (take("received-on")) {
      interfaces(Field::in_interface);
    } else if (take("inet") || take("inet6")) {
      const std::uint32_t family = words_[at_ - 1] == "inet" ? 4 : 6;
      rule_.matches.push_back(numbers(Field::family, {{family, family}}));
    } else if (take("proto")) {
      protocols();
    } else {
      return false;
    }
    return true;
  }

  /// Without a field: that of the direction.
  void interfaces(std::optional<Field> field) {
    const bool negated_list = take("!");
    Match match;
    bool any = false;
    std::string strange;
    list([&] {
      const bool negated = take("!");
      const std::string name = next();
      any = any || name == "any";
      if (name == "rdomain") {
        strange += "on rdomain " + next();
      } else if (is_interface(name) && !negated) {
        match.elements.push_back({InterfaceName{name, false}});
      } else if (is_interface(name) && match.elements.empty()) {
        match.elements.push_back({InterfaceName{name, false}});
        match.negated = true;
      } else if (name != "any") {
        strange += (strange.empty() ? "on " : " ") + std::string(negated ? "! " : "") + name;
      }
    });
    match.negated = match.negated != negated_list;
    if (any) {
      return;
    }
    if (!strange.empty()) {
      rule_.matches.push_back(unknown(std::move(strange)));
    } else if (field) {
      match.fields = {*field};
      rule_.matches.push_back(std::move(match));
    } else {
      rule_.interfaces.push_back(std::move(match));
    }
  }

  void protocols() {
    std::vector<NumberRange> ranges;
    std::string strange;
    list([&] {
      const std::string name = next();
      if (const auto number = protocol(name)) {
        ranges.push_back({*number, *number});
      } else {
        strange = "proto " + name;
      }
    });
    tcp_ = ranges.size() == 1 && ranges[0].first == 6;
    icmp6_ = ranges.size() == 1 && ranges[0].first == 58;
    rule_.matches.push_back(strange.empty() ? numbers(Field::protocol, ranges)
                                            : unknown(std::move(strange)));
  }

  // Addresses.

  bool hosts() {
    if (take("from")) {
      side(Field::source, Field::source_port);
    } else if (take("to")) {
      side(Field::destination, Field::destination_port);
    } else if (take("port")) {
      ports(Field::destination_port);
    } else {
      return false;
    }
    return true;
  }

  void side(Field address, Field port) {
    if (!is("port")) {
      std::vector<std::vector<Match>> alternatives;
      Match positive;  // all plain addresses of a list
      positive.fields = {address};
      list([&] { host(address, positive, alternatives); });
      if (!positive.elements.empty()) {
        alternatives.push_back({std::move(positive)});
      }
      multiply(alternatives);
    }
    if (take("port")) {
      ports(port);
    }
  }

  void multiply(const std::vector<std::vector<Match>>& others) {
    constexpr std::size_t kMost = 100'000;
    if (others.empty() || rule_.alternatives.size() > kMost / others.size()) {
      rule_.matches.push_back(unknown("a list of addresses"));
      return;
    }
    std::vector<std::vector<Match>> product;
    for (const std::vector<Match>& first : rule_.alternatives) {
      for (const std::vector<Match>& second : others) {
        product.push_back(first);
        product.back().insert(product.back().end(), second.begin(), second.end());
      }
    }
    rule_.alternatives = std::move(product);
  }

  void host(Field field, Match& positive, std::vector<std::vector<Match>>& alternatives) {
    const bool negated = take("!");
    if (is("{")) {
      group();
      alternatives.push_back({unknown("a list in a list")});
      return;
    }
    if (is("(")) {
      const std::string text = group();
      const bool whole = text.find(':') == std::string::npos || text.ends_with(":0 )");
      alternatives.push_back({whole ? self(field, negated) : unknown(text)});
      return;
    }
    std::string text = next();
    if (is("-")) {
      next();
      text += "-" + next();
    }
    if (text == "any") {
      alternatives.emplace_back();
    } else if (text.starts_with('<')) {
      Match match = unknown(text);
      if (tables_->contains(text)) {
        match = Match{};
        match.fields = {field};
        match.set = text;
        match.negated = negated;
      }
      alternatives.push_back({std::move(match)});
    } else if (const auto range = addresses(text); range && !negated) {
      positive.elements.push_back({*range});
    } else if (range) {
      const std::uint32_t family = range->first.is_v4() ? 4 : 6;
      Match match;
      match.fields = {field};
      match.elements = {{*range}};
      match.negated = true;
      alternatives.push_back({numbers(Field::family, {{family, family}}), std::move(match)});
    } else if (text == "self" || is_interface(text)) {
      alternatives.push_back({self(field, negated)});
    } else {
      alternatives.push_back({unknown((negated ? "! " : "") + text)});
    }
  }

  static Match self(Field field, bool negated) {
    Match match = unknown(std::string(kSelf));
    match.fields = {field};
    match.negated = negated;
    return match;
  }

  void ports(Field field) {
    std::vector<NumberRange> ranges;
    std::string strange;
    list([&] {
      if (!port_item(ranges)) {
        strange = "a port that is not understood";
      }
    });
    rule_.matches.push_back(strange.empty() ? numbers(field, ranges) : unknown(std::move(strange)));
  }

  bool port_item(std::vector<NumberRange>& ranges) {
    static constexpr std::array<std::string_view, 6> kBefore{"=", "!=", "<", "<=", ">", ">="};
    std::string op = "=";
    for (const std::string_view each : kBefore) {
      if (is(each)) {
        op = next();
        break;
      }
    }
    const std::string text = next();
    const std::size_t colon = text.find(':');
    const auto first = port(std::string_view(text).substr(0, colon));
    auto last = first;
    if (colon != std::string::npos) {
      op = ":";
      last = port(std::string_view(text).substr(colon + 1));
    } else if (is("><") || is("<>")) {
      op = next();
      last = port(next());
    }
    if (!first || !last || *last < *first) {
      return false;
    }
    const std::vector<NumberRange> more = port_ranges(op, *first, *last);
    ranges.insert(ranges.end(), more.begin(), more.end());
    return true;
  }

  // Options.

  bool options() {
    if (take("flags")) {
      flags_option();
    } else if (take("icmp-type") || take("icmp6-type")) {
      icmp(words_[at_ - 1] == "icmp6-type" || icmp6_);
    } else if (take("keep") || take("modulate") || take("synproxy") || take("no")) {
      take("state");
      state_options();
    } else if (take("set")) {
      if (!is("(")) {
        next();
      }
      group();
    } else if (take("source-hash")) {
      if (at_ < words_.size() && words_[at_].text.starts_with("0x")) {
        next();
      }
    } else if (const auto idle =
                   std::ranges::find_if(kIdle, [this](const Idle& each) { return is(each.word); });
               idle != kIdle.end()) {
      ++at_;
      if (idle->values == 1) {
        group();
      }
    } else {
      return strange_option();
    }
    return true;
  }

  bool strange_option() {
    if (std::ranges::any_of(kStrange, [this](std::string_view each) { return is(each); })) {
      strange_ = true;
      ++at_;
      group();
      if (take("port")) {
        next();
      }
      return true;
    }
    if (std::ranges::any_of(kUnknown, [this](std::string_view each) { return is(each); })) {
      std::string text = next();
      if (is("!") || is("=") || is("!=") || is("<") || is(">") || is("<=") || is(">=")) {
        text += " " + next();
      }
      text += " " + group();
      rule_.matches.push_back(unknown(std::move(text)));
      return true;
    }
    return false;
  }

  void flags_option() {
    const std::string text = next();
    if (text == "any" || (!tcp_ && text == "S/SA")) {
      return;  // of other protocols than TCP nothing is asked
    }
    const auto known = flags(text);
    if (!known || !tcp_) {
      rule_.matches.push_back(unknown("flags " + text));
      return;
    }
    Match match;
    match.fields = {Field::tcp_flags};
    match.elements = {{*known}};
    rule_.matches.push_back(std::move(match));
  }

  void icmp(bool v6) {
    std::vector<NumberRange> types;
    std::vector<NumberRange> codes;
    bool known = true;
    std::size_t items = 0;
    list([&] {
      const auto type = icmp_type(next(), v6);
      ++items;
      known = known && type;
      if (type) {
        types.push_back({*type, *type});
      }
      if (take("code")) {
        const auto code = parse_decimal(next(), 0, 255);
        known = known && code;
        if (code) {
          codes.push_back({static_cast<std::uint32_t>(*code), static_cast<std::uint32_t>(*code)});
        }
      }
    });
    if (!known || (!codes.empty() && items > 1)) {
      rule_.matches.push_back(unknown("icmp-type"));
      return;
    }
    rule_.matches.push_back(numbers(Field::icmp_type, types));
    if (!codes.empty()) {
      rule_.matches.push_back(numbers(Field::icmp_code, codes));
    }
  }

  void state_options() {
    if (!is("(")) {
      return;
    }
    const std::string text = group();
    // Limits of how many connections there may be.
    if (text.find("max") != std::string::npos) {
      rule_.matches.push_back(unknown(text));
    }
  }

  // Translations.

  bool translation() {
    if (take("rdr-to")) {
      rule_.redirect = target(Nat::Kind::dnat);
    } else if (take("nat-to")) {
      rule_.hide = target(Nat::Kind::snat);
    } else if (take("->")) {
      const bool rdr = rule_.kind == Rule::Kind::rdr;
      (rdr ? rule_.redirect : rule_.hide) = target(rdr ? Nat::Kind::dnat : Nat::Kind::snat);
    } else {
      return false;
    }
    return true;
  }

  Nat target(Nat::Kind kind) {
    Nat nat;
    nat.kind = kind;
    const bool one = !is("{") && !is("(");
    const std::string text = group();
    const auto range = one ? addresses(text) : std::nullopt;
    if (range && range->first == range->last) {
      nat.to.address = *range;
    } else if (kind == Nat::Kind::dnat) {
      strange_ = true;
    } else {
      nat.kind = Nat::Kind::masquerade;
    }
    const std::array loopback{IpAddress::v4(0x7f000001),
                              parse_address("::1").value_or(IpAddress{})};
    if (kind == Nat::Kind::dnat && range &&
        std::ranges::find(loopback, range->first) != loopback.end()) {
      nat.kind = Nat::Kind::redirect;
      nat.to = {};
    }
    if (take("port")) {
      const std::string text_of_port = next();
      const auto number = port(text_of_port);
      if (number) {
        nat.to.ports = NumberRange{*number, *number};
      } else {
        strange_ = strange_ || kind == Nat::Kind::dnat;
      }
    }
    return nat;
  }

  void skip_unknown() { rule_.matches.push_back(unknown(next())); }

  void finish() {
    if (strange_) {
      rule_.redirect.reset();
      rule_.hide.reset();
      rule_.kind = rule_.kind == Rule::Kind::block ? Rule::Kind::block : Rule::Kind::strange;
    }
  }

  std::span<const Word> words_;
  const std::set<std::string>* tables_;
  std::size_t at_ = 0;
  bool tcp_ = false;
  bool icmp6_ = false;
  bool strange_ = false;
  Rule rule_;
};

}  // namespace

Rule rule_of(const Statement& statement, const std::set<std::string>& tables) {
  std::span<const Word> words(statement.words);
  return Parser(words, tables).parse(statement);
}

}  // namespace pinhole::firewall::pf
