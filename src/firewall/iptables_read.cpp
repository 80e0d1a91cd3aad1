// SPDX-License-Identifier: Apache-2.0
#include "firewall/iptables_read.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "firewall/iptables_rule.hpp"
#include "firewall/reading.hpp"

namespace pinhole::firewall {
namespace {

struct Builtin {
  std::string_view table;
  std::string_view chain;
  Hook hook;
  std::int32_t priority;
};

constexpr Builtin kBuiltins[] = {{"raw", "PREROUTING", Hook::prerouting, -300},
                                 {"mangle", "PREROUTING", Hook::prerouting, -150},
                                 {"mangle", "FORWARD", Hook::forward, -150},
                                 {"mangle", "POSTROUTING", Hook::postrouting, -150},
                                 {"nat", "PREROUTING", Hook::prerouting, -100},
                                 {"nat", "POSTROUTING", Hook::postrouting, 100},
                                 {"filter", "FORWARD", Hook::forward, 0},
                                 {"security", "FORWARD", Hook::forward, 50}};

bool of_host(std::string_view chain) {
  return chain == "INPUT" || chain == "OUTPUT";
}

/// Chains that the kernel makes, declared or not.
bool is_builtin(std::string_view chain) {
  return of_host(chain) || chain == "FORWARD" || chain == "PREROUTING" || chain == "POSTROUTING";
}

bool has_v6_address(const std::vector<std::string>& words) {
  return std::ranges::any_of(words, [](const std::string& word) {
    const auto address = parse_address(word.substr(0, word.find('/')));
    return address && !address->is_v4();
  });
}

class Reader {
 public:
  std::vector<Table> read(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++line_;
      line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (in_table_) {
      throw Stop{"iptables-cut", line_, "the table " + table_ + " has no COMMIT",
                 "give the whole text"};
    }
    return std::move(tables_);
  }

 private:
  /// A table is turned into rules at its COMMIT, when all chains and the family are known.
  struct Pending {
    std::string chain;
    std::vector<std::string> words;
    std::uint32_t line = 0;
    std::string text;
  };

  [[noreturn]] void refuse(std::string message) const {
    throw Stop{"iptables-syntax", line_, std::move(message), "give what `iptables-save` prints"};
  }

  void line(std::string_view text) {
    while (!text.empty() && (text.back() == '\r' || text.back() == ' ' || text.back() == '\t')) {
      text.remove_suffix(1);
    }
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
      text.remove_prefix(1);
    }
    if (text.empty()) {
      return;
    }
    if (text[0] == '#') {
      comment(text);
    } else if (text[0] == '*') {
      if (in_table_) {
        refuse("the table " + table_ + " has no COMMIT");
      }
      in_table_ = true;
      table_ = text.substr(1);
    } else if (!in_table_) {
      refuse("a line stands outside of a table");
    } else if (text == "COMMIT") {
      commit();
    } else if (text[0] == ':') {
      declare(text.substr(1));
    } else {
      command(text);
    }
  }

  void comment(std::string_view text) {
    if (text.find("ip6tables") != std::string_view::npos) {
      family_ = TableFamily::ip6;
    } else if (text.find("iptables") != std::string_view::npos) {
      family_ = TableFamily::ip;
    }
    if (text.find("legacy tables present") != std::string_view::npos) {
      unseen(text);
    }
  }

  /// iptables-save says that there are rules which it does not show.
  void unseen(std::string_view text) {
    Table& table = tables_.emplace_back();
    table.name = "legacy";
    Chain& chain = table.chains.emplace_back();
    chain.name = "legacy";
    chain.hook = Hook::forward;
    RulesetRule& rule = chain.rules.emplace_back();
    rule.actions.emplace_back(UnknownAction{std::string(text)});
    rule.line = chain.line = line_;
    rule.text = text;
  }

  Chain& chain(std::string_view name) {
    const auto found = chains_.find(name);
    if (found != chains_.end()) {
      return found->second;
    }
    order_.emplace_back(name);
    Chain& added = chains_[std::string(name)];
    added.name = name;
    added.line = line_;
    for (const Builtin& builtin : kBuiltins) {
      if (builtin.table == table_ && builtin.chain == name) {
        added.hook = builtin.hook;
        added.priority = builtin.priority;
      }
    }
    return added;
  }

