// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which devices lie between two zones. Zones stand between devices, devices join zones; the path
// is the one with the fewest devices, of equals the one with the devices that stand first in the
// topology.

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "plan/finding.hpp"
#include "plan/flow.hpp"
#include "plan/topology.hpp"

namespace pinhole::plan {

/// One device on the way, and the zones on its two sides: both the same where the way ends or
/// begins at the device itself, on its interface of that zone.
struct Hop {
  Index device = 0;
  Index in = 0;
  Index out = 0;

  friend bool operator==(const Hop&, const Hop&) = default;
};

/// Nothing where no devices join the zones; empty for the same zone.
using Path = std::optional<std::vector<Hop>>;

[[nodiscard]] Path path(const Topology& topology, Index from_zone, Index to_zone);

/// The paths of one topology; each is looked for once.
class Paths {
 public:
  explicit Paths(const Topology& topology);

  [[nodiscard]] const Path& between(Index from_zone, Index to_zone);
  /// Between the ends of a flow. A server that is itself a device stands in all of its zones: the
  /// way ends where it reaches the nearest. Towards its own zone such a device filters nothing;
  /// on every other interface the device is the last hop, or the first.
  [[nodiscard]] Path between(Party from, Party to);

 private:
  struct End {
    std::vector<Index> zones;  // the own one first
    std::optional<Index> device;
  };

  [[nodiscard]] End end_of(Party party) const;
  [[nodiscard]] std::vector<Path> search(Index from_zone) const;

  const Topology* topology_;
  std::vector<std::vector<Index>> devices_of_zone_;
  std::map<Index, std::vector<Path>> from_;
};

[[nodiscard]] Index zone_of(const Topology& topology, Party party);

/// For each zone of the topology the interface of `device` (its position) that leads there;
/// nothing where none does.
[[nodiscard]] std::vector<std::optional<Index>> sides_of(const Topology& topology, Index device);

/// Finding `no-path` for each two zones that flows join and no devices do, once, with the place
/// of the first flow. Silent where the topology has no devices at all.
[[nodiscard]] Findings check_paths(const Topology& topology, const std::vector<Flow>& flows);

}  // namespace pinhole::plan
