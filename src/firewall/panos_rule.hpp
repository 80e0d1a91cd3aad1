// SPDX-License-Identifier: Apache-2.0
#pragma once
// One rule of PAN-OS, for security or for NAT, put together from statements in any order.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firewall/zone_read.hpp"

namespace pinhole::firewall {

struct PanosRule {
  std::vector<std::string> from;  // zones; `any` or none: any
  std::vector<std::string> to;
  std::vector<std::string> sources;
  std::vector<std::string> destinations;
  std::vector<std::string> services;
  bool not_sources = false;
  bool not_destinations = false;
  bool disabled = false;
  std::string action;
  std::string type = "universal";
  bool v4 = true;                      // of NAT: not for other versions of IP
  bool hides = false;                  // source-translation
  bool back = false;                   // bi-directional
  std::vector<std::string> hidden_as;  // of a static one
  std::vector<std::string> leads_to;   // destination-translation
  std::string leads_to_port;
  std::vector<std::string> unknown;       // conditions that a packet does not show
  std::vector<std::string> unknown_then;  // translations that are not understood
  std::uint32_t line = 0;
  RuleText text;

  /// The words behind the rule's name.
  void take(std::span<const std::string> words);
};

[[nodiscard]] bool panos_any(const std::vector<std::string>& names);

}  // namespace pinhole::firewall
