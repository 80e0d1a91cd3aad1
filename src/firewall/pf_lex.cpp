// SPDX-License-Identifier: Apache-2.0
#include "firewall/pf_lex.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "firewall/reading.hpp"

namespace pinhole::firewall::pf {
namespace {

/// Macros may hold macros, and grow with each.
constexpr std::size_t kMostOctets = 50'000'000;

[[noreturn]] void refuse(std::uint32_t line, std::string message) {
  throw Stop{"pf-syntax", line, std::move(message), "give pf.conf or what `pfctl -sr` prints"};
}

bool is_word(char c) {
  return c > ' ' && std::string_view("{}(),!=<>\"#$\\").find(c) == std::string_view::npos;
}

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Statement> run() {
    while (at_ < text_.size()) {
      step();
    }
    if (depth_ > 0) {
      refuse(line_, "a list is not closed");
    }
    end();
    return std::move(all_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '\n') {
      ++at_;
      newline();
    } else if (c == '\\' && only_blanks_to_the_end(at_ + 1)) {
      at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
      ++line_;
      current_.text += ' ';
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == ' ' || c == '\t' || c == '\r') {
      ++at_;
      current_.text += current_.text.empty() || current_.text.back() == ' ' ? "" : " ";
    } else {
      if (current_.words.empty()) {
        current_.line = line_;
        current_.text.clear();
      }
      const std::size_t begin = at_;
      token(c);
      current_.text += text_.substr(begin, at_ - begin);
    }
  }

  bool only_blanks_to_the_end(std::size_t at) const {
    const std::size_t next = text_.find_first_not_of(" \t\r", at);
    return next == std::string_view::npos || text_[next] == '\n';
  }

  void newline() {
    ++line_;
    // A list goes on over lines, a block's statements end with theirs.
    if (depth_ == 0) {
      end();
    } else if (opens_block() && current_.words.back() == "{") {
      depth_ = 0;
      ++blocks_;
      end();
    } else {
      current_.text += ' ';
    }
  }

  bool opens_block() const {
    return !current_.words.empty() &&
           (current_.words[0] == "anchor" ||
            (current_.words.size() > 1 && current_.words[0] == "load")) &&
           depth_ == 1;
  }

  void token(char c) {
    static constexpr std::array<std::string_view, 6> kDouble{"!=", "<=", ">=", "<>", "><", "->"};
    const std::string_view rest = text_.substr(at_);
    if (c == '"') {
      quoted();
    } else if (c == '$') {
      expand();
    } else if (c == '{' || c == '}') {
      brace(c);
    } else if (c == '<' && table()) {
      return;
    } else if (const auto found = std::ranges::find_if(
                   kDouble, [&](std::string_view each) { return rest.starts_with(each); });
               found != kDouble.end()) {
      add(std::string(*found));
      at_ += 2;
    } else if (is_word(c)) {
      std::size_t end = at_;
      while (end < text_.size() && is_word(text_[end]) && text_.substr(end, 2) != "->") {
        ++end;
      }
      add(std::string(text_.substr(at_, end - at_)));
      at_ = end;
    } else {
      add(std::string(1, c));
      ++at_;
    }
  }

  /// `<name>`
  bool table() {
    std::size_t end = at_ + 1;
    while (end < text_.size() &&
           (is_name(text_[end]) || text_[end] == '-' || text_[end] == '.' || text_[end] == ':')) {
      ++end;
    }
    if (end == at_ + 1 || end >= text_.size() || text_[end] != '>') {
      return false;
    }
    add(std::string(text_.substr(at_, end + 1 - at_)));
    at_ = end + 1;
    return true;
  }

  void brace(char c) {
    ++at_;
    if (c == '}' && depth_ == 0) {
      if (blocks_ == 0) {
        refuse(line_, "a brace closes what none opened");
      }
      --blocks_;
      end();
      current_.line = line_;
      add("}");
      end();
      return;
    }
    depth_ += c == '{' ? 1 : -1;
    add(std::string(1, c));
  }

  void quoted() {
    const std::size_t end = text_.find('"', at_ + 1);
    if (end == std::string_view::npos) {
      refuse(line_, "a text in quotes does not end");
    }
    const std::string_view inner = text_.substr(at_ + 1, end - at_ - 1);
    line_ += static_cast<std::uint32_t>(std::ranges::count(inner, '\n'));
    add(std::string(inner), true);
    at_ = end + 1;
  }

  void expand() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && is_name(text_[end])) {
      ++end;
    }
    const std::string name(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end;
    const auto macro = known_->find(name);
    if (macro == known_->end()) {
      refuse(line_, "the macro $" + name + " is not defined");
    }
    for (const Word& word : macro->second) {
      depth_ += word == "{" ? 1 : word == "}" ? -1 : 0;
      add(word.text, word.quoted);
    }
    if (depth_ < 0) {
      refuse(line_, "a brace closes what none opened");
    }
  }

  void add(std::string text, bool quoted = false) {
    octets_ += text.size() + sizeof(Word);
    if (octets_ > kMostOctets) {
      refuse(line_, "the text grows too large");
    }
    current_.words.push_back({std::move(text), quoted});
  }

  /// `name = value`
  bool define() {
    auto& words = current_.words;
    if (words.size() < 3 || words[0].quoted || !(words[1] == "=") ||
        !std::ranges::all_of(words[0].text, is_name)) {
      return false;
    }
    std::vector<Word> value;
    for (std::size_t i = 2; i < words.size(); ++i) {
      if (words[i].quoted) {
        // What stands in quotes is words of its own where the macro is used.
        Lexer inner(words[i].text);
        inner.known_ = known_;
        inner.line_ = current_.line;
        inner.within_ = true;
        inner.depth_ = 1;
        while (inner.at_ < inner.text_.size()) {
          inner.step();
        }
        octets_ += inner.octets_;
        std::ranges::move(inner.current_.words, std::back_inserter(value));
      } else {
        value.push_back(std::move(words[i]));
      }
    }
    macros_[words[0].text] = std::move(value);
    return true;
  }

  void end() {
    if (within_) {
      return;
    }
    if (!current_.words.empty() && !define()) {
      while (!current_.text.empty() && current_.text.back() == ' ') {
        current_.text.pop_back();
      }
      all_.push_back(std::move(current_));
    }
    current_ = {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  int depth_ = 0;  // of lists
  std::size_t blocks_ = 0;
  std::size_t octets_ = 0;
  bool within_ = false;  // a macro's value
  Statement current_;
  std::vector<Statement> all_;
  using Macros = std::map<std::string, std::vector<Word>, std::less<>>;
  Macros macros_;
  const Macros* known_ = &macros_;
};

}  // namespace

std::vector<Statement> statements(std::string_view text) {
  return Lexer(text).run();
}

}  // namespace pinhole::firewall::pf
