// SPDX-License-Identifier: Apache-2.0
#pragma once
// Proofs, differences, paths and exposure, for eyes and as JSON.

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "firewall/explain.hpp"
#include "firewall/exposure.hpp"
#include "firewall/proof.hpp"
#include "render/table.hpp"

namespace pinhole::cli {

/// What was compared with what, for the head of an answer.
struct ProofSubject {
  std::string rules;    // file
  std::string dialect;  // of the file
  std::string plan;
  std::string device;  // empty: by address
  std::string from;    // zones; empty: all
  std::string to;
};

[[nodiscard]] std::string proof_table(const firewall::Proof& proof, const ProofSubject& subject,
                                      render::Style style);
[[nodiscard]] nlohmann::ordered_json proof_json(const firewall::Proof& proof,
                                                const ProofSubject& subject);

[[nodiscard]] std::string diff_table(const firewall::RulesetDiff& diff, std::string_view after,
                                     render::Style style);
[[nodiscard]] nlohmann::ordered_json diff_json(const firewall::RulesetDiff& diff,
                                               std::string_view before, std::string_view after);

[[nodiscard]] std::string explanation_text(const firewall::Explanation& explanation,
                                           const firewall::Packet& packet, std::string_view rules,
                                           render::Style style);
[[nodiscard]] nlohmann::ordered_json explanation_json(const firewall::Explanation& explanation,
                                                      const firewall::Packet& packet,
                                                      std::string_view rules);

[[nodiscard]] std::string exposure_table(const firewall::Exposure& exposure, render::Style style);
[[nodiscard]] nlohmann::ordered_json exposure_json(const firewall::Exposure& exposure,
                                                   std::string_view rules);

}  // namespace pinhole::cli
