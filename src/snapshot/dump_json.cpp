// SPDX-License-Identifier: Apache-2.0
#include "snapshot/dump_json.hpp"

#include <array>
#include <iterator>
#include <ostream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/address.hpp"
#include "snapshot/text.hpp"

namespace pinhole::snapshot {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 32;
constexpr std::string_view kSchema = "pinhole.dump/1";

/// The text as the parser takes it in, which tells nobody on which line it is.
class CountingIterator {
 public:
  // The names are the standard library's. NOLINTBEGIN(readability-identifier-naming)
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  // NOLINTEND(readability-identifier-naming)

  CountingIterator(std::string_view::iterator at, std::uint32_t& line) : at_(at), line_(&line) {}

  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *line_ += *at_ == '\n' ? 1U : 0U;
    ++at_;
    return *this;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  std::string_view::iterator at_;
  std::uint32_t* line_;
};

enum class Level : std::uint8_t { document, targets, target, entries, entry, interface, other };

std::optional<InterfaceVersion> parse_version(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) {
    return std::nullopt;
  }
  const auto major = parse_decimal(text.substr(0, dot), 0, 65535);
  const auto minor = parse_decimal(text.substr(dot + 1), 0, 65535);
  if (!major || !minor) {
    return std::nullopt;
  }
  return InterfaceVersion{static_cast<std::uint16_t>(*major), static_cast<std::uint16_t>(*minor)};
}

/// The members of the object that is being read, as long as it is.
struct Members {
  std::optional<std::string> schema;
  bool targets = false;
  std::optional<std::string> target;
  std::optional<std::string> state;
  std::optional<std::string> error;
  bool entries = false;
  std::optional<std::string> uuid;
  std::optional<std::string> version;
  std::optional<std::string> object;
  std::optional<std::string> annotation;
  std::optional<std::string> protocol_sequence;
  std::optional<std::string> address;
  std::optional<std::string> endpoint;
  std::optional<std::string> binding;
  std::optional<bool> ping;
};

struct Member {
  Level level;
  std::string_view key;
  std::optional<std::string> Members::* value;
};

constexpr auto kTexts = std::to_array<Member>({
    {Level::document, "schema", &Members::schema},
    {Level::target, "target", &Members::target},
    {Level::target, "state", &Members::state},
    {Level::target, "error", &Members::error},
    {Level::interface, "uuid", &Members::uuid},
    {Level::interface, "version", &Members::version},
    {Level::entry, "object", &Members::object},
    {Level::entry, "annotation", &Members::annotation},
    {Level::entry, "protocol_sequence", &Members::protocol_sequence},
    {Level::entry, "address", &Members::address},
    {Level::entry, "endpoint", &Members::endpoint},
    {Level::entry, "binding", &Members::binding},
});

