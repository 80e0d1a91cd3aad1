// SPDX-License-Identifier: Apache-2.0
#pragma once
// A set of TCP or UDP ports as sorted ranges that neither touch nor overlap.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pinhole {

/// Both ends included; first <= last.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  friend auto operator<=>(const PortRange&, const PortRange&) = default;
};

class PortSet {
 public:
  PortSet() = default;
  explicit PortSet(PortRange range) : ranges_{range} {}

  void insert(PortRange range);
  void erase(PortRange range);
  [[nodiscard]] bool contains(std::uint16_t port) const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  /// How many ports, 0 to 65536.
  [[nodiscard]] std::uint32_t count() const;
  [[nodiscard]] const std::vector<PortRange>& ranges() const { return ranges_; }

  friend bool operator==(const PortSet&, const PortSet&) = default;

 private:
  std::vector<PortRange> ranges_;
};

/// `5000`, `5000-5100`, and lists of these with commas or semicolons; spaces are allowed.
[[nodiscard]] std::optional<PortSet> parse_port_set(std::string_view text);
[[nodiscard]] std::string to_string(PortRange range);
[[nodiscard]] std::string to_string(const PortSet& set);

}  // namespace pinhole
