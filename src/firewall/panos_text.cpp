// SPDX-License-Identifier: Apache-2.0
#include "firewall/panos_text.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <pugixml.hpp>

#include "firewall/reading.hpp"

namespace pinhole::firewall {
namespace {

constexpr std::size_t kDeepest = 100;
constexpr std::size_t kLargestXml = std::size_t{512} << 20U;

constexpr std::array kTop = {"deviceconfig",
                             "rulebase",
                             "pre-rulebase",
                             "post-rulebase",
                             "shared",
                             "vsys",
                             "network",
                             "zone",
                             "address",
                             "address-group",
                             "service",
                             "service-group",
                             "mgt-config",
                             "tag",
                             "import",
                             "profiles",
                             "profile-group",
                             "region",
                             "external-list",
                             "schedule",
                             "display-name",
                             "devices",
                             "application-group",
                             "log-settings",
                             "setting",
                             "device-group",
                             "template"};

[[noreturn]] void refuse(std::string id, std::uint32_t line, std::string message) {
  throw Stop{std::move(id), line, std::move(message),
             "give the whole text of `show` in configuration mode with `set cli "
             "config-output-format set`, or the exported XML"};
}

[[noreturn]] void refuse_panorama(std::uint32_t line) {
  throw Stop{"panos-panorama", line, "this is the configuration of a Panorama",
             "give the one of the firewall with what was pushed to it"};
}

/// Tells which virtual system the words are of.
class Scopes {
 public:
  explicit Scopes(const PanosSink& sink) : sink_(sink) {}

  void take(std::span<const std::string> words, std::uint32_t line) const {
    std::string scope;
    if (words.size() > 2 && words[0] == "devices") {
      words = words.subspan(2);
    }
    if (words.empty()) {
      return;
    }
    if (words[0] == "device-group" || words[0] == "template" || words[0] == "panorama") {
      refuse_panorama(line);
    }
    if (words[0] == "shared") {
      scope = "shared";
      words = words.subspan(1);
    } else if (words[0] == "vsys" && words.size() > 1) {
      scope = words[1];
      words = words.subspan(2);
    }
    if (!words.empty()) {
      sink_(scope, words, line);
    }
  }

 private:
  const PanosSink& sink_;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::vector<std::string> words_of(std::string_view line, std::uint32_t number) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    if (is_blank(line[at])) {
      ++at;
    } else if (line[at] == '"' || line[at] == '\'') {
      const char quote = line[at++];
      std::string word;
      for (; at < line.size() && line[at] != quote; ++at) {
        at += line[at] == '\\' && at + 1 < line.size() ? 1 : 0;
        word += line[at];
      }
      if (at++ >= line.size()) {
        refuse("panos-cut", number, "a quoted text does not end");
      }
      words.push_back(std::move(word));
    } else {
      const std::size_t begin = at;
      while (at < line.size() && !is_blank(line[at])) {
        ++at;
      }
      words.emplace_back(line.substr(begin, at - begin));
    }
  }
  return words;
}

void read_commands(std::string_view text, const PanosSink& sink) {
  const Scopes scopes(sink);
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string> words = words_of(text.substr(0, end), number);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty() || words[0].starts_with('#')) {
      continue;
    }
    if (words[0] != "set") {
      refuse("panos-command", number, "`" + words[0].substr(0, 40) + "` cannot be followed");
    }
    const auto opened = std::ranges::count(words, "[");
    if (opened != std::ranges::count(words, "]") || opened > 100) {
      refuse("panos-cut", number, "a list does not end");
    }
    scopes.take(std::span(words).subspan(1), number);
  }
}

class Xml {
 public:
  Xml(std::string_view text, const PanosSink& sink) : scopes_(sink) {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
      lines_.push_back(at);
    }
  }

  void read(const pugi::xml_node& node) {
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() == pugi::node_element) {
        element(child);
      }
    }
  }

  [[nodiscard]] std::uint32_t line_at(std::ptrdiff_t offset) const {
    const auto place = std::ranges::lower_bound(lines_, static_cast<std::size_t>(offset));
    return static_cast<std::uint32_t>(place - lines_.begin()) + 1;
  }

 private:
  void element(const pugi::xml_node& node) {
    if (words_.size() > kDeepest) {
      refuse("panos-syntax", line_at(node.offset_debug()), "elements are nested too deep");
    }
    const std::string_view name = node.name();
    const bool wrapper =
        words_.empty() && (name == "config" || name == "response" || name == "result");
    const std::size_t before = words_.size();
    if (name == "entry") {
      words_.emplace_back(node.attribute("name").value());
    } else if (name != "member" && !wrapper) {
      words_.emplace_back(name);
    }
    const auto inner = node.children();
    const bool has_elements = std::ranges::any_of(
        inner.begin(), inner.end(),
        [](const pugi::xml_node& child) { return child.type() == pugi::node_element; });
    if (has_elements) {
      read(node);
    } else if (!wrapper) {
      const std::string_view value = node.text().get();
      if (!value.empty()) {
        words_.emplace_back(value);
      }
      scopes_.take(words_, line_at(node.offset_debug()));
    }
    words_.resize(before);
  }

  Scopes scopes_;
  std::vector<std::size_t> lines_;  // where each ends
  std::vector<std::string> words_;
};

void read_xml(std::string_view text, const PanosSink& sink) {
  if (text.size() > kLargestXml) {
    refuse("panos-size", 1, "the text is larger than 512 MiB");
  }
  pugi::xml_document document;
  Xml xml(text, sink);
  const auto result = document.load_buffer(text.data(), text.size(), pugi::parse_default);
  if (!result) {
    refuse("panos-xml", xml.line_at(result.offset),
           std::string("the XML cannot be followed: ") + result.description());
  }
  xml.read(document);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

}  // namespace

void panos_statements(std::string_view text, const PanosSink& sink) {
  if (trimmed(text).starts_with('<')) {
    read_xml(text, sink);
  } else {
    read_commands(text, sink);
  }
}

bool is_panos(std::string_view text) {
  text = trimmed(text);
  while (text.starts_with('#')) {
    text = trimmed(text.substr(std::min(text.find('\n'), text.size())));
  }
  if (text.starts_with('<')) {
    const std::string_view head = text.substr(0, 1024);
    return head.find("<config") != std::string_view::npos ||
           head.find("<response status=") != std::string_view::npos;
  }
  if (!text.starts_with("set ")) {
    return false;
  }
  const std::string_view rest = trimmed(text.substr(4));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t\r\n"));
  return std::ranges::find(kTop, word) != kTop.end();
}

}  // namespace pinhole::firewall
