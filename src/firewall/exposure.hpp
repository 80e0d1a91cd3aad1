// SPDX-License-Identifier: Apache-2.0
#pragma once
// How much stands open: pairs of a host and a port that somebody may connect to.

#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/port_set.hpp"
#include "firewall/ruleset.hpp"

namespace pinhole::firewall {

/// What a dynamic range of RPC would have opened on each host: 49152-65535.
inline constexpr double kDynamicRange = 16384;

/// Hosts that stand open alike.
struct Opening {
  std::vector<AddressRange> hosts;  // as they are addressed from outside, before translation
  std::string protocol;             // tcp or udp
  PortSet ports;
  double sources = 0;  // how many addresses may reach some of these ports
  double pairs = 0;    // hosts times ports
};

struct Exposure {
  std::vector<Opening> openings;
  double hosts = 0;      // that have an open port
  double pairs = 0;      // of all openings
  double dynamic = 0;    // the pairs if the dynamic range stood open on these hosts
  bool unknown = false;  // some packets' fate is not known: they count as open
};

/// Fails as evaluate does, and where the hosts fall into more than kMostOpenings ranges.
[[nodiscard]] Checked<Exposure> exposure(const Ruleset& ruleset);

inline constexpr std::size_t kMostOpenings = 100'000;

}  // namespace pinhole::firewall
