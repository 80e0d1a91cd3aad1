// SPDX-License-Identifier: Apache-2.0
#include "firewall/iptables_rule.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "firewall/iptables_values.hpp"

namespace pinhole::firewall {
namespace {

using Elements = std::optional<std::vector<Element>>;

bool is_option(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9');
}

class Parser {
 public:
  Parser(std::span<const std::string> words, TableFamily family,
         const std::function<bool(std::string_view)>& is_chain)
      : words_(words), family_(family), is_chain_(is_chain) {}

  RulesetRule parse() {
    while (at_ < words_.size()) {
      start_ = at_;
      negated_ = take("!");
      const std::string_view option = next();
      if (option == "-j" || option == "--jump" || option == "-g" || option == "--goto") {
        target(option == "-g" || option == "--goto");
      } else if (option == "-m" || option == "--match") {
        module_ = next();
      } else if (option == "-c" || option == "--set-counters") {
        next();
        next();
      } else if (option == "--comment") {
        next();
      } else if (!plain_option(option) && !state_option(option) && !icmp_option(option)) {
        skip_values();
        unknown();
      }
    }
    return std::move(rule_);
  }

 private:
  std::string_view next() { return at_ < words_.size() ? words_[at_++] : std::string_view(); }
  std::string_view peek() const { return at_ < words_.size() ? words_[at_] : std::string_view(); }
  bool take(std::string_view word) {
    if (peek() == word) {
      ++at_;
      return true;
    }
    return false;
  }
  /// The value of an option; `-s ! x` is how it was once negated.
  std::string_view value() {
    negated_ = take("!") || negated_;
    return next();
  }
  void skip_values() {
    while (at_ < words_.size() && !is_option(peek()) && peek() != "!") {
      ++at_;
    }
  }

  std::string text() const {
    std::string text;
    for (std::size_t i = start_; i < at_; ++i) {
      text += (text.empty() ? "" : " ") + words_[i];
    }
    return text;
  }
  void unknown() {
    Match match;
    match.unknown = text();
    if (!module_.empty()) {
      match.unknown = module_ + ": " + match.unknown;
    }
    rule_.matches.push_back(std::move(match));
  }

  void add(Field field, Elements elements) {
    if (!elements) {
      unknown();
      return;
    }
    Match match;
    match.fields = {field};
    match.elements = std::move(*elements);
    match.negated = negated_;
    rule_.matches.push_back(std::move(match));
  }

  static Elements one(std::optional<AddressRange> range) {
    return range ? Elements({{*range}}) : std::nullopt;
  }

  /// Options that name a field.
  bool plain_option(std::string_view option) {
    if (option == "-s" || option == "--source" || option == "--src") {
      add(Field::source, iptables::addresses(value()));
    } else if (option == "-d" || option == "--destination" || option == "--dst") {
      add(Field::destination, iptables::addresses(value()));
    } else if (option == "-i" || option == "--in-interface") {
      add(Field::in_interface, Elements({iptables::interface(value())}));
    } else if (option == "-o" || option == "--out-interface") {
      add(Field::out_interface, Elements({iptables::interface(value())}));
    } else if (option == "-p" || option == "--protocol" || option == "--proto") {
      protocol();
    } else if (option == "--sport" || option == "--source-port" || option == "--sports" ||
               option == "--source-ports") {
      add(Field::source_port, ports());
    } else if (option == "--dport" || option == "--destination-port" || option == "--dports" ||
               option == "--destination-ports") {
      add(Field::destination_port, ports());
    } else if (option == "--src-range") {
      add(Field::source, one(iptables::address_range(value())));
    } else if (option == "--dst-range") {
      add(Field::destination, one(iptables::address_range(value())));
    } else if (option == "--tcp-flags" || option == "--syn") {
      flags(option == "--syn");
    } else {
      return false;
    }
    return true;
  }

  void protocol() {
    const auto elements = iptables::protocol(value());
    if (elements && elements->empty()) {
      // All protocols, or where that is negated none.
      if (negated_) {
        negated_ = false;
        add(Field::protocol, std::vector<Element>());
      }
      return;
    }
    add(Field::protocol, elements);
  }

  /// Ports are known only where the rule has named a protocol that has them.
  Elements ports() {
    const std::string_view list = value();
    return has_protocol({6, 17, 33, 132, 136}) ? iptables::ports(list) : std::nullopt;
  }

  bool has_protocol(std::initializer_list<std::uint32_t> wanted) const {
    // No rule of sense has more; a long one must not be gone through again and again.
    return rule_.matches.size() < 1000 &&
           std::ranges::any_of(
               rule_.matches,
               [&](const Match& match) {
                 return !match.negated && match.fields == std::vector{Field::protocol} &&
                        match.elements.size() == 1 &&
                        std::ranges::find(wanted,
                                          std::get<NumberRange>(match.elements[0][0]).first) !=
                            wanted.end();
               });
  }

  void flags(bool syn) {
    negated_ = take("!") || negated_;
    const std::string_view mask = syn ? "SYN,RST,ACK,FIN" : next();
    const auto element = iptables::tcp_flags(mask, syn ? "SYN" : next());
    add(Field::tcp_flags, element && has_protocol({6}) ? Elements({*element}) : std::nullopt);
  }

  bool state_option(std::string_view option) {
    if (option == "--ctstate" || option == "--state") {
      states();
    } else if (option == "--ctorigdst") {
      add(Field::original_destination, iptables::addresses(value()));
    } else if (option == "--ctorigdstport") {
      add(Field::original_destination_port, iptables::ports(value()));
    } else {
      return false;
    }
    return true;
  }

