// SPDX-License-Identifier: Apache-2.0
#pragma once
// The closed lists of words of plan.json, besides those of topologies.

#include <array>
#include <cstdint>

#include "catalogue/catalogue.hpp"
#include "plan/finding.hpp"
#include "plan/flow.hpp"
#include "plan/plan.hpp"

namespace pinhole::plan {

inline constexpr std::array<Word<Choice>, 5> kChoices = {{{"pinned", Choice::pinned},
                                                          {"kept", Choice::kept},
                                                          {"same", Choice::same},
                                                          {"advised", Choice::advised},
                                                          {"chosen", Choice::chosen}}};
inline constexpr std::array<Word<Transport>, 2> kTransports = {
    {{"tcp", Transport::tcp}, {"udp", Transport::udp}}};
inline constexpr std::array<Word<Needed>, 3> kNeeded = {{{"required", Needed::required},
                                                         {"recommended", Needed::recommended},
                                                         {"optional", Needed::optional}}};
inline constexpr std::array<Word<catalogue::Restart>, 3> kRestarts = {
    {{"service", catalogue::Restart::service},
     {"computer", catalogue::Restart::computer},
     {"client", catalogue::Restart::client}}};
inline constexpr std::array<Word<Severity>, 3> kSeverities = {
    {{"note", Severity::note}, {"warning", Severity::warning}, {"error", Severity::error}}};
inline constexpr std::array<Word<Party::Kind>, 3> kPartyKinds = {
    {{"client", Party::Kind::client},
     {"server", Party::Kind::server},
     {"load_balancer", Party::Kind::load_balancer}}};

template <class Enum, std::size_t Count>
[[nodiscard]] std::string_view word_for(const std::array<Word<Enum>, Count>& words, Enum value) {
  for (const Word<Enum>& word : words) {
    if (word.value == value) {
      return word.text;
    }
  }
  return {};
}

}  // namespace pinhole::plan
