// SPDX-License-Identifier: Apache-2.0
#pragma once
// A Junos configuration as the statements that are in force, whether it is written as `set`
// commands or with braces (Juniper, CLI User Guide: Junos OS configuration hierarchy).

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pinhole::firewall {

/// The words from the top of the hierarchy to the value; `[ a b ]` is two statements.
using JunosSink = std::function<void(std::span<const std::string> words, std::uint32_t line)>;

/// Statements that are inactive are left out. What `show configuration security` prints begins at
/// `security`. Throws Stop where the text is no configuration.
void junos_statements(std::string_view text, const JunosSink& sink);

/// Its first line is one of a Junos configuration. No other dialect begins so.
[[nodiscard]] bool is_junos(std::string_view text);

}  // namespace pinhole::firewall
