// SPDX-License-Identifier: Apache-2.0
#include "capture/link.hpp"

namespace pinhole::capture {
namespace {

constexpr std::uint16_t kTypeIpv4 = 0x0800;
constexpr std::uint16_t kTypeIpv6 = 0x86dd;
constexpr std::uint16_t kTypePppoe = 0x8864;
/// Tags that nest; more than this on one frame is nonsense.
constexpr int kMostTags = 4;

std::uint16_t u16(ByteView octets, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(octets[at]) << 8U |
                                    static_cast<unsigned>(octets[at + 1]));
}

ByteView after(ByteView octets, std::size_t count) {
  return octets.size() < count ? ByteView() : octets.subspan(count);
}

bool is_tag(std::uint16_t type) {
  return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/// PPP's own protocol numbers (RFC 1661), with or without address and control.
ByteView of_ppp(ByteView octets) {
  if (octets.size() >= 2 && u16(octets, 0) == 0xff03) {
    octets = octets.subspan(2);
  }
  if (octets.size() < 2) {
    return {};
  }
  const std::uint16_t protocol = u16(octets, 0);
  return protocol == 0x0021 || protocol == 0x0057 ? octets.subspan(2) : ByteView();
}

/// `octets` begin with the payload that `type` names; tags stand before the type that they hide.
ByteView of_type(std::uint16_t type, ByteView octets) {
  for (int tags = 0; is_tag(type) && tags < kMostTags; ++tags) {
    if (octets.size() < 4) {
      return {};
    }
    type = u16(octets, 2);
    octets = octets.subspan(4);
  }
  if (type == kTypePppoe) {
    return of_ppp(after(octets, 6));
  }
  return type == kTypeIpv4 || type == kTypeIpv6 ? octets : ByteView();
}

ByteView with_type(ByteView octets, std::size_t type_at, std::size_t header) {
  return octets.size() < header ? ByteView()
                                : of_type(u16(octets, type_at), octets.subspan(header));
}

}  // namespace

bool is_known_link(std::uint32_t type) {
  switch (type) {
    case link::kNull:
    case link::kEthernet:
    case link::kPpp:
    case link::kRawDlt:
    case link::kRawOpenBsd:
    case link::kRaw:
    case link::kLoop:
    case link::kLinuxCooked:
    case link::kIpv4:
    case link::kIpv6:
    case link::kLinuxCooked2:
      return true;
    default:
      return false;
  }
}

ByteView ip_of(std::uint32_t type, ByteView packet) {
  switch (type) {
    case link::kEthernet:
      return with_type(packet, 12, 14);
    case link::kLinuxCooked:
      return with_type(packet, 14, 16);
    case link::kLinuxCooked2:
      return with_type(packet, 0, 20);
    case link::kPpp:
      return of_ppp(packet);
    case link::kNull:
    case link::kLoop:
      // The address family differs from system to system; the version in the header does not.
      return after(packet, 4);
    case link::kRawDlt:
    case link::kRawOpenBsd:
    case link::kRaw:
    case link::kIpv4:
    case link::kIpv6:
      return packet;
    default:
      return {};
  }
}

}  // namespace pinhole::capture
