// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a topology becomes: ports for services, the flows with their ports, findings, and what must
// restart. Deterministic: the same topology, catalogue and states give an equal plan.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/port_set.hpp"
#include "catalogue/catalogue.hpp"
#include "plan/finding.hpp"
#include "plan/flow.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

enum class Choice : std::uint8_t {
  pinned,   // by the topology
  kept,     // what the server has already breaks no rule
  same,     // as the others of its array, cluster or partners have it
  advised,  // the number of the official texts
  chosen,   // the first free one
};

/// One setting of one server and the port that it gets.
struct Assignment {
  Index server = 0;
  std::string service;  // short name: MSExchangeIS
  std::string setting;  // id of the catalogue: is-tcp-port
  std::uint16_t port = 0;
  std::optional<std::uint16_t> before;  // what the state holds; absent: nothing, or not known
  Choice choice = Choice::chosen;

  friend bool operator==(const Assignment&, const Assignment&) = default;
};

/// One step of the change, in the order to be done.
struct RestartStep {
  Index server = 0;
  catalogue::Restart what = catalogue::Restart::service;  // service or computer
  std::vector<std::string> services;  // short names; of a computer, those that wait for it
  std::string unavailable;            // what users miss meanwhile

  friend bool operator==(const RestartStep&, const RestartStep&) = default;
};

struct Plan {
  Topology topology;
  std::vector<Assignment> assignments;  // by server, then setting
  std::vector<Flow> flows;              // by id
  std::vector<RestartStep> restarts;
  Findings findings;  // errors first, then by server, rule and subject
};

/// The ports of `flow`'s target: fixed ones, those assigned, or the dynamic range.
[[nodiscard]] PortSet ports_of(const Plan& plan, const Flow& flow,
                               const catalogue::Catalogue& catalogue);

/// The dynamic range of a server by its system and product.
[[nodiscard]] PortRange dynamic_range_of(const Server& server,
                                         const catalogue::Catalogue& catalogue);

[[nodiscard]] const Assignment* find_assignment(const Plan& plan, Index server,
                                                std::string_view setting);

}  // namespace pinhole::plan
