// SPDX-License-Identifier: Apache-2.0
#include "firewall/cisco_config.hpp"

#include <algorithm>
#include <array>

#include "firewall/reading.hpp"

namespace pinhole::firewall::cisco {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

/// Takes one line from the front.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// Statements that mean nothing without the block around them.
bool belongs_in_block(std::string_view text) {
  static constexpr std::array kWords = {"network-object", "port-object",     "service-object",
                                        "group-object",   "protocol-object", "icmp-object",
                                        "nameif",         "security-level",  "permit",
                                        "deny",           "zone-member",     "remark"};
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  return std::ranges::find(kWords, word) != kWords.end();
}

/// IOS ends a banner with the character that began it, shown as `^C`.
bool opens_banner(std::string_view text) {
  if (!starts_with_words(text, "banner")) {
    return false;
  }
  const std::size_t first = text.find("^C");
  return first != std::string_view::npos && text.find("^C", first + 2) == std::string_view::npos;
}

/// A statement that ends blocks and begins none.
bool is_end(std::string_view text) {
  return text == "end" || text == "exit" || text == "exit-address-family";
}

template <std::size_t N>
bool any_line(std::string_view text, const std::array<std::string_view, N>& begins) {
  while (!text.empty()) {
    const std::string_view line = trimmed(take_line(text));
    if (std::ranges::any_of(
            begins, [&](std::string_view begin) { return starts_with_words(line, begin); })) {
      return true;
    }
  }
  return false;
}

}  // namespace

Words::Words(std::string_view text) {
  for (;;) {
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
      return;
    }
    text.remove_prefix(first);
    const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
    words_.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

bool Words::take(std::string_view word) {
  if (peek() != word) {
    return false;
  }
  ++at_;
  return true;
}

std::string Words::rest() const {
  std::string text;
  for (std::size_t i = at_; i < words_.size(); ++i) {
    text += (text.empty() ? "" : " ") + std::string(words_[i]);
  }
  return text;
}

bool starts_with_words(std::string_view text, std::string_view words) {
  return text.starts_with(words) &&
         (text.size() == words.size() || kBlanks.find(text[words.size()]) != kBlanks.npos);
}

std::vector<ConfigBlock> config_blocks(std::string_view text) {
  std::vector<ConfigBlock> blocks;
  std::uint32_t number = 0;
  bool open = false;
  std::uint32_t banner = 0;
  while (!text.empty()) {
    const std::string_view whole = take_line(text);
    ++number;
    const std::string_view line = trimmed(whole);
    if (banner != 0) {
      banner = line.find("^C") == std::string_view::npos ? banner : 0;
    } else if (line.empty() || line[0] == '!' || line[0] == ':') {
      continue;
    } else if (is_end(line)) {
      open = false;
    } else if (open && kBlanks.find(whole[0]) != kBlanks.npos) {
      blocks.back().lines.push_back({number, line});
    } else if (opens_banner(line)) {
      banner = number;
    } else if (belongs_in_block(line)) {
      throw Stop{"cisco-block", number, "the line stands outside of the block that it belongs to",
                 "give what `show running-config` prints, with its indentation"};
    } else {
      blocks.push_back({{number, line}, {}});
      open = true;
    }
  }
  if (banner != 0) {
    throw Stop{"cisco-cut", banner, "the banner does not end", "give the whole text"};
  }
  return blocks;
}

bool is_asa(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kBegins = {
      "ASA Version",    "nameif",
      "access-group",   "object-group network PINHOLE",
      "object network", "same-security-traffic"};
  std::string_view left = text;
  while (!left.empty()) {
    const std::string_view line = take_line(left);
    if (starts_with_words(line, "access-list")) {
      Words words(line);
      words.next();
      words.next();
      const std::string_view kind = words.peek();
      if (kind == "extended" || kind == "webtype" || kind == "ethertype") {
        return true;
      }
    }
  }
  return any_line(text, kBegins);
}

bool is_ios(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kBegins = {
      "ip access-list extended", "ip access-list standard", "ipv6 access-list",
      "ip access-group",         "ipv6 traffic-filter",     "zone-pair security",
      "ip nat inside",           "ip inspect name",         "zone security"};
  std::string_view left = text;
  while (!left.empty()) {
    const std::string_view line = take_line(left);
    if (starts_with_words(line, "access-list")) {
      Words words(line);
      words.next();
      const std::string_view number = words.next();
      const std::string_view verdict = words.peek();
      const bool numbered = !number.empty() && std::ranges::all_of(number, [](char c) {
        return c >= '0' && c <= '9';
      });
      if (numbered && (verdict == "permit" || verdict == "deny")) {
        return true;
      }
    }
  }
  return any_line(text, kBegins);
}

}  // namespace pinhole::firewall::cisco
