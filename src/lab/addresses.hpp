// SPDX-License-Identifier: Apache-2.0
#pragma once
// The addresses of a lab: those that the topology gives, and free ones beside them.

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "base/address.hpp"
#include "plan/topology.hpp"

namespace pinhole::lab {

using Family = IpAddress::Family;
inline constexpr std::array kFamilies = {Family::v4, Family::v6};

/// One address, as a prefix of its whole length.
[[nodiscard]] IpPrefix host_prefix(const IpAddress& address);

[[nodiscard]] bool is_in(const std::vector<IpPrefix>& networks, const IpAddress& address);

class Addresses {
 public:
  /// Takes every address that the topology gives to anybody.
  explicit Addresses(const plan::Topology& topology);

  /// The networks of a zone; never empty.
  [[nodiscard]] const std::vector<IpPrefix>& networks(plan::Index zone) const {
    return networks_[zone];
  }

  /// An address of this family that nobody has, at or after the `first` of its network, and takes
  /// it.
  [[nodiscard]] std::optional<IpAddress> take(const std::vector<IpPrefix>& networks, Family family,
                                              std::uint32_t first);

 private:
  [[nodiscard]] std::optional<IpAddress> take_in(const IpPrefix& network, std::uint32_t first);

  std::vector<std::vector<IpPrefix>> networks_;  // by zone
  std::set<IpAddress> taken_;
};

}  // namespace pinhole::lab
