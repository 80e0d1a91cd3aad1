// SPDX-License-Identifier: Apache-2.0
#pragma once
// A PAN-OS configuration as paths of words, whether it is written as `set` commands or as XML
// (Palo Alto Networks, PAN-OS CLI Quick Start: configuration output formats).

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pinhole::firewall {

/// The words below a virtual system or `shared`; `scope` is its name, empty where the text does
/// not say it. In commands a list stands in `[` and `]`, in XML each member is told by itself.
using PanosSink = std::function<void(const std::string& scope, std::span<const std::string> words,
                                     std::uint32_t line)>;

/// Throws Stop where the text is no configuration of a firewall.
void panos_statements(std::string_view text, const PanosSink& sink);

/// Its first words are those of a PAN-OS configuration. No other dialect begins so.
[[nodiscard]] bool is_panos(std::string_view text);

}  // namespace pinhole::firewall
