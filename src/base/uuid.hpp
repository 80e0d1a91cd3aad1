// SPDX-License-Identifier: Apache-2.0
#pragma once
// UUIDs (C706 appendix A): 128 bits with a textual form of five groups.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace pinhole {

struct Uuid {
  std::uint32_t time_low = 0;
  std::uint16_t time_mid = 0;
  std::uint16_t time_hi_and_version = 0;
  std::array<std::uint8_t, 8> clock_and_node{};  // clock_seq_hi, clock_seq_low, node

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

  [[nodiscard]] constexpr bool is_nil() const { return *this == Uuid{}; }
};

/// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, either case, without braces; nothing else.
[[nodiscard]] constexpr std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) {
    return std::nullopt;
  }
  std::array<std::uint8_t, 16> octets{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') {
        return std::nullopt;
      }
      ++i;
      continue;
    }
    unsigned value = 0;
    for (std::size_t k = 0; k < 2; ++k) {
      const char c = text[i + k];
      unsigned digit = 0;
      if (c >= '0' && c <= '9') {
        digit = static_cast<unsigned>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<unsigned>(c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<unsigned>(c - 'A' + 10);
      } else {
        return std::nullopt;
      }
      value = value * 16 + digit;
    }
    octets[count] = static_cast<std::uint8_t>(value);
    ++count;
    i += 2;
  }
  Uuid uuid;
  uuid.time_low = static_cast<std::uint32_t>(octets[0]) << 24 |
                  static_cast<std::uint32_t>(octets[1]) << 16 |
                  static_cast<std::uint32_t>(octets[2]) << 8 | octets[3];
  uuid.time_mid = static_cast<std::uint16_t>(octets[4] << 8 | octets[5]);
  uuid.time_hi_and_version = static_cast<std::uint16_t>(octets[6] << 8 | octets[7]);
  for (std::size_t k = 0; k < 8; ++k) {
    uuid.clock_and_node[k] = octets[8 + k];
  }
  return uuid;
}

/// A UUID constant: a text that is none does not compile.
consteval Uuid operator""_uuid(const char* text, std::size_t size) {
  const std::optional<Uuid> uuid = parse_uuid({text, size});
  if (!uuid) {
    throw "no UUID";  // in a constant expression: an error of the compiler
  }
  return *uuid;
}

/// Lower case, without braces.
[[nodiscard]] std::string to_string(const Uuid& uuid);

std::ostream& operator<<(std::ostream& out, const Uuid& uuid);

}  // namespace pinhole

template <>
struct std::hash<pinhole::Uuid> {
  std::size_t operator()(const pinhole::Uuid& uuid) const noexcept {
    std::uint64_t high = static_cast<std::uint64_t>(uuid.time_low) << 32 |
                         static_cast<std::uint64_t>(uuid.time_mid) << 16 | uuid.time_hi_and_version;
    std::uint64_t low = 0;
    for (const std::uint8_t octet : uuid.clock_and_node) {
      low = low << 8 | octet;
    }
    high ^= low * 0x9e3779b97f4a7c15ULL;
    high ^= high >> 32;
    return static_cast<std::size_t>(high * 0xd6e8feb86659fd93ULL);
  }
};
