// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is wrong or noteworthy, and by which rule of data/port_rules.toml.

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace pinhole::plan {

struct Finding {
  std::string rule;  // id of the rule
  Severity severity = Severity::note;
  std::string server;   // name; empty: the site as a whole, or a state without a server
  std::string service;  // short name; may be empty
  std::string subject;  // setting, port or flow: `is-tcp-port`, `tcp/5000`
  std::string message;
  std::string remedy;
  std::string source;  // of the rule
  Place place;         // line of the topology, or of the state's file; may be empty

  friend bool operator==(const Finding&, const Finding&) = default;
};

using Findings = std::vector<Finding>;

}  // namespace pinhole::plan
