// SPDX-License-Identifier: Apache-2.0
#pragma once
// A registry value: its type and its raw bytes, as a hive holds them ([MS-RRP] 3.1.1.5). Numbers
// are little-endian, text is UTF-16LE with a terminator. The bytes are never changed on the way
// through; the accessors interpret them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace pinhole::registry {

/// Hives and .reg files may carry other numbers; they are kept as they are.
enum class Type : std::uint32_t {
  none = 0,
  sz = 1,
  expand_sz = 2,
  binary = 3,
  dword = 4,
  dword_big_endian = 5,
  link = 6,
  multi_sz = 7,
  resource_list = 8,
  full_resource_descriptor = 9,
  resource_requirements_list = 10,
  qword = 11,
};

/// `REG_DWORD`; `REG_0x2a` for a number that has no name.
[[nodiscard]] std::string to_string(Type type);

/// Reads `REG_DWORD`, `dword` and so on, without case; numbers too: `11`.
[[nodiscard]] std::optional<Type> parse_type(std::string_view text);

struct Value {
  Type type = Type::none;
  Bytes data;

  friend bool operator==(const Value&, const Value&) = default;

  [[nodiscard]] static Value of_dword(std::uint32_t number);
  [[nodiscard]] static Value of_qword(std::uint64_t number);
  [[nodiscard]] static Value of_sz(std::string_view utf8);
  [[nodiscard]] static Value of_expand_sz(std::string_view utf8);
  [[nodiscard]] static Value of_multi_sz(const std::vector<std::string>& utf8);

  /// REG_DWORD and REG_DWORD_BIG_ENDIAN of exactly four bytes.
  [[nodiscard]] std::optional<std::uint32_t> dword() const;
  /// REG_QWORD of exactly eight bytes.
  [[nodiscard]] std::optional<std::uint64_t> qword() const;
  /// REG_SZ, REG_EXPAND_SZ and REG_LINK, up to the first terminator; a missing one is forgiven.
  [[nodiscard]] std::optional<std::string> sz() const;
  /// REG_MULTI_SZ, up to the first empty string; missing terminators are forgiven.
  [[nodiscard]] std::optional<std::vector<std::string>> multi_sz() const;
};

/// For eyes: decimal numbers, text as it is, lists with `\0` between, else hexadecimal bytes.
[[nodiscard]] std::string display(const Value& value);

/// Reads what a user typed for a value of `type`: decimal or 0x numbers, text, a list with `\0`
/// between its strings, hexadecimal bytes for every other type. No value if it is none.
[[nodiscard]] std::optional<Value> parse_value(Type type, std::string_view text);

}  // namespace pinhole::registry
