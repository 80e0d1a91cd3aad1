// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "registry/reg_decode.hpp"
#include "registry/reg_text.hpp"
#include "registry/text.hpp"

namespace pinhole::registry {
namespace {

constexpr std::size_t kMaxErrors = 20;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::uint32_t parse_hex(std::string_view digits) {
  std::uint32_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

// Reads line by line; after an error it goes on with the next line, to report them all.
class Reader {
 public:
  Reader(std::string text, std::string_view name) : text_(std::move(text)), name_(name) {}

  Checked<std::vector<Edit>> read() {
    read_header();
    while (headed_ && at_ < text_.size() && errors_.size() < kMaxErrors) {
      read_line();
      next_line();
    }
    if (!errors_.empty()) {
      return tl::unexpected(std::move(errors_));
    }
    return std::move(edits_);
  }

 private:
  [[nodiscard]] bool at_end_of_line() const {
    return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
  }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] std::string_view rest() const { return std::string_view(text_).substr(at_); }
  [[nodiscard]] std::string_view rest_of_line() const {
    const std::string_view left = rest();
    return left.substr(0, left.find_first_of("\r\n"));
  }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') {
      ++at_;
    }
  }

  // Goes to the start of the line after the one that the cursor is in.
  void next_line() {
    while (!at_end_of_line()) {
      ++at_;
    }
    if (peek() == '\r') {
      ++at_;
      if (peek() == '\n') {
        ++at_;
      }
    } else if (at_ < text_.size()) {
      ++at_;
    }
    ++line_;
    line_start_ = at_;
  }