  /// `FORWARD DROP [0:0]`
  void declare(std::string_view text) {
    const std::vector<std::string> words = iptables_words(text);
    if (words.size() < 2) {
      refuse("a chain is declared without a policy");
    }
    set_policy(words[0], words[1]);
  }

  void set_policy(const std::string& name, std::string_view policy) {
    if (policy != "ACCEPT" && policy != "DROP" && policy != "-") {
      refuse("the policy of " + name + " is not understood");
    }
    chain(name).accept_at_end = policy != "DROP";
  }

  void command(std::string_view text) {
    std::vector<std::string> words = iptables_words(text);
    // Counters stand first where iptables-save was asked for them.
    if (words.size() > 1 && words[0].starts_with('[')) {
      words.erase(words.begin());
    }
    if (words.size() < 2) {
      refuse("a line is not understood");
    }
    const std::string verb = words[0];
    const std::string name = words[1];
    if (verb == "-P" && words.size() > 2) {
      set_policy(name, words[2]);
    } else if (verb == "-N") {
      chain(name);
    } else if (verb == "-A" || verb == "-I") {
      std::size_t behind = 2;
      std::optional<std::uint64_t> place;
      if (verb == "-I") {
        place = words.size() > 2 ? parse_decimal(words[2], 1, 1'000'000'000) : std::nullopt;
        behind += place ? 1 : 0;
        place = place.value_or(1);
      }
      if (!chains_.contains(name) && !is_builtin(name)) {
        refuse("a rule is for the chain " + name + ", which is not there");
      }
      chain(name);
      v6_ = v6_ || has_v6_address(words);
      Pending rule{name,
                   {words.begin() + static_cast<std::ptrdiff_t>(behind), words.end()},
                   line_,
                   std::string(text)};
      insert(std::move(rule), place);
    } else {
      refuse("the command " + verb + " cannot be followed");
    }
  }

  void insert(Pending rule, std::optional<std::uint64_t> place) {
    auto at = pending_.end();
    if (place) {
      if (++inserted_ > kMostInserted) {
        refuse("too many rules are put before others");
      }
      std::uint64_t seen = 0;
      at = std::ranges::find_if(pending_, [&](const Pending& each) {
        return each.chain == rule.chain && ++seen == *place;
      });
    }
    pending_.insert(at, std::move(rule));
  }

  void commit() {
    Table table;
    table.name = table_;
    table.family = family_.value_or(v6_ ? TableFamily::ip6 : TableFamily::ip);
    const std::function<bool(std::string_view)> is_chain = [&](std::string_view name) {
      return chains_.contains(name) && !is_builtin(name);
    };
    for (const Pending& each : pending_) {
      RulesetRule rule = iptables_rule(each.words, table.family, is_chain);
      rule.line = each.line;
      rule.text = each.text;
      chains_.find(each.chain)->second.rules.push_back(std::move(rule));
    }
    for (const std::string& name : order_) {
      Chain& each = chains_.find(name)->second;
      if (!is_builtin(name) || each.hook) {
        table.chains.push_back(std::move(each));
      }
    }
    tables_.push_back(std::move(table));
    in_table_ = false;
    v6_ = false;
    chains_.clear();
    order_.clear();
    pending_.clear();
  }

  /// Each goes through the rules before it.
  static constexpr std::size_t kMostInserted = 10'000;

  std::size_t inserted_ = 0;
  std::uint32_t line_ = 0;
  std::optional<TableFamily> family_;
  bool in_table_ = false;
  bool v6_ = false;
  std::string table_;
  std::map<std::string, Chain, std::less<>> chains_;
  std::vector<std::string> order_;
  std::vector<Pending> pending_;
  std::vector<Table> tables_;
};

}  // namespace

Checked<Ruleset> read_iptables(std::string_view text, const std::string& name) {
  return read_tables(name, "iptables", [&] { return Reader().read(text); });
}

}  // namespace pinhole::firewall
