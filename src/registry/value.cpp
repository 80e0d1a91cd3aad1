// SPDX-License-Identifier: Apache-2.0
#include "registry/value.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "registry/text.hpp"

namespace pinhole::registry {
namespace {

constexpr std::array<std::string_view, 12> kNames = {"NONE",
                                                     "SZ",
                                                     "EXPAND_SZ",
                                                     "BINARY",
                                                     "DWORD",
                                                     "DWORD_BIG_ENDIAN",
                                                     "LINK",
                                                     "MULTI_SZ",
                                                     "RESOURCE_LIST",
                                                     "FULL_RESOURCE_DESCRIPTOR",
                                                     "RESOURCE_REQUIREMENTS_LIST",
                                                     "QWORD"};

template <class Number>
Bytes little_endian(Number number) {
  Bytes bytes;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes.push_back(static_cast<std::byte>(number >> (8 * i) & 0xFFU));
  }
  return bytes;
}

std::uint64_t from_little_endian(ByteView bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    number = number << 8U | std::to_integer<std::uint64_t>(bytes[i - 1]);
  }
  return number;
}

Bytes terminated(std::string_view utf8) {
  Bytes bytes = utf16le_of(utf8);
  bytes.insert(bytes.end(), 2, std::byte{0});
  return bytes;
}

// The bytes of the string that starts at `at`, without its terminator.
ByteView string_at(ByteView data, std::size_t at) {
  std::size_t end = at;
  while (end + 2 <= data.size() && (data[end] != std::byte{0} || data[end + 1] != std::byte{0})) {
    end += 2;
  }
  return data.subspan(at, end - at);
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stop != end) {
    return std::nullopt;
  }
  return number;
}

std::optional<Bytes> parse_hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ',' && c != ' ') {
      digits.push_back(c);
    }
  }
  Bytes bytes = from_hex(digits);
  if (bytes.size() * 2 != digits.size()) {
    return std::nullopt;
  }
  return bytes;
}

std::vector<std::string> split_list(std::string_view text) {
  constexpr std::string_view kSeparator = "\\0";
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(kSeparator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      break;
    }
    text.remove_prefix(end + kSeparator.size());
  }
  return parts;
}

}  // namespace

std::string to_string(Type type) {
  const auto number = static_cast<std::uint32_t>(type);
  if (number < kNames.size()) {
    return fmt::format("REG_{}", kNames[number]);
  }
  return fmt::format("REG_0x{:x}", number);
}

std::optional<Type> parse_type(std::string_view text) {
  if (text.size() > 4 && same_name(text.substr(0, 4), "REG_")) {
    text.remove_prefix(4);
  }
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (same_name(text, kNames[i])) {
      return static_cast<Type>(i);
    }
  }
  if (const auto number = parse_number<std::uint32_t>(text)) {
    return static_cast<Type>(*number);
  }
  return std::nullopt;
}

Value Value::of_dword(std::uint32_t number) {
  return {Type::dword, little_endian(number)};
}
Value Value::of_qword(std::uint64_t number) {
  return {Type::qword, little_endian(number)};
}
Value Value::of_sz(std::string_view utf8) {
  return {Type::sz, terminated(utf8)};
}
Value Value::of_expand_sz(std::string_view utf8) {
  return {Type::expand_sz, terminated(utf8)};
}

Value Value::of_multi_sz(const std::vector<std::string>& utf8) {
  Value value{Type::multi_sz, {}};
  for (const std::string& text : utf8) {
    const Bytes bytes = terminated(text);
    value.data.insert(value.data.end(), bytes.begin(), bytes.end());
  }
  value.data.insert(value.data.end(), 2, std::byte{0});
  return value;
}

std::optional<std::uint32_t> Value::dword() const {
  if ((type != Type::dword && type != Type::dword_big_endian) || data.size() != 4) {
    return std::nullopt;
  }
  const auto number = static_cast<std::uint32_t>(from_little_endian(data));
  if (type == Type::dword) {
    return number;
  }
  return number << 24U | (number & 0xFF00U) << 8U | (number >> 8U & 0xFF00U) | number >> 24U;
}

std::optional<std::uint64_t> Value::qword() const {
  if (type != Type::qword || data.size() != 8) {
    return std::nullopt;
  }
  return from_little_endian(data);
}

std::optional<std::string> Value::sz() const {
  if (type != Type::sz && type != Type::expand_sz && type != Type::link) {
    return std::nullopt;
  }
  return data.size() % 2 == 0 ? utf8_of_utf16le(string_at(data, 0)) : std::nullopt;
}

std::optional<std::vector<std::string>> Value::multi_sz() const {
  if (type != Type::multi_sz || data.size() % 2 != 0) {
    return std::nullopt;
  }
  std::vector<std::string> list;
  for (std::size_t at = 0; at < data.size();) {
    const ByteView part = string_at(data, at);
    if (part.empty()) {
      break;
    }
    auto text = utf8_of_utf16le(part);
    if (!text) {
      return std::nullopt;
    }
    list.push_back(*std::move(text));
    at += part.size() + 2;
  }
  return list;
}

std::string display(const Value& value) {
  if (const auto number = value.dword()) {
    return fmt::format("{}", *number);
  }
  if (const auto number = value.qword()) {
    return fmt::format("{}", *number);
  }
  if (auto text = value.sz()) {
    return *std::move(text);
  }
  if (const auto list = value.multi_sz()) {
    return fmt::format("{}", fmt::join(*list, "\\0"));
  }
  return to_hex(value.data);
}

std::optional<Value> parse_value(Type type, std::string_view text) {
  switch (type) {
    case Type::dword:
    case Type::dword_big_endian: {
      const auto number = parse_number<std::uint32_t>(text);
      if (!number) {
        return std::nullopt;
      }
      Value value = Value::of_dword(*number);
      if (type == Type::dword_big_endian) {
        value.type = type;
        std::swap(value.data[0], value.data[3]);
        std::swap(value.data[1], value.data[2]);
      }
      return value;
    }
    case Type::qword: {
      const auto number = parse_number<std::uint64_t>(text);
      return number ? std::optional(Value::of_qword(*number)) : std::nullopt;
    }
    case Type::sz:
    case Type::expand_sz:
      if (first_bad_utf8(text)) {
        return std::nullopt;
      }
      return Value{type, terminated(text)};
    case Type::multi_sz: {
      const std::vector<std::string> list = split_list(text);
      for (const std::string& part : list) {
        if (part.empty() || first_bad_utf8(part)) {
          return std::nullopt;
        }
      }
      return Value::of_multi_sz(list);
    }
    case Type::none:
    case Type::binary:
    case Type::link:
    case Type::resource_list:
    case Type::full_resource_descriptor:
    case Type::resource_requirements_list:
      break;
  }
  auto bytes = parse_hex(text);
  if (!bytes) {
    return std::nullopt;
  }
  return Value{type, *std::move(bytes)};
}

}  // namespace pinhole::registry