  [[nodiscard]] Place place(std::size_t at) const {
    std::uint32_t column = 1;
    for (std::size_t i = line_start_; i < at; ++i) {
      if ((static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80) {
        ++column;
      }
    }
    return {std::string(name_), line_, column, {}};
  }

  bool fail(Place where, std::string id, std::string message, std::string remedy = {}) {
    errors_.push_back({std::move(id), Severity::error, std::move(where), std::move(message),
                       std::move(remedy), Exit::usage});
    return false;
  }

  bool fail_here(std::string id, std::string message, std::string remedy = {}) {
    return fail(place(at_), std::move(id), std::move(message), std::move(remedy));
  }

  void read_header() {
    std::string_view header = rest_of_line();
    header = header.substr(0, header.find_last_not_of(" \t") + 1);
    regedit4_ = header == kRegedit4Header;
    headed_ = regedit4_ || header == kVersion5Header;
    if (!headed_) {
      fail_here(
          "reg-header", "not a .reg file",
          fmt::format("its first line must be `{}` or `{}`", kVersion5Header, kRegedit4Header));
      return;
    }
    next_line();
  }

  void read_line() {
    skip_blanks();
    if (at_end_of_line() || peek() == ';') {
      return;
    }
    if (const std::size_t nul = rest_of_line().find('\0'); nul != std::string_view::npos) {
      fail(place(at_ + nul), "reg-nul", "a NUL character");
      return;
    }
    if (peek() == '[') {
      key_known_ = read_key();
    } else if (peek() == '"' || peek() == '@') {
      read_value();
    } else {
      fail_here("reg-syntax", "neither a [key], a \"name\"=value, a comment nor an empty line");
    }
  }

  bool read_key() {
    const std::size_t start = at_;
    const std::string_view line = rest_of_line();
    const std::size_t end = closing_bracket(line);
    if (end == std::string_view::npos) {
      return fail_here("reg-bracket", "a key without its closing bracket");
    }
    std::string_view inner = line.substr(1, end - 1);
    const bool removal = inner.starts_with('-');
    inner.remove_prefix(removal ? 1 : 0);
    const auto path = parse_path(inner);
    if (!path) {
      at_ = start + 1;
      return fail_here("reg-key", fmt::format("`{}` is not a registry key", inner),
                       "keys start with HKEY_LOCAL_MACHINE or another root and have no empty part");
    }
    if (removal && path->parts.size() == 1) {
      return fail_here("reg-root", "a root key cannot be deleted");
    }
    at_ = start + end + 1;
    path_ = *path;
    deleted_ = removal;
    edits_.push_back(
        {removal ? Edit::Kind::delete_key : Edit::Kind::make_key, path_, {}, {}, line_});
    return true;
  }

  // The last bracket of the line, or the last one before a comment: names may hold brackets.
  static std::size_t closing_bracket(std::string_view line) {
    std::size_t from = std::string_view::npos;
    while (true) {
      const std::size_t end = line.rfind(']', from);
      if (end == std::string_view::npos || end == 0) {
        return std::string_view::npos;
      }
      const std::size_t next = line.find_first_not_of(" \t", end + 1);
      if (next == std::string_view::npos || line[next] == ';') {
        return end;
      }
      from = end - 1;
    }
  }

  bool read_value() {
    const Place start = place(at_);
    const std::uint32_t line = line_;
    std::string name;
    if (peek() == '@') {
      ++at_;
    } else if (!read_quoted(name, false)) {
      return false;
    }
    if (utf16_length(name) > kMaxValueName) {
      return fail(start, "reg-name", "a value name of more than 16383 characters");
    }
    skip_blanks();
    if (peek() != '=') {
      return fail_here("reg-syntax", "`=` expected after the name of the value");
    }
    ++at_;
    skip_blanks();
    Edit edit{Edit::Kind::set_value, path_, std::move(name), {}, line};
    if (!read_data(edit)) {
      return false;
    }
    skip_blanks();
    if (!at_end_of_line() && peek() != ';') {
      return fail_here("reg-syntax", "nothing may follow the value but a comment");
    }
    if (!key_known_) {
      // A heading that was refused is reported once, at its own line.
      return !errors_.empty() || fail(start, "reg-no-key", "a value before any [key]");
    }
    if (deleted_) {
      return fail(start, "reg-deleted-key", "a value under a key that is being deleted");
    }
    edits_.push_back(std::move(edit));
    return true;
  }

  // A quoted text with its escapes. The data of REG_SZ may hold line breaks, as Windows writes
  // them; a name may not.
  bool read_quoted(std::string& text, bool many_lines) {
    const Place start = place(at_);
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      const char c = text_[at_];
      if (c == '\0') {
        return fail_here("reg-nul", "a NUL character");
      }
      if (c == '\r' || c == '\n') {
        if (!many_lines) {
          break;
        }
        const std::size_t from = at_;
        next_line();
        text.append(text_, from, at_ - from);
        continue;
      }
      if (c == '\\') {
        ++at_;
        if (peek() != '\\' && peek() != '"') {
          --at_;
          return fail_here("reg-escape", R"(a backslash that is followed by neither \ nor ")",
                           R"(write \\ for one backslash)");
        }
      }
      text.push_back(text_[at_]);
      ++at_;
    }
    if (peek() != '"') {
      return fail(start, "reg-quote", "a text without its closing quotation mark");
    }
    ++at_;
    return true;
  }

  bool read_data(Edit& edit) {
    const std::string_view left = rest_of_line();
    if (left.starts_with('-')) {
      ++at_;
      edit.kind = Edit::Kind::delete_value;
      return true;
    }
    if (left.starts_with('"')) {
      std::string text;
      if (!read_quoted(text, true)) {
        return false;
      }
      edit.value = Value::of_sz(text);
      return true;
    }
    if (has_prefix(left, "dword:")) {
      at_ += 6;
      return read_dword(edit.value);
    }
    if (has_prefix(left, "hex")) {
      at_ += 3;
      return read_hex(edit.value);
    }
    return fail_here("reg-data", "the data is no \"text\", dword:, hex:, hex(N): or -");
  }

  static bool has_prefix(std::string_view text, std::string_view prefix) {
    return same_name(text.substr(0, prefix.size()), prefix);
  }

  bool read_dword(Value& value) {
    skip_blanks();
    const std::size_t start = at_;
    while (is_hex(peek())) {
      ++at_;
    }
    const std::string_view digits = std::string_view(text_).substr(start, at_ - start);
    if (digits.empty()) {
      return fail_here("reg-dword", "a hexadecimal number expected after dword:");
    }
    if (digits.size() > 8) {
      return fail(place(start), "reg-dword-too-long",
                  fmt::format("a DWORD of {} digits", digits.size()),
                  "it has at most eight, hexadecimal");
    }
    if (peek() == '(') {
      return fail_here("reg-dword", "a number in parentheses is no part of a .reg file",
                       "remove it; the number after dword: is hexadecimal");
    }
    value = Value::of_dword(parse_hex(digits));
    return true;
  }

  bool read_hex(Value& value) {
    value.type = Type::binary;
    if (peek() == '(') {
      const std::size_t start = ++at_;
      while (is_hex(peek())) {
        ++at_;
      }
      const std::string_view digits = std::string_view(text_).substr(start, at_ - start);
      if (digits.empty() || digits.size() > 8 || peek() != ')') {
        return fail_here("reg-hex", "a type of one to eight hexadecimal digits and `)` expected");
      }
      value.type = static_cast<Type>(parse_hex(digits));
      ++at_;
    }
    if (peek() != ':') {
      return fail_here("reg-hex", "`:` expected after hex");
    }
    ++at_;
    if (!read_hex_bytes(value.data)) {
      return false;
    }
    const bool text =
        value.type == Type::sz || value.type == Type::expand_sz || value.type == Type::multi_sz;
    if (regedit4_ && text) {
      value.data = utf16le_of(utf8_of_cp1252(value.data));
    }
    return true;
  }

  // Bytes with commas between; a backslash continues on the next line.
  bool read_hex_bytes(Bytes& bytes) {
    bool comma = false;
    while (true) {
      skip_blanks();
      if (peek() == '\\') {
        ++at_;
        skip_blanks();
        if (!at_end_of_line() && peek() != ';') {
          return fail_here("reg-hex", "a line may only end after a backslash");
        }
        next_line();
        if (at_ >= text_.size()) {
          return fail_here("reg-hex", "the file ends where a line is to continue");
        }
        continue;
      }
      if (!is_hex(peek())) {
        break;
      }
      if (!bytes.empty() && !comma) {
        return fail_here("reg-hex", "`,` expected between bytes");
      }
      const std::size_t start = at_;
      while (is_hex(peek())) {
        ++at_;
      }
      if (at_ - start > 2) {
        return fail(place(start), "reg-hex", "a byte of more than two digits");
      }
      const std::uint32_t byte = parse_hex(std::string_view(text_).substr(start, at_ - start));
      bytes.push_back(static_cast<std::byte>(byte));
      skip_blanks();
      comma = peek() == ',';
      at_ += comma ? 1 : 0;
    }
    return !comma || fail_here("reg-hex", "a hexadecimal byte expected after `,`");
  }

  std::string text_;
  std::string_view name_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
  bool regedit4_ = false;
  bool headed_ = false;
  bool key_known_ = false;
  bool deleted_ = false;
  Path path_;
  std::vector<Edit> edits_;
  Diagnostics errors_;
};

}  // namespace

Checked<std::vector<Edit>> read_reg(ByteView file, std::string_view name) {
  auto text = decode_reg(file, name);
  if (!text) {
    return tl::unexpected(std::move(text).error());
  }
  return Reader(*std::move(text), name).read();
}

}  // namespace pinhole::registry
