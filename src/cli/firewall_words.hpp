// SPDX-License-Identifier: Apache-2.0
#pragma once
// A packet, its translation and who decides it, as text and as JSON: one wording for every answer.

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "firewall/packet.hpp"
#include "firewall/proof.hpp"

namespace pinhole::cli {

/// `, which becomes 10.0.0.5`; empty where nothing is translated.
[[nodiscard]] std::string translation_text(const firewall::Translated& to);
/// `rules.nft:12: tcp dport 135 accept (table filter, chain forward)`
[[nodiscard]] std::string decider_text(const firewall::DecidedBy& by, std::string_view file);
/// A number of packets or addresses: whole up to 999999, then `4.29e+09`.
[[nodiscard]] std::string amount(double count);
[[nodiscard]] std::string_view outcome_word(firewall::Outcome outcome);
/// `exact`, `differs` or `unknown`.
[[nodiscard]] std::string_view answer_word(firewall::Proof::Answer answer);

/// null where the text is empty.
[[nodiscard]] nlohmann::ordered_json or_null(const std::string& text);

[[nodiscard]] nlohmann::ordered_json packet_json(const firewall::Packet& packet);
/// null where nothing is translated.
[[nodiscard]] nlohmann::ordered_json translation_json(const firewall::Translated& to);
[[nodiscard]] nlohmann::ordered_json decider_json(const firewall::DecidedBy& by);

}  // namespace pinhole::cli
