// SPDX-License-Identifier: Apache-2.0
#include "firewall/fortios_text.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "firewall/reading.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::size_t kDeepest = 50;
constexpr std::array kTables = {"firewall", "system", "vdom", "global", "router", "user", "log"};

[[noreturn]] void refuse(std::string id, std::uint32_t line, std::string message) {
  throw Stop{std::move(id), line, std::move(message),
             "give what `show` or `show full-configuration` prints"};
}

/// Words of one command; what is quoted may go over several lines.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  /// False at the end of the text; the words of a comment are none.
  bool next(std::vector<std::string>& words, std::uint32_t& line) {
    words.clear();
    if (at_ >= text_.size()) {
      return false;
    }
    line = line_;
    while (at_ < text_.size() && text_[at_] != '\n') {
      if (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r') {
        ++at_;
      } else if (text_[at_] == '#' && words.empty()) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        words.push_back(word());
      }
    }
    at_ += at_ < text_.size() ? 1 : 0;
    ++line_;
    return true;
  }

 private:
  std::string word() {
    std::string word;
    bool quoted = false;
    const std::uint32_t begin = line_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
        return word;
      } else if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
        word += text_[++at_];
      } else {
        line_ += c == '\n' ? 1 : 0;
        word += c;
      }
    }
    if (quoted) {
      refuse("fortios-cut", begin, "a quoted text does not end");
    }
    return word;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

class Walker {
 public:
  explicit Walker(const FortiosSink& sink) : sink_(sink) {}

  void read(std::string_view text) {
    Lexer lexer(text);
    std::vector<std::string> words;
    while (lexer.next(words, line_)) {
      if (!words.empty()) {
        command(words);
      }
    }
    if (!frames_.empty()) {
      refuse("fortios-cut", line_, "the table " + frames_.back().table + " does not end");
    }
  }

 private:
  struct Frame {
    std::string table;
    std::string entry;
    bool within = false;  // between edit and next
  };

  void command(const std::vector<std::string>& words) {
    const std::string& verb = words[0];
    if (verb == "config") {
      open(words);
    } else if (verb == "end") {
      if (frames_.empty()) {
        refuse("fortios-syntax", line_, "`end` stands outside of a table");
      }
      frames_.pop_back();
    } else if (verb == "edit" && !frames_.empty() && words.size() > 1) {
      frames_.back().entry = words[1];
      frames_.back().within = true;
      tell({}, {});
    } else if (verb == "next" && !frames_.empty() && frames_.back().within) {
      frames_.back().within = false;
      frames_.back().entry.clear();
    } else if ((verb == "set" || verb == "append") && !frames_.empty() && words.size() > 1) {
      tell(words[1], std::span(words).subspan(2));
    } else if (verb != "unset" || frames_.empty()) {
      refuse("fortios-syntax", line_, "`" + verb.substr(0, 40) + "` cannot be followed here");
    }
  }

  void open(const std::vector<std::string>& words) {
    if (frames_.size() >= kDeepest || words.size() < 2) {
      refuse("fortios-syntax", line_, "tables are nested too deep, or one has no name");
    }
    std::string name = words[1];
    for (std::size_t i = 2; i < words.size(); ++i) {
      name += " " + words[i];
    }
    frames_.push_back({std::move(name), {}, false});
  }

  void tell(std::string_view key, std::span<const std::string> values) {
    std::string_view vdom;
    std::string table;
    for (const Frame& frame : frames_) {
      if (table.empty() && frame.table == "vdom") {
        vdom = frame.entry;
      } else if (!(table.empty() && frame.table == "global")) {
        table += (table.empty() ? "" : "/") + frame.table;
      }
    }
    if (!table.empty()) {
      sink_({vdom, table, frames_.back().entry, key, values, line_});
    }
  }

  const FortiosSink& sink_;
  std::vector<Frame> frames_;
  std::uint32_t line_ = 1;
};

}  // namespace

void fortios_settings(std::string_view text, const FortiosSink& sink) {
  Walker(sink).read(text);
}

bool is_fortios(std::string_view text) {
  if (text.starts_with("#config-version=")) {
    return true;
  }
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!text.starts_with('#')) {
      break;
    }
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
  if (!text.starts_with("config ")) {
    return false;
  }
  const std::string_view rest = text.substr(7, 64);
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t\r\n"));
  return std::ranges::find(kTables, word) != kTables.end();
}

}  // namespace pinhole::firewall
