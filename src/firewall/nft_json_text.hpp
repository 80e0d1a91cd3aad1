// SPDX-License-Identifier: Apache-2.0
#pragma once
// Objects of nftables' JSON as commands of its native text.

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace pinhole::firewall {

/// One statement of a rule. What has no native form becomes a word that no reader knows.
[[nodiscard]] std::string nft_statement_text(const nlohmann::json& statement);

/// The value of a set's or map's `elem`, in braces.
[[nodiscard]] std::string nft_elements_text(const nlohmann::json& elements);

/// A term or concatenation: `ip saddr . tcp dport`.
[[nodiscard]] std::string nft_term_text(const nlohmann::json& term);

/// Text between quotes, without quotes and line ends inside.
[[nodiscard]] std::string nft_quoted(const std::string& text);

}  // namespace pinhole::firewall
