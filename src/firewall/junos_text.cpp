// SPDX-License-Identifier: Apache-2.0
#include "firewall/junos_text.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>
#include <vector>

#include "firewall/reading.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::size_t kDeepest = 200;
constexpr std::size_t kMostWords = 100'000;  // of one statement

constexpr std::array kTop = {"version",
                             "system",
                             "groups",
                             "security",
                             "applications",
                             "interfaces",
                             "apply-groups",
                             "chassis",
                             "snmp",
                             "routing-options",
                             "policy-options",
                             "protocols",
                             "firewall",
                             "routing-instances",
                             "logical-systems",
                             "access",
                             "services",
                             "class-of-service",
                             "schedulers",
                             "vlans",
                             "event-options",
                             "forwarding-options"};
/// What stands directly below `security`.
constexpr std::array kBelowSecurity = {"address-book", "policies", "zones", "nat", "screen",
                                       "alg",          "flow",     "pki",   "ike", "ipsec",
                                       "log",          "utm",      "idp"};

template <class Words>
bool among(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

[[noreturn]] void refuse(std::string id, std::uint32_t line, std::string message) {
  throw Stop{std::move(id), line, std::move(message),
             "give what `show configuration | display set` or `show configuration` prints"};
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Words, quoted strings and, with braces, `{ } [ ] ;`.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  [[nodiscard]] std::uint32_t line() const { return line_; }

  /// False at the end. A mark is a word of one character that was not quoted.
  bool next(std::string& word, bool& mark) {
    skip();
    word.clear();
    mark = false;
    if (at_ >= text_.size()) {
      return false;
    }
    if (std::string_view("{}[];").find(text_[at_]) != std::string_view::npos) {
      word = text_[at_++];
      mark = true;
      return true;
    }
    if (text_[at_] == '"') {
      quoted(word);
      return true;
    }
    while (at_ < text_.size() && !is_blank(text_[at_]) &&
           std::string_view("{}[];").find(text_[at_]) == std::string_view::npos) {
      word += text_[at_++];
    }
    return true;
  }

 private:
  void skip() {
    while (at_ < text_.size()) {
      if (is_blank(text_[at_])) {
        line_ += text_[at_++] == '\n' ? 1 : 0;
      } else if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_).starts_with("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
          refuse("junos-cut", line_, "a comment does not end");
        }
        line_ += static_cast<std::uint32_t>(
            std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                       text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
        at_ = end + 2;
      } else {
        return;
      }
    }
  }

  void quoted(std::string& word) {
    const std::uint32_t begin = line_;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
      }
      line_ += text_[at_] == '\n' ? 1 : 0;
      word += text_[at_];
    }
    if (at_ >= text_.size()) {
      refuse("junos-cut", begin, "a quoted text does not end");
    }
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

class Braces {
 public:
  Braces(std::string_view text, const JunosSink& sink) : lexer_(text), sink_(sink) {}

  void read() {
    std::string word;
    bool mark = false;
    while (lexer_.next(word, mark)) {
      if (!mark) {
        take(std::move(word));
      } else if (word == "{") {
        open();
      } else if (word == "}") {
        close();
      } else if (word == ";") {
        end_statement();
      } else if (word == "[") {
        list();
      } else {
        refuse("junos-syntax", lexer_.line(), "a list ends that did not begin");
      }
    }
    if (!levels_.empty() || words_.size() > base()) {
      refuse("junos-cut", lexer_.line(), "the text ends within a statement");
    }
  }

 private:
  struct Level {
    std::size_t words = 0;  // of the path
    bool inactive = false;
  };

  [[nodiscard]] std::size_t base() const { return levels_.empty() ? 0 : levels_.back().words; }

  void take(std::string word) {
    if (words_.size() == base()) {
      line_ = lexer_.line();
    }
    if (word == "inactive:" && words_.size() == base()) {
      inactive_ = true;
    } else if ((word == "protect:" || word == "replace:") && words_.size() == base()) {
      return;
    } else {
      if (words_.empty() && among(kBelowSecurity, word)) {
        words_.emplace_back("security");
      }
      words_.push_back(std::move(word));
      if (words_.size() > kMostWords) {
        refuse("junos-syntax", lexer_.line(), "a statement does not end");
      }
    }
  }

  void open() {
    if (words_.size() == base() || levels_.size() >= kDeepest) {
      refuse("junos-syntax", lexer_.line(), "braces open without a name, or too deep");
    }
    const bool inactive = inactive_ || (!levels_.empty() && levels_.back().inactive);
    levels_.push_back({words_.size(), inactive});
    inactive_ = false;
    empty_ = true;
  }

