// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON from a device, each object with the line that it begins on. Absent members read as null.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace pinhole::firewall {

inline constexpr std::size_t kLargestDocument = 64U << 20U;

/// No value where the text is no JSON, nests deeper than 64, or is larger than kLargestDocument.
/// A byte order mark at its beginning is passed over, as PowerShell writes one.
[[nodiscard]] std::optional<nlohmann::json> parse_with_lines(std::string_view text);

/// Of an object that parse_with_lines made; else 0.
[[nodiscard]] std::uint32_t line_of(const nlohmann::json& object);

/// The member of an object; null where it has none, or is no object.
[[nodiscard]] const nlohmann::json& member(const nlohmann::json& object, std::string_view key);

/// A string as it is, a number or truth value in its words; empty for null and anything else.
[[nodiscard]] std::string scalar_text(const nlohmann::json& value);

/// The elements of an array, or the value itself as the only one; none for null.
[[nodiscard]] std::vector<const nlohmann::json*> items_of(const nlohmann::json& value);

/// The scalar texts of items_of.
[[nodiscard]] std::vector<std::string> texts_of_items(const nlohmann::json& value);

}  // namespace pinhole::firewall
