// SPDX-License-Identifier: Apache-2.0
#include "firewall/nft_read.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "firewall/nft_lex.hpp"
#include "firewall/nft_operand.hpp"
#include "firewall/nft_rule.hpp"
#include "firewall/nft_tables.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::size_t kLongestRuleText = 1000;

bool is_family(const NftToken& token) {
  static constexpr std::array kFamilies = {"ip", "ip6", "inet", "bridge", "netdev", "arp"};
  return token.kind == NftToken::Kind::word &&
         std::ranges::find(kFamilies, token.text) != kFamilies.end();
}

class Reader {
 public:
  explicit Reader(std::string_view text) : lexer_(text) {}

  std::vector<Table> read() {
    while (lexer_.peek_over_lines().kind != NftToken::Kind::end) {
      command();
    }
    heed_trouble();
    return tables_.finish();
  }

 private:
  void heed_trouble() {
    if (!lexer_.trouble().empty()) {
      throw Stop{"nft-define", lexer_.peek().line, lexer_.trouble(),
                 "define it above, or give what `nft list ruleset` prints"};
    }
  }

  [[noreturn]] void refuse(const NftToken& token, std::string_view what) {
    heed_trouble();
    if (token.kind == NftToken::Kind::end) {
      throw Stop{"nft-cut", token.line, "the text ends in the middle of " + std::string(what),
                 "give the whole of it"};
    }
    throw Stop{
        "nft-syntax", token.line,
        "`" + std::string(token.text.substr(0, 60)) + "` is not understood as " + std::string(what),
        "give what `nft list ruleset` prints"};
  }

  void expect(std::string_view sign, std::string_view what) {
    if (const NftToken token = lexer_.next(); !token.is(sign)) {
      refuse(token, what);
    }
  }
  bool take(std::string_view word) {
    if (lexer_.peek().is(word)) {
      lexer_.next();
      return true;
    }
    return false;
  }
  std::string_view name(std::string_view what) {
    const NftToken token = lexer_.next();
    if (token.kind != NftToken::Kind::word && token.kind != NftToken::Kind::quoted) {
      refuse(token, what);
    }
    return token.text;
  }

  /// Words up to the end of the statement, which is eaten unless it is a closing brace.
  std::vector<NftToken> statement() {
    std::vector<NftToken> tokens;
    for (int depth = 0;;) {
      const NftToken& token = lexer_.peek();
      if (token.kind == NftToken::Kind::end) {
        if (depth > 0) {
          refuse(token, "a set");
        }
        return tokens;
      }
      if (depth == 0 && (token.ends_statement() || token.is("}"))) {
        if (!token.is("}")) {
          lexer_.next();
        }
        return tokens;
      }
      depth += token.is("{") ? 1 : token.is("}") ? -1 : 0;
      if (token.kind != NftToken::Kind::line_end) {
        tokens.push_back(token);
      }
      lexer_.next();
    }
  }

  void skip_block() {
    while (!lexer_.peek().is("{")) {
      if (lexer_.next().kind == NftToken::Kind::end) {
        refuse(lexer_.peek(), "a block");
      }
    }
    int depth = 0;
    do {
      const NftToken token = lexer_.next();
      if (token.kind == NftToken::Kind::end) {
        refuse(token, "a block");
      }
      depth += token.is("{") ? 1 : token.is("}") ? -1 : 0;
    } while (depth > 0);
  }

  // Commands.

  void command() {
    const NftToken first = lexer_.next();
    if (first.is(";")) {
      return;
    }
    if (first.is("add") || first.is("create") || first.is("insert")) {
      object(lexer_.next(), first.is("insert"));
    } else if (first.is("flush") || first.is("delete") || first.is("destroy")) {
      take_out(first);
    } else if (first.is("define") || first.is("redefine")) {
      define();
    } else if (first.is("include")) {
      throw Stop{"nft-include", first.line, "another file is included, which is not read",
                 "load it and give what `nft list ruleset` prints"};
    } else {
      object(first, false);
    }
  }

