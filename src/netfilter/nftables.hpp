// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kernel's nftables of the network namespace that this process is in, through libnftables. Only
// the table `inet pinhole` is ever changed.
//
// Errors: exit 3, with the kernel's or libnftables' own words. Needs CAP_NET_ADMIN, for reading
// too.

#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostic.hpp"

namespace pinhole::netfilter {

inline constexpr std::string_view kTable = "pinhole";

enum class Form { native, json };

/// Loads the text in one transaction: all of it, or nothing where it fails. Refused before the
/// kernel sees it, exit 70: a text with a command for anything but our table.
[[nodiscard]] Checked<void> apply(const std::string& text);

/// All tables, ours and others', as `nft [-j] list ruleset` prints them.
[[nodiscard]] Checked<std::string> list_ruleset(Form form);

/// Our table as text that `apply` takes, or nothing where it is not loaded.
[[nodiscard]] Checked<std::optional<std::string>> list_table();

/// Takes our table out, whether it is there or not.
[[nodiscard]] Checked<void> remove();

/// Whether each command of the text is for our table alone.
[[nodiscard]] bool is_ours(std::string_view text);

}  // namespace pinhole::netfilter