  void states() {
    const auto bits = iptables::states(value());
    const auto translated = [](std::uint32_t bit) { return bit == iptables::kStateDnat; };
    if (!bits || (bits->size() > 1 && std::ranges::any_of(*bits, translated))) {
      unknown();
    } else if (translated(bits->front())) {
      add(Field::translated, Elements({{NumberRange{1, 1}}}));
    } else {
      std::vector<Element> elements;
      for (const std::uint32_t bit : *bits) {
        elements.push_back({NumberRange{bit, bit}});
      }
      add(Field::connection_state, std::move(elements));
    }
  }

  bool icmp_option(std::string_view option) {
    const bool v6 = option == "--icmpv6-type";
    if (option != "--icmp-type" && !v6) {
      return false;
    }
    const auto type = iptables::icmp_type(value(), family_);
    const bool right = has_protocol({v6 ? 58U : 1U});
    if (!type || !right || (negated_ && (type->code || !type->type))) {
      unknown();
      return true;
    }
    const auto number = [](std::uint32_t n) { return Elements({{NumberRange{n, n}}}); };
    if (type->type) {
      add(Field::icmp_type, number(*type->type));
    }
    if (type->code) {
      add(Field::icmp_code, number(*type->code));
    }
    return true;
  }

  // Targets.

  void target(bool go_to) {
    const std::string name(next());
    const std::size_t options = at_;
    at_ = words_.size();
    static constexpr std::pair<std::string_view, Verdict::Kind> kVerdicts[] = {
        {"ACCEPT", Verdict::Kind::accept},
        {"DROP", Verdict::Kind::drop},
        {"REJECT", Verdict::Kind::reject},
        {"RETURN", Verdict::Kind::leave}};
    static constexpr std::array kWithoutEffect = {
        "LOG",      "NFLOG",    "ULOG",        "MARK",    "CONNMARK",    "TCPMSS",
        "CLASSIFY", "DSCP",     "TOS",         "TTL",     "HL",          "AUDIT",
        "TRACE",    "CHECKSUM", "TEE",         "SECMARK", "CONNSECMARK", "LED",
        "HMARK",    "SET",      "TCPOPTSTRIP", "ECN",     "IDLETIMER",   "RATEEST"};
    if (is_chain_(name)) {
      // What stands behind the chain are matches, as before it.
      at_ = options;
      rule_.actions.emplace_back(Verdict{go_to ? Verdict::Kind::go_to : Verdict::Kind::jump, name});
      return;
    }
    for (const auto& [word, kind] : kVerdicts) {
      if (name == word && !go_to) {
        at_ = kind == Verdict::Kind::reject ? words_.size() : options;
        rule_.actions.emplace_back(Verdict{kind, {}});
        return;
      }
    }
    if (std::ranges::find(kWithoutEffect, name) != kWithoutEffect.end()) {
      return;
    }
    if (name == "NOTRACK" || name == "CT") {
      const auto of_target = words_.subspan(options);
      if (name == "NOTRACK" || std::ranges::find(of_target, "--notrack") != of_target.end()) {
        rule_.actions.emplace_back(NoTrack{});
      }
      return;
    }
    if (!nat(name, words_.subspan(options))) {
      rule_.actions.emplace_back(UnknownAction{text()});
    }
  }

  bool nat(std::string_view name, std::span<const std::string> options) {
    static constexpr std::pair<std::string_view, Nat::Kind> kTargets[] = {
        {"DNAT", Nat::Kind::dnat},
        {"SNAT", Nat::Kind::snat},
        {"MASQUERADE", Nat::Kind::masquerade},
        {"REDIRECT", Nat::Kind::redirect}};
    const auto found =
        std::ranges::find(kTargets, name, &std::pair<std::string_view, Nat::Kind>::first);
    if (found == std::end(kTargets)) {
      return false;
    }
    Nat nat;
    nat.kind = found->second;
    bool targeted = false;
    for (std::size_t i = 0; i < options.size(); ++i) {
      const std::string_view option = options[i];
      if (option == "--random" || option == "--persistent" || option == "--random-fully") {
        continue;
      }
      const bool address = option == "--to-destination" || option == "--to-source";
      if ((!address && option != "--to-ports") || i + 1 == options.size() || targeted) {
        return false;
      }
      const std::string& to = options[++i];
      const auto target = iptables::nat_target(address ? to : ":" + to);
      if (!target) {
        return false;
      }
      nat.to = *target;
      targeted = true;
    }
    if (!targeted && (nat.kind == Nat::Kind::dnat || nat.kind == Nat::Kind::snat)) {
      return false;
    }
    rule_.actions.emplace_back(std::move(nat));
    return true;
  }

  std::span<const std::string> words_;
  TableFamily family_;
  const std::function<bool(std::string_view)>& is_chain_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
  bool negated_ = false;
  std::string module_;
  RulesetRule rule_;
};

}  // namespace

std::vector<std::string> iptables_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool within = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && i + 1 < line.size()) {
      word += line[++i];
      within = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      within = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      if (within) {
        words.push_back(std::move(word));
        word.clear();
        within = false;
      }
    } else {
      word += c;
      within = true;
    }
  }
  if (within) {
    words.push_back(std::move(word));
  }
  return words;
}

RulesetRule iptables_rule(std::span<const std::string> words, TableFamily family,
                          const std::function<bool(std::string_view)>& is_chain) {
  return Parser(words, family, is_chain).parse();
}

}  // namespace pinhole::firewall