  void define() {
    const std::string_view variable = name("a definition");
    expect("=", "a definition");
    lexer_.define(variable, statement());
  }

  std::string_view family() { return is_family(lexer_.peek()) ? lexer_.next().text : "ip"; }

  void object(const NftToken& word, bool at_front) {
    static constexpr std::array kObjects = {"table", "chain", "rule", "set", "map", "element"};
    if (std::ranges::find(kObjects, word.text) == kObjects.end()) {
      refuse(word, "a command");
    }
    const std::string_view of = family();
    const std::string_view named = name("the name of a table");
    NftTable& table = tables_.table(of, named, word.line);
    if (word.is("table")) {
      if (take("{")) {
        table_body(table);
      }
      end_of_command();
      return;
    }
    const NftToken second = lexer_.peek();
    const std::string_view inner = name("a name");
    if (word.is("chain")) {
      NftChain& chain = table.chain(inner, second.line);
      if (take("{")) {
        chain_body(chain);
      }
      end_of_command();
    } else if (word.is("rule")) {
      if (lexer_.peek().is("handle") || lexer_.peek().is("position") || lexer_.peek().is("index")) {
        refuse(lexer_.peek(), "a place that can be followed");
      }
      add_rule(table.chain(inner, second.line), at_front);
    } else if (word.is("element")) {
      const std::vector<NftToken> tokens = statement();
      const auto found = table.sets.find(inner);
      if (found == table.sets.end()) {
        refuse(second, "a set that is there");
      }
      add_elements(found->second, tokens);
    } else {
      expect("{", "a set");
      set_body(table, inner, word.is("map"));
      end_of_command();
    }
  }

  void end_of_command() {
    if (!lexer_.peek().ends_statement()) {
      refuse(lexer_.peek(), "the end of a command");
    }
  }

  void take_out(const NftToken& verb) {
    const NftToken what = lexer_.next();
    if (what.is("ruleset") && verb.is("flush")) {
      if (is_family(lexer_.peek())) {
        tables_.remove(lexer_.next().text, {});
      } else {
        tables_.clear();
      }
    } else if (what.is("table")) {
      const std::string_view of = family();
      const std::string_view named = name("the name of a table");
      if (verb.is("flush")) {
        for (NftChain& chain : tables_.table(of, named, what.line).chains) {
          chain.chain.rules.clear();
        }
      } else {
        tables_.remove(of, named);
      }
    } else if (what.is("chain") && verb.is("flush")) {
      const std::string_view of = family();
      NftTable& table = tables_.table(of, name("the name of a table"), what.line);
      table.chain(name("the name of a chain"), what.line).chain.rules.clear();
    } else {
      refuse(what, "something that can be taken out");
    }
    end_of_command();
  }

  // Blocks.

  void table_body(NftTable& table) {
    for (;;) {
      const NftToken token = lexer_.peek_over_lines();
      lexer_.next();
      if (token.is("}")) {
        return;
      }
      if (token.is(";")) {
        continue;
      }
      if (token.is("chain")) {
        NftChain& chain = table.chain(name("the name of a chain"), token.line);
        expect("{", "a chain");
        chain_body(chain);
      } else if (token.is("set") || token.is("map")) {
        const std::string_view named = name("the name of a set");
        expect("{", "a set");
        set_body(table, named, token.is("map"));
      } else if (token.is("flags")) {
        for (const NftToken& flag : statement()) {
          table.dormant = table.dormant || flag.is("dormant");
        }
      } else if (token.is("comment")) {
        statement();
      } else if (token.kind == NftToken::Kind::word) {
        // Counters, quotas, flow tables, helpers: what a rule does with them is in the rule.
        skip_block();
      } else {
        refuse(token, "a part of a table");
      }
    }
  }

