// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lists of addresses and ports as several dialects write them, where a word that is not understood
// (LocalSubnet, a service tag) may stand for anything.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/reading.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

[[nodiscard]] char lower_letter(char c);
/// Without regard to the case of letters.
[[nodiscard]] bool same_word(std::string_view one, std::string_view other);

/// `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.1-10.0.0.9`, and of IPv6.
[[nodiscard]] std::optional<Element> address_value(const std::string& text);
/// `80`, `80-90`
[[nodiscard]] std::optional<Element> port_value(const std::string& text);
/// Likewise, up to `most`.
[[nodiscard]] std::optional<Element> number_value(std::string_view text, std::uint64_t most);

using ReadValue = std::optional<Element>(const std::string& text);

/// The field is one of the texts. Where one of them is not understood the match names a set of
/// `table` that is open.
[[nodiscard]] Match match_of_list(Table& table, Field field, const std::vector<std::string>& texts,
                                  ReadValue* read);

[[nodiscard]] Match match_of_number(Field field, std::uint32_t number);
/// A match that never holds.
[[nodiscard]] Match never_match();

}  // namespace pinhole::firewall
