// SPDX-License-Identifier: Apache-2.0
#include "snapshot/app_config.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "registry/text.hpp"
#include "snapshot/text.hpp"

namespace pinhole::snapshot {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kDeepest = 64;

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

/// `amp`, `#58`, `#x3a`: what stands between `&` and `;`. XML 1.0, 4.1 and 4.6.
std::optional<std::string> referred(std::string_view name) {
  constexpr auto kEntities = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}});
  for (const auto& [entity, character] : kEntities) {
    if (name == entity) {
      return std::string(character);
    }
  }
  if (!name.starts_with('#') || name.size() > 9) {
    return std::nullopt;
  }
  name.remove_prefix(1);
  const bool hexadecimal = name.starts_with('x');
  name.remove_prefix(hexadecimal ? 1 : 0);
  std::uint32_t point = 0;
  for (const char c : name) {
    const std::uint32_t digit = c >= '0' && c <= '9'   ? static_cast<std::uint32_t>(c - '0')
                                : c >= 'a' && c <= 'f' ? static_cast<std::uint32_t>(c - 'a' + 10)
                                : c >= 'A' && c <= 'F' ? static_cast<std::uint32_t>(c - 'A' + 10)
                                                       : 16U;
    if (digit >= (hexadecimal ? 16U : 10U)) {
      return std::nullopt;
    }
    point = point * (hexadecimal ? 16U : 10U) + digit;
  }
  const bool is_character = point == '\t' || point == '\n' || point == '\r' ||
                            (point >= 0x20 && point < 0xd800) ||
                            (point >= 0xe000 && point < 0x110000);
  if (!is_character) {
    return std::nullopt;
  }
  std::string character;
  registry::append_utf8(character, point);
  return character;
}

struct Attribute {
  std::string_view name;
  std::string value;
};

class Reader {
 public:
  Reader(std::string_view text, std::string_view name) : text_(text), mistakes_(name) {}

  Checked<std::vector<AppSetting>> read() {
    while (!failed_ && at_ < text_.size()) {
      if (text_[at_] == '<') {
        read_markup();
      } else {
        read_characters();
      }
    }
    if (!failed_ && !open_.empty()) {
      fail(fmt::format("<{}> is never closed", open_.back()));
    }
    if (!failed_ && !rooted_) {
      fail("no element at all");
    }
    if (!mistakes_.empty()) {
      return tl::unexpected(mistakes_.take());
    }
    return in_order();
  }

 private:
  using Placed = std::pair<std::size_t, AppSetting>;  // and where in the text it starts

  std::vector<AppSetting> in_order() {
    std::vector<Placed> places;
    places.reserve(settings_.size());
    for (auto& [key, place] : settings_) {
      places.push_back(std::move(place));
    }
    std::ranges::sort(places, {}, &Placed::first);
    std::vector<AppSetting> settings;
    settings.reserve(places.size());
    for (Placed& place : places) {
      settings.push_back(std::move(place.second));
    }
    return settings;
  }

  void fail(std::string message) {
    mistakes_.add("config-xml", line_at(std::min(at_, text_.size())), std::move(message),
                  "mend the file: its program would not start with it either");
    failed_ = true;
  }

  // Offsets are asked for in ascending order, but for a few steps back within one tag.
  std::uint32_t line_at(std::size_t offset) {
    if (offset < counted_) {
      return line_;
    }
    line_ += static_cast<std::uint32_t>(
        std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                   text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
    counted_ = offset;
    return line_;
  }

  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  void skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }

  void skip_past(std::string_view opening, std::string_view closing, std::string_view what) {
    const std::size_t end = text_.find(closing, at_ + opening.size());
    if (end == std::string_view::npos) {
      fail(fmt::format("{} that never ends", what));
      return;
    }
    at_ = end + closing.size();
  }

  void read_markup() {
    if (rest().starts_with("<!--")) {
      skip_past("<!--", "-->", "a comment");
    } else if (rest().starts_with("<?")) {
      skip_past("<?", "?>", "a processing instruction");
    } else if (rest().starts_with("<![CDATA[")) {
      skip_past("<![CDATA[", "]]>", "a CDATA section");
    } else if (rest().starts_with("<!")) {
      fail("a document type, which a .config file does not have");
    } else if (rest().starts_with("</")) {
      read_end();
    } else {
      read_start();
    }
  }

  void read_characters() {
    const std::size_t end = std::min(text_.find('<', at_), text_.size());
    const std::string_view characters = text_.substr(at_, end - at_);
    if (open_.empty() && !trimmed(characters).empty()) {
      fail("text outside of any element");
    } else if (plain(characters)) {
      at_ = end;
    }
  }