/// The events of the parser; false ends it. Its names are the parser's.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name), mistakes_(name) {}

  Checked<std::vector<DumpedTarget>> read(std::string_view text) {
    const bool whole = json::sax_parse(CountingIterator(text.begin(), line_),
                                       CountingIterator(text.end(), line_), this);
    if (whole && members_.schema != kSchema) {
      mistakes_.add("dump-schema", 1, fmt::format("no document of the schema {}", kSchema),
                    "give the output of pinhole dump --format json");
    } else if (whole && !members_.targets) {
      field(1, "the document has no list \"targets\"");
    }
    Diagnostics all = mistakes_.take();
    if (syntax_) {
      all.push_back(std::move(*syntax_));
    }
    if (!all.empty()) {
      return tl::unexpected(std::move(all));
    }
    return std::move(targets_);
  }

  bool null() { return stray(); }
  bool number_integer(json::number_integer_t /*value*/) { return stray(); }
  bool number_unsigned(json::number_unsigned_t /*value*/) { return stray(); }
  bool number_float(json::number_float_t /*value*/, const std::string& /*text*/) { return stray(); }
  bool binary(json::binary_t& /*value*/) { return stray(); }

  bool boolean(bool value) {
    if (level() == Level::entry && key_ == "ping") {
      members_.ping = value;
    }
    return stray();
  }

  bool string(std::string& value) {
    for (const Member& member : kTexts) {
      if (member.level == level() && member.key == key_) {
        members_.*member.value = std::move(value);
        return true;
      }
    }
    return stray();
  }

  bool key(std::string& key) {
    key_ = std::move(key);
    return true;
  }

  bool start_object(std::size_t /*size*/) {
    const Level outer = level();
    if (levels_.empty()) {
      return enter(Level::document);
    }
    if (outer == Level::targets) {
      targets_.push_back({});
      targets_.back().line = line_;
      members_.target = members_.state = members_.error = std::nullopt;
      members_.entries = false;
      return enter(Level::target);
    }
    if (outer == Level::entries) {
      targets_.back().entries.push_back({});
      targets_.back().entries.back().line = line_;
      members_.uuid = members_.version = members_.object = members_.annotation =
          members_.protocol_sequence = members_.address = members_.endpoint = members_.binding =
              std::nullopt;
      members_.ping.reset();
      return enter(Level::entry);
    }
    return enter(outer == Level::entry && key_ == "interface" ? Level::interface : Level::other);
  }

  bool start_array(std::size_t /*size*/) {
    if (level() == Level::document && key_ == "targets") {
      members_.targets = true;
      return enter(Level::targets);
    }
    if (level() == Level::target && key_ == "entries") {
      members_.entries = true;
      return enter(Level::entries);
    }
    return stray() && enter(Level::other);
  }

  bool end_object() {
    const Level ended = level();
    levels_.pop_back();
    if (ended == Level::entry) {
      end_entry(targets_.back().entries.back());
    } else if (ended == Level::target) {
      end_target(targets_.back());
    }
    return true;
  }

  bool end_array() {
    levels_.pop_back();
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) {
    return broken(position == 0 ? 0 : position - 1, "no JSON from here on");
  }

 private:
  [[nodiscard]] Level level() const { return levels_.empty() ? Level::other : levels_.back(); }

  /// What stands in a list where only objects do.
  bool stray() {
    if (level() == Level::targets || level() == Level::entries) {
      field(line_, "a list whose elements are not all objects");
    }
    return true;
  }

  bool enter(Level level) {
    if (levels_.size() == kDeepest) {
      return broken(std::nullopt, fmt::format("nested deeper than {}", kDeepest));
    }
    levels_.push_back(level);
    key_.clear();
    return true;
  }

  bool broken(std::optional<std::uint64_t> offset, std::string message) {
    syntax_ = Diagnostic{.id = "dump-json",
                         .place = {std::string(name_), line_, 0, offset},
                         .message = std::move(message),
                         .remedy = "give the whole output of pinhole dump --format json"};
    return false;
  }

  void field(std::uint32_t line, std::string message) {
    mistakes_.add("dump-field", line, std::move(message),
                  "give the output of pinhole dump --format json, unchanged");
  }

  // What is wrong is not kept: it may be shorter than what it would take in memory.
  void wrong_entry(std::string message) {
    auto& entries = targets_.back().entries;
    field(entries.back().line, std::move(message));
    entries.pop_back();
  }

  void wrong_target(std::string message) {
    field(targets_.back().line, std::move(message));
    targets_.pop_back();
  }

  void end_target(DumpedTarget& target) {
    if (!members_.target || !members_.state || !members_.entries) {
      return wrong_target("a target without one of target, state and entries");
    }
    if ((members_.state == "error") != members_.error.has_value()) {
      return wrong_target("a target whose state and error do not fit together");
    }
    target.target = std::move(*members_.target);
    target.error = std::move(members_.error);
  }

  void end_entry(DumpedEntry& entry) {
    const auto uuid = parse_uuid(members_.uuid.value_or(""));
    if (!uuid) {
      return wrong_entry("an entry whose interface has no UUID");
    }
    entry.interface = *uuid;
    if (members_.version) {
      entry.version = parse_version(*members_.version);
      if (!entry.version) {
        return wrong_entry(fmt::format("{} is no version", excerpt(*members_.version)));
      }
    }
    if (members_.object) {
      const auto object = parse_uuid(*members_.object);
      if (!object) {
        return wrong_entry(fmt::format("{} is no object UUID", excerpt(*members_.object)));
      }
      entry.object = *object;
    }
    for (const auto& [text, place, what] :
         {std::tuple{&members_.annotation, &entry.annotation, "annotation"},
          std::tuple{&members_.protocol_sequence, &entry.protocol_sequence, "protocol_sequence"},
          std::tuple{&members_.address, &entry.address, "address"},
          std::tuple{&members_.endpoint, &entry.endpoint, "endpoint"},
          std::tuple{&members_.binding, &entry.binding, "binding"}}) {
      if (!*text) {
        return wrong_entry(fmt::format("an entry without the text \"{}\"", what));
      }
      *place = std::move(**text);
    }
    entry.alive = members_.ping;
  }

  std::string_view name_;
  std::uint32_t line_ = 1;
  std::vector<Level> levels_;
  std::string key_;
  Members members_;
  std::vector<DumpedTarget> targets_;
  std::optional<Diagnostic> syntax_;
  Mistakes mistakes_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const DumpedEntry& entry) {
  out << entry.line << ": " << entry.interface;
  if (entry.version) {
    out << ' ' << entry.version->major << '.' << entry.version->minor;
  }
  return out << ' ' << entry.binding << ' ' << entry.annotation;
}

Checked<std::vector<DumpedTarget>> read_dump_json(std::string_view text, std::string_view name) {
  const auto utf8 = utf8_text(text, name);
  if (!utf8) {
    return tl::unexpected(utf8.error());
  }
  return Reader(name).read(*utf8);
}

}  // namespace pinhole::snapshot