  void close() {
    if (levels_.empty() || words_.size() > base()) {
      refuse("junos-syntax", lexer_.line(), "braces close where none can");
    }
    if (empty_) {
      emit();  // a container without content is there, too
    }
    levels_.pop_back();
    words_.resize(base());
    empty_ = false;
  }

  void list() {
    std::string word;
    bool mark = false;
    const std::size_t before = words_.size();
    if (before == base()) {
      refuse("junos-syntax", lexer_.line(), "a list has no name");
    }
    while (lexer_.next(word, mark) && !mark) {
      words_.push_back(std::move(word));
      emit();
      words_.resize(before);
    }
    if (!mark || word != "]" || !lexer_.next(word, mark) || !mark || word != ";") {
      refuse("junos-syntax", lexer_.line(), "a list does not end");
    }
    finish();
  }

  void end_statement() {
    if (words_.size() == base()) {
      refuse("junos-syntax", lexer_.line(), "a statement is empty");
    }
    emit();
    finish();
  }

  void finish() {
    words_.resize(base());
    inactive_ = false;
    empty_ = false;
  }

  void emit() {
    if (!inactive_ && (levels_.empty() || !levels_.back().inactive)) {
      sink_(words_, line_);
    }
  }

  Lexer lexer_;
  const JunosSink& sink_;
  std::vector<std::string> words_;
  std::vector<Level> levels_;
  std::uint32_t line_ = 1;
  bool inactive_ = false;
  bool empty_ = false;
};

std::string_view line_of(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::vector<std::string> words_of(std::string_view line, std::uint32_t number) {
  std::vector<std::string> words;
  std::string word;
  bool mark = false;
  try {
    for (Lexer lexer(line); lexer.next(word, mark);) {
      words.push_back(word);
    }
  } catch (Stop& stop) {
    stop.line = number;
    throw;
  }
  return words;
}

std::string joined(std::span<const std::string> words) {
  std::string all;
  for (const std::string& word : words) {
    all += word + '\x1f';
  }
  return all;
}

class Commands {
 public:
  explicit Commands(const JunosSink& sink) : sink_(sink) {}

  void read(std::string_view text) {
    each(text, [this](const std::vector<std::string>& words, std::uint32_t) {
      if (words[0] == "deactivate") {
        inactive_.insert(joined(std::span(words).subspan(1)));
      }
    });
    each(text, [this](const std::vector<std::string>& words, std::uint32_t line) {
      if (words[0] == "set" && words.size() > 1) {
        set(std::span(words).subspan(1), line);
      } else if (words[0] != "deactivate" && words[0] != "annotate" && words[0] != "protect") {
        refuse("junos-command", line, "`" + words[0].substr(0, 40) + "` cannot be followed");
      }
    });
  }

 private:
  template <class Use>
  static void each(std::string_view text, Use use) {
    for (std::uint32_t number = 1; !text.empty(); ++number) {
      const std::vector<std::string> words = words_of(line_of(text), number);
      if (!words.empty()) {
        use(words, number);
      }
    }
  }

  void set(std::span<const std::string> words, std::uint32_t line) {
    if (!inactive_.empty()) {
      std::string path;
      for (const std::string& word : words) {
        path += word + '\x1f';
        if (inactive_.contains(path)) {
          return;
        }
      }
    }
    if (words.size() > 2 && words.back() == "]") {
      const auto begin = std::ranges::find(words, "[");
      std::vector<std::string> one(words.begin(), begin);
      for (auto word = begin; word != words.end() && std::next(word) != words.end(); ++word) {
        if (word != begin) {
          one.push_back(*word);
          sink_(one, line);
          one.pop_back();
        }
      }
      return;
    }
    sink_(words, line);
  }

  const JunosSink& sink_;
  std::unordered_set<std::string> inactive_;
};

/// The first words that are no comment; the second one is a mark where it is one.
std::pair<std::string, std::string> first_words(std::string_view text) {
  std::string first;
  std::string second;
  bool mark = false;
  try {
    Lexer lexer(text.substr(0, 65536));
    if (lexer.next(first, mark) && !mark) {
      lexer.next(second, mark);
    }
  } catch (const Stop&) {
    second.clear();
  }
  return {first, second};
}

}  // namespace

void junos_statements(std::string_view text, const JunosSink& sink) {
  const std::string first = first_words(text).first;
  if (first == "set" || first == "deactivate" || first == "delete") {
    Commands(sink).read(text);
  } else {
    Braces(text, sink).read();
  }
}

bool is_junos(std::string_view text) {
  const auto [first, second] = first_words(text);
  if (first == "set" || first == "deactivate") {
    return among(kTop, second);
  }
  if (first == "version" || first == "apply-groups" || first == "replace:") {
    return true;
  }
  return second == "{" ? among(kTop, first) || (among(kBelowSecurity, first))
                       : first == "address-book" || first == "inactive:";
}

}  // namespace pinhole::firewall
