// SPDX-License-Identifier: Apache-2.0
#pragma once
// Raw bytes: the owned form, the borrowed form, and the few conversions between them and text.
// The only file of the house that reinterprets memory.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pinhole {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

/// The bytes of `text`, borrowed: valid as long as `text` is.
[[nodiscard]] inline ByteView bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The bytes as text, borrowed; no claim about their encoding.
[[nodiscard]] inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline ByteView view_of(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

[[nodiscard]] inline Bytes to_bytes(ByteView view) {
  return {view.begin(), view.end()};
}

/// Lower-case hexadecimal, two digits a byte, no separators.
[[nodiscard]] std::string to_hex(ByteView bytes);

/// Reads hexadecimal; white space is skipped and `#` starts a comment up to the end of the line.
/// An odd or foreign character ends the reading: what was read before it is returned.
[[nodiscard]] Bytes from_hex(std::string_view text);

}  // namespace pinhole
