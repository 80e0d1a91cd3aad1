// SPDX-License-Identifier: Apache-2.0
#pragma once
// The settings of a FortiOS configuration one by one (Fortinet, FortiOS CLI Reference: `show` and
// `show full-configuration`).

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pinhole::firewall {

struct FortiosSetting {
  std::string_view vdom;   // empty where the text is of one
  std::string_view table;  // `firewall policy`; below an entry `firewall vip/realservers`
  std::string_view entry;  // what `edit` names, the innermost one; empty without
  std::string_view key;    // empty: the entry itself
  std::span<const std::string> values;
  std::uint32_t line = 0;
};

using FortiosSink = std::function<void(const FortiosSetting&)>;

/// Throws Stop where the text is cut or moves and deletes.
void fortios_settings(std::string_view text, const FortiosSink& sink);

/// It begins with `config ` or with the comment of a backup. No other dialect begins so.
[[nodiscard]] bool is_fortios(std::string_view text);

}  // namespace pinhole::firewall
