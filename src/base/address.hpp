// SPDX-License-Identifier: Apache-2.0
#pragma once
// IP addresses and prefixes as values (RFC 4291, RFC 5952 text). No sockets, no name look-ups.

#include <array>
#include <compare>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace pinhole {

/// An IPv4 or IPv6 address. IPv4 lies in the first four octets, network order.
struct IpAddress {
  enum class Family : std::uint8_t { v4, v6 };

  Family family = Family::v4;
  std::array<std::uint8_t, 16> octets{};

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  [[nodiscard]] static IpAddress v4(std::uint32_t host_order);
  [[nodiscard]] static IpAddress v6(const std::array<std::uint8_t, 16>& octets);

  [[nodiscard]] bool is_v4() const { return family == Family::v4; }
  /// 0.0.0.0 or ::
  [[nodiscard]] bool is_unspecified() const;
  /// The IPv4 address in host order; 0 for IPv6.
  [[nodiscard]] std::uint32_t to_v4() const;
};

/// Dotted quad or RFC 4291 text; no port, brackets, zone or prefix.
[[nodiscard]] std::optional<IpAddress> parse_address(std::string_view text);
/// Dotted quad or RFC 5952 form.
[[nodiscard]] std::string to_string(const IpAddress& address);
std::ostream& operator<<(std::ostream& out, const IpAddress& address);

/// A network: an address whose bits after `length` are zero, and that length (0–32 or 0–128).
struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;

  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;
  [[nodiscard]] bool contains(const IpAddress& other) const;
};

/// `10.0.0.0/8`, `2001:db8::/32`, or a bare address (a host prefix). Host bits set: refused.
[[nodiscard]] std::optional<IpPrefix> parse_prefix(std::string_view text);
[[nodiscard]] std::string to_string(const IpPrefix& prefix);

/// `HOST`, `HOST:PORT`, `[IPv6]:PORT`, or a bare IPv6 address, as users write a target.
struct HostPort {
  std::string host;  // without brackets
  std::optional<std::uint16_t> port;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// A port of 0 or above 65535, or an empty host: no value.
[[nodiscard]] std::optional<HostPort> parse_host_port(std::string_view text);
/// `host:port`, IPv6 in brackets.
[[nodiscard]] std::string join_host_port(std::string_view host, std::uint16_t port);

/// A decimal number from `low` to `high`, digits only.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t low,
                                                         std::uint64_t high);

}  // namespace pinhole
