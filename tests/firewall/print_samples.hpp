// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of the printers share: a policy to print, and the proof of policies drawn at
// random.

#include <cstddef>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "firewall/proof.hpp"
#include "firewall/random_policy.hpp"
#include "support/random.hpp"

namespace pinhole::support {

/// Clients that reach two servers through a router.
inline firewall::Policy simple_policy() {
  firewall::Policy policy;
  policy.title = "Exchange behind a router";
  policy.device = "router";
  policy.zones = {{"clients", "eth0", {*parse_prefix("10.1.0.0/16")}, false},
                  {"servers", "eth1", {*parse_prefix("10.2.0.0/16")}, false}};
  firewall::Rule rule;
  rule.from = 0;
  rule.to = 1;
  rule.sources = {*parse_prefix("10.1.0.0/16")};
  rule.destinations = {*parse_prefix("10.2.0.5"), *parse_prefix("10.2.0.6")};
  rule.ports = *parse_port_set("135,5000-5010");
  rule.reasons = {{"outlook>ex-1:is-tcp-port", "mail"}};
  policy.rules = {rule};
  return policy;
}

inline std::string first_of(const firewall::Proof& proof) {
  for (const auto* list : {&proof.missing, &proof.excess, &proof.unknown, &proof.sources}) {
    if (!list->empty()) {
      return to_string(list->front().packet) + " by " + list->front().by.text + "\n";
    }
  }
  return "";
}

using PolicyPrinter = std::string(const firewall::Policy&);
using RulesetReader = Checked<firewall::Ruleset>(std::string_view, const std::string&);
/// Takes out of a policy what a dialect cannot say; that it refuses such is tested elsewhere.
using PolicyAdapter = void(firewall::Policy&);

/// 10,000 policies in all, in kProofParts that each end in time: printed, read back by code that
/// knows nothing of the printer, and judged.
inline void prove_printed(unsigned part, PolicyPrinter* print, RulesetReader* read,
                          PolicyAdapter* adapt = nullptr) {
  SCOPED_TRACE(how_to_repeat());
  std::mt19937 source(random_seed() + part);
  for (std::size_t run = random_runs(2'000); run > 0; --run) {
    const auto device =
        run % 4 == 0 ? RandomPolicy::Device::stateless : RandomPolicy::Device::stateful;
    firewall::Policy policy = RandomPolicy(source).draw(device);
    if (adapt != nullptr) {
      adapt(policy);
    }
    const std::string text = print(policy);
    const auto rules = read(text, "printed");
    ASSERT_TRUE(rules) << to_string(rules.error().front()) << "\n" << text;
    const auto proof = firewall::prove(policy, *rules);
    ASSERT_TRUE(proof) << to_string(proof.error().front());
    ASSERT_EQ(proof->answer, firewall::Proof::Answer::exact) << first_of(*proof) << text;
  }
}

inline constexpr unsigned kProofParts = 5;

}  // namespace pinhole::support