  /// With its references replaced; none, and a mistake, where one is unknown.
  std::optional<std::string> plain(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      const std::size_t ampersand = std::min(text.find('&'), text.size());
      out += text.substr(0, ampersand);
      text.remove_prefix(ampersand);
      if (text.empty()) {
        break;
      }
      const std::size_t end = text.substr(0, 12).find(';');
      const auto character =
          end == std::string_view::npos ? std::nullopt : referred(text.substr(1, end - 1));
      if (!character) {
        fail(fmt::format("{} is no reference that is known here; a bare & is written &amp;",
                         excerpt(text.substr(0, 12))));
        return std::nullopt;
      }
      out += *character;
      text.remove_prefix(end + 1);
    }
    return out;
  }

  std::string_view read_name() {
    std::size_t end = at_;
    while (end < text_.size() && is_name(text_[end])) {
      ++end;
    }
    const std::string_view name = text_.substr(at_, end - at_);
    at_ = end;
    return name;
  }

  void read_end() {
    at_ += 2;
    const std::string_view name = read_name();
    skip_space();
    if (!rest().starts_with('>')) {
      fail(fmt::format("</{} without its >", name));
    } else if (open_.empty() || open_.back() != name) {
      fail(open_.empty() ? fmt::format("</{}> closes nothing", name)
                         : fmt::format("</{}> where </{}> was expected", name, open_.back()));
    } else {
      ++at_;
      open_.pop_back();
    }
  }

  void read_start() {
    const std::size_t start = at_;
    const std::uint32_t line = line_at(start);
    ++at_;
    const std::string_view name = read_name();
    if (name.empty()) {
      return fail("< without the name of an element; a bare < is written &lt;");
    }
    if (open_.empty() && rooted_) {
      return fail(fmt::format("<{}> after the end of the document's element", name));
    }
    std::vector<Attribute> attributes;
    while (!failed_ && !rest().starts_with('>') && !rest().starts_with("/>")) {
      read_attribute(name, attributes);
    }
    if (failed_) {
      return;
    }
    rooted_ = true;
    if (!open_.empty() && open_.back() == "appSettings") {
      change(name, attributes, {start, {{}, {}, line}});
    }
    if (rest().starts_with("/>")) {
      at_ += 2;
      return;
    }
    ++at_;
    if (open_.size() == kDeepest) {
      return fail(fmt::format("elements nested deeper than {}", kDeepest));
    }
    open_.push_back(name);
  }

  /// One attribute, or just the space before the tag's end.
  void read_attribute(std::string_view element, std::vector<Attribute>& attributes) {
    const std::size_t before = at_;
    skip_space();
    if (at_ >= text_.size()) {
      return fail(fmt::format("<{} without its >", element));
    }
    if (rest().starts_with('>') || rest().starts_with("/>")) {
      return;
    }
    const std::string_view name = before == at_ ? std::string_view() : read_name();
    if (name.empty()) {
      return fail(
          fmt::format("{} in <{}> is no attribute", excerpt(rest().substr(0, 12)), element));
    }
    constexpr std::size_t kMostAttributes = 64;
    if (attributes.size() == kMostAttributes ||
        std::ranges::find(attributes, name, &Attribute::name) != attributes.end()) {
      return fail(fmt::format("<{}> has the attribute {} twice, or too many", element, name));
    }
    skip_space();
    const bool equals = rest().starts_with('=');
    at_ += equals ? 1U : 0U;
    skip_space();
    if (!equals || (!rest().starts_with('"') && !rest().starts_with('\''))) {
      return fail(
          fmt::format("the attribute {} of <{}> has no value in quotation marks", name, element));
    }
    const std::size_t close = text_.find(text_[at_], at_ + 1);
    const std::string_view value = text_.substr(at_ + 1, close - at_ - 1);
    if (close == std::string_view::npos || value.find('<') != std::string_view::npos) {
      return fail(fmt::format("the value of {} in <{}> never ends", name, element));
    }
    if (auto text = plain(value)) {
      attributes.push_back({name, std::move(*text)});
      at_ = close + 1;
    }
  }

  void change(std::string_view element, std::vector<Attribute>& attributes, Placed place) {
    const auto find = [&](std::string_view name) {
      const auto at = std::ranges::find(attributes, name, &Attribute::name);
      return at == attributes.end() ? nullptr : &at->value;
    };
    if (element == "clear") {
      settings_.clear();
      return;
    }
    if (element != "add" && element != "remove") {
      return;
    }
    std::string* key = find("key");
    std::string* value = find("value");
    if (key == nullptr || (element == "add" && value == nullptr)) {
      mistakes_.add("config-add", place.second.line,
                    fmt::format("<{}> without {}", element, key == nullptr ? "key" : "value"),
                    R"(write <add key="..." value="..." />)");
      return;
    }
    const std::string folded = lower_case(*key);
    if (element == "remove") {
      settings_.erase(folded);
      return;
    }
    place.second.key = std::move(*key);
    place.second.value = std::move(*value);
    settings_.insert_or_assign(folded, std::move(place));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;
  std::uint32_t line_ = 1;
  std::vector<std::string_view> open_;
  bool rooted_ = false;
  bool failed_ = false;
  std::map<std::string, Placed> settings_;  // by key in lower case
  Mistakes mistakes_;
};

}  // namespace

Checked<std::vector<AppSetting>> read_app_config(std::string_view text, std::string_view name) {
  const auto utf8 = utf8_text(text, name, kMaxConfig);
  if (!utf8) {
    return tl::unexpected(utf8.error());
  }
  return Reader(*utf8, name).read();
}

std::optional<std::string> find_app_setting(std::string_view xml, std::string_view key) {
  const auto settings = read_app_config(xml, {});
  if (!settings) {
    return std::nullopt;
  }
  const std::string wanted = lower_case(key);
  const auto at = std::ranges::find_if(
      *settings, [&](const AppSetting& setting) { return lower_case(setting.key) == wanted; });
  return at == settings->end() ? std::nullopt : std::optional(at->value);
}

}  // namespace pinhole::snapshot
