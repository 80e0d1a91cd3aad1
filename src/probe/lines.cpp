// SPDX-License-Identifier: Apache-2.0
#include "probe/lines.hpp"

#include <algorithm>

#include "base/address.hpp"

namespace pinhole::probe {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::optional<std::string> Lines::next() {
  const std::size_t end = held_.find('\n');
  if (end == std::string::npos && held_.size() <= kMostLine) {
    return std::nullopt;
  }
  const std::size_t size = std::min(end, kMostLine);
  std::string line = held_.substr(0, size);
  held_.erase(0, size == end ? size + 1 : size);
  if (line.ends_with('\r')) {
    line.pop_back();
  }
  return line;
}

Step LineTalk::on_bytes(ByteView in) {
  lines_.feed(in);
  Step all;
  while (const auto line = lines_.next()) {
    Step step = on_line(*line);
    all.send.insert(all.send.end(), step.send.begin(), step.send.end());
    all.then = step.then;
    if (all.then != Step::Then::wait) {
      break;
    }
  }
  return all;
}

std::optional<int> reply_code(std::string_view line) {
  if (line.size() < 3 || (line.size() > 3 && line[3] != ' ' && line[3] != '-')) {
    return std::nullopt;
  }
  const auto code = parse_decimal(line.substr(0, 3), 100, 999);
  return code ? std::optional(static_cast<int>(*code)) : std::nullopt;
}

bool has_more(std::string_view line) {
  return line.size() > 3 && line[3] == '-';
}

std::string_view reply_text(std::string_view line) {
  return trimmed(line.substr(std::min<std::size_t>(4, line.size())));
}

bool same_word(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, lower, lower);
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && same_word(text.substr(0, word.size()), word);
}

bool contains_word(std::string_view text, std::string_view word) {
  return word.empty() || !std::ranges::search(text, word, {}, lower, lower).empty();
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
      break;
    }
    text.remove_prefix(begin);
    const std::size_t size = std::min(text.find_first_of(" \t"), text.size());
    words.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return words;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    text += text.empty() ? std::string_view() : between;
    text += part;
  }
  return text;
}

}  // namespace pinhole::probe
