// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a packet of some link to the IP datagram in it. Numbers are LINKTYPE_ values of the tcpdump
// group's registry (https://www.tcpdump.org/linktypes.html), and the DLT_ values that libpcap gives
// for the same on Linux.

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace pinhole::capture {

namespace link {
inline constexpr std::uint32_t kNull = 0;      // BSD loopback, host byte order
inline constexpr std::uint32_t kEthernet = 1;  // with 802.1Q, 802.1ad, PPPoE
inline constexpr std::uint32_t kPpp = 9;
inline constexpr std::uint32_t kRawDlt = 12;  // what Linux' libpcap calls raw IP
inline constexpr std::uint32_t kRawOpenBsd = 14;
inline constexpr std::uint32_t kRaw = 101;
inline constexpr std::uint32_t kLoop = 108;  // OpenBSD loopback, network byte order
inline constexpr std::uint32_t kLinuxCooked = 113;
inline constexpr std::uint32_t kIpv4 = 228;
inline constexpr std::uint32_t kIpv6 = 229;
inline constexpr std::uint32_t kLinuxCooked2 = 276;
}  // namespace link

[[nodiscard]] bool is_known_link(std::uint32_t type);

/// The octets from the IP header on, padding included; empty where the packet carries no IP, is cut
/// before it, or the link is not known. The header's own version says which IP it is.
[[nodiscard]] ByteView ip_of(std::uint32_t type, ByteView packet);

}  // namespace pinhole::capture