  void chain_body(NftChain& chain) {
    for (;;) {
      const NftToken& token = lexer_.peek_over_lines();
      if (token.kind == NftToken::Kind::end) {
        refuse(token, "a chain");
      }
      if (take("}")) {
        return;
      }
      if (take(";")) {
        continue;
      }
      if (token.is("type")) {
        lexer_.next();
        base(chain, statement());
      } else if (token.is("policy")) {
        lexer_.next();
        const std::vector<NftToken> words = statement();
        if (words.size() != 1 || (!words[0].is("accept") && !words[0].is("drop"))) {
          refuse(words.empty() ? lexer_.peek() : words[0], "a policy");
        }
        chain.chain.accept_at_end = words[0].is("accept");
      } else if (token.is("comment") || token.is("flags")) {
        statement();
      } else {
        add_rule(chain, false);
      }
    }
  }

  /// `filter hook forward device eth0 priority filter + 10`
  void base(NftChain& chain, const std::vector<NftToken>& words) {
    NftCursor cursor(words);
    cursor.next();
    const NftToken* hook = cursor.take("hook") ? &cursor.next() : nullptr;
    if (hook == nullptr) {
      refuse(words.empty() ? lexer_.peek() : words[0], "a base chain");
    }
    static constexpr std::pair<std::string_view, Hook> kHooks[] = {
        {"ingress", Hook::ingress},
        {"prerouting", Hook::prerouting},
        {"forward", Hook::forward},
        {"postrouting", Hook::postrouting}};
    for (const auto& [word, each] : kHooks) {
      if (hook->is(word)) {
        chain.chain.hook = each;
      }
    }
    chain.egress = hook->is("egress");
    chain.elsewhere = hook->is("input") || hook->is("output");
    if (!chain.chain.hook && !chain.egress && !chain.elsewhere) {
      refuse(*hook, "a hook");
    }
    if (cursor.take("device") || cursor.take("devices")) {
      cursor.take("=");
      cursor.take("{");
      do {
        chain.devices.emplace_back(cursor.next().text);
      } while (cursor.take(","));
      cursor.take("}");
    }
    if (!cursor.take("priority")) {
      refuse(*hook, "a base chain with its priority");
    }
    chain.chain.priority = priority(cursor, *hook);
  }

  std::int32_t priority(NftCursor& cursor, const NftToken& place) {
    const auto number = [](std::string_view digits) -> std::optional<std::int32_t> {
      const bool minus = digits.starts_with('-');
      const auto value = parse_decimal(digits.substr(minus ? 1 : 0), 0, 2147483647);
      return value ? std::optional(static_cast<std::int32_t>(*value) * (minus ? -1 : 1))
                   : std::nullopt;
    };
    const std::string_view first = cursor.next().text;
    if (const auto named = nft_priority(first)) {
      const bool minus = cursor.take("-");
      const bool plus = !minus && cursor.take("+");
      const auto more = minus || plus ? number(cursor.next().text) : std::optional(0);
      if (more && *more < 1'000'000) {
        return *named + (minus ? -*more : *more);
      }
    } else if (const auto plain = number(first)) {
      return *plain;
    }
    refuse(place, "a base chain with a known priority");
  }

  void add_rule(NftChain& chain, bool at_front) {
    const std::vector<NftToken> tokens = statement();
    if (tokens.empty()) {
      refuse(lexer_.peek(), "a rule");
    }
    if (chain.elsewhere) {
      return;
    }
    RulesetRule rule = nft_rule(tokens);
    rule.line = tokens.front().line;
    const std::size_t begin = tokens.front().begin;
    const std::size_t length = std::max(tokens.back().end, begin) - begin;
    rule.text = lexer_.source().substr(begin, std::min(length, kLongestRuleText));
    rule.text += length > kLongestRuleText ? "..." : "";
    std::vector<RulesetRule>& rules = chain.chain.rules;
    if (at_front && ++inserted_ > kMostInserted) {
      refuse(tokens.front(), "one more rule before all others");
    }
    rules.insert(at_front ? rules.begin() : rules.end(), std::move(rule));
  }

