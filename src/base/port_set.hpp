// SPDX-License-Identifier: Apache-2.0
#pragma once
// A set of TCP or UDP ports as sorted ranges that neither touch nor overlap.

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
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
  void insert(std::span<const PortRange> ranges);
  void insert(const PortSet& other) { insert(std::span(other.ranges_)); }
  void erase(PortRange range);
  void erase(const PortSet& other);
  [[nodiscard]] bool contains(std::uint16_t port) const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  /// How many ports, 0 to 65536.
  [[nodiscard]] std::uint32_t count() const;
  [[nodiscard]] const std::vector<PortRange>& ranges() const { return ranges_; }

  friend bool operator==(const PortSet&, const PortSet&) = default;
  friend PortSet operator|(PortSet set, const PortSet& other) {
    set.insert(other);
    return set;
  }
  friend PortSet operator-(PortSet set, const PortSet& other) {
    set.erase(other);
    return set;
  }

 private:
  std::vector<PortRange> ranges_;
};

/// `5000`, `5000-5100`, and lists of these with commas or semicolons; spaces are allowed.
[[nodiscard]] std::optional<PortSet> parse_port_set(std::string_view text);
/// The lines of a REG_MULTI_SZ, each as above; one that is none voids all of them.
[[nodiscard]] std::optional<PortSet> parse_port_lines(std::span<const std::string> lines);
[[nodiscard]] std::string to_string(PortRange range);
[[nodiscard]] std::string to_string(const PortSet& set);

}  // namespace pinhole
