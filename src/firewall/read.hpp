// SPDX-License-Identifier: Apache-2.0
#pragma once
// The readers by dialect. Which one a text is in shows in what it begins with; a caller may say so.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

struct Dialect {
  std::string_view name;  // as --dialect says it: `nftables`, `nftables-json`, `iptables`
  std::string_view about;
  bool (*fits)(std::string_view text);  // by its content
  Checked<Ruleset> (*read)(std::string_view text, const std::string& name);
};

[[nodiscard]] std::span<const Dialect> dialects();

/// Refused: a dialect that is not there, a text that fits none, and what its reader refuses.
[[nodiscard]] Checked<Ruleset> read_ruleset(
    std::string_view text, const std::string& name,
    const std::optional<std::string>& dialect = std::nullopt);

}  // namespace pinhole::firewall