  // Sets and maps.

  void set_body(NftTable& table, std::string_view named, bool map) {
    NftSet& set = table.sets[std::string(named)];
    set.kind = map ? NftSet::Kind::other : NftSet::Kind::set;
    set.set.name = set.verdicts.name = set.targets.name = named;
    std::vector<NftToken> elements;
    for (;;) {
      const NftToken token = lexer_.peek_over_lines();
      if (token.kind == NftToken::Kind::end) {
        refuse(token, "a set");
      }
      lexer_.next();
      if (token.is("}")) {
        break;
      }
      const std::vector<NftToken> words = token.is(";") ? std::vector<NftToken>() : statement();
      if (token.is("type") || token.is("typeof")) {
        set_type(set, words, token.is("typeof"));
      } else if (token.is("flags") || token.is("timeout")) {
        for (const NftToken& word : words) {
          if (token.is("timeout") || word.is("dynamic") || word.is("timeout")) {
            set.set.open = set.verdicts.open = set.targets.open = true;
          }
        }
      } else if (token.is("elements")) {
        elements = words;
      }
    }
    add_elements(set, elements);
  }

  static void set_type(NftSet& set, const std::vector<NftToken>& words, bool by_terms) {
    NftCursor cursor(words);
    set.known = true;
    do {
      std::optional<NftType> type;
      if (!by_terms) {
        type = nft_type(cursor.next().text);
      } else if (const auto key = take_nft_key(cursor)) {
        type = key->type;
      }
      set.known = set.known && type.has_value();
      set.types.push_back(type.value_or(NftType::ipv4));
    } while (cursor.take("."));
    if (cursor.take(":")) {
      cursor.take("interval");
      const std::string_view to = cursor.peek().text;
      const bool target = by_terms ? to == "ip" || to == "ip6" || to == "tcp" || to == "udp"
                                   : to == "ipv4_addr" || to == "ipv6_addr" || to == "inet_service";
      set.kind = to == "verdict" ? NftSet::Kind::verdicts
                 : target        ? NftSet::Kind::targets
                                 : NftSet::Kind::other;
    }
  }

  /// `= { ... }` or `{ ... }`; what is not understood leaves the set open.
  static void add_elements(NftSet& set, const std::vector<NftToken>& words) {
    NftCursor cursor(words);
    cursor.take("=");
    const bool any = cursor.take("{");
    const std::vector<NftElement> elements = any ? nft_elements(cursor) : std::vector<NftElement>();
    const auto add = [&](auto& list, auto more) {
      if (set.known && more) {
        std::ranges::move(*more, std::back_inserter(list));
      }
      return set.known && more;
    };
    bool all = true;
    switch (set.kind) {
      case NftSet::Kind::set:
        all = add(set.set.elements, nft_values(set.types, elements));
        break;
      case NftSet::Kind::verdicts:
        all = add(set.verdicts.entries, nft_entries<Verdict>(set.types, elements));
        break;
      case NftSet::Kind::targets:
        all = add(set.targets.entries, nft_entries<NatTarget>(set.types, elements));
        break;
      case NftSet::Kind::other:
        break;
    }
    all = all && std::ranges::none_of(elements, &NftElement::passing);
    if (!all) {
      set.set.open = set.verdicts.open = set.targets.open = true;
    }
  }

  /// Each moves the rules behind it.
  static constexpr std::size_t kMostInserted = 10'000;

  NftLexer lexer_;
  NftTables tables_;
  std::size_t inserted_ = 0;
};

}  // namespace

Checked<Ruleset> read_nft(std::string_view text, const std::string& name) {
  return read_tables(name, "nftables", [&] { return Reader(text).read(); });
}

}  // namespace pinhole::firewall
