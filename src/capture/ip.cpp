// SPDX-License-Identifier: Apache-2.0
#include "capture/ip.hpp"

#include <algorithm>
#include <cstring>

namespace pinhole::capture {
namespace {

constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kMostPayload = 65535;
/// How long fragments wait for the others (RFC 8200 4.5; RFC 1122 3.3.2 says 60 to 120).
constexpr Time kPatience = 60 * kSecond;
/// Fragments of one datagram: 64 KiB in pieces of 256 octets.
constexpr std::size_t kMostPieces = 256;
/// Extension headers of one packet; more is nonsense.
constexpr int kMostHeaders = 16;

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kAuthentication = 51;
constexpr std::uint8_t kDestinationOptions = 60;
constexpr std::uint8_t kMobility = 135;

unsigned u8(ByteView octets, std::size_t at) {
  return static_cast<unsigned>(octets[at]);
}
std::uint16_t u16(ByteView octets, std::size_t at) {
  return static_cast<std::uint16_t>(u8(octets, at) << 8U | u8(octets, at + 1));
}
std::uint32_t u32(ByteView octets, std::size_t at) {
  return static_cast<std::uint32_t>(u16(octets, at)) << 16U | u16(octets, at + 2);
}

IpAddress address(IpAddress::Family family, ByteView octets) {
  IpAddress made;
  made.family = family;
  std::memcpy(made.octets.data(), octets.data(), octets.size());
  return made;
}

/// What the header says is sent, and what of it the packet still has. A length of zero is that of a
/// segment which the sender's network card was to divide.
void set_payload(Datagram& datagram, ByteView rest, std::size_t claimed) {
  datagram.size = claimed == 0 ? rest.size() : claimed;
  datagram.payload = rest.first(std::min(rest.size(), datagram.size));
}

bool is_extension(std::uint8_t header) {
  return header == kHopByHop || header == kRouting || header == kAuthentication ||
         header == kDestinationOptions || header == kMobility;
}

}  // namespace

std::optional<Datagram> Defragmenter::on_packet(ByteView packet, Time time) {
  if (packet.empty()) {
    return std::nullopt;
  }
  switch (u8(packet, 0) >> 4U) {
    case 4:
      return on_ipv4(packet, time);
    case 6:
      return on_ipv6(packet, time);
    default:
      return std::nullopt;
  }
}

std::optional<Datagram> Defragmenter::on_ipv4(ByteView packet, Time time) {
  if (packet.size() < kIpv4Header) {
    return std::nullopt;
  }
  const std::size_t header = (u8(packet, 0) & 0xfU) * 4UL;
  const std::size_t total = u16(packet, 2);
  if (header < kIpv4Header || packet.size() < header || (total != 0 && total < header)) {
    return std::nullopt;
  }
  Datagram datagram;
  datagram.protocol = static_cast<std::uint8_t>(u8(packet, 9));
  datagram.source = address(IpAddress::Family::v4, packet.subspan(12, 4));
  datagram.destination = address(IpAddress::Family::v4, packet.subspan(16, 4));
  if (total == header) {
    return std::nullopt;
  }
  set_payload(datagram, packet.subspan(header), total == 0 ? 0 : total - header);
  const unsigned place = u16(packet, 6);
  const Fragment fragment{u16(packet, 4), (place & 0x1fffU) * 8UL, (place & 0x2000U) != 0};
  if (fragment.more || fragment.offset != 0) {
    return on_fragment(datagram, fragment, time);
  }
  return datagram;
}

std::optional<Datagram> Defragmenter::on_ipv6(ByteView packet, Time time) {
  if (packet.size() < kIpv6Header) {
    return std::nullopt;
  }
  Datagram datagram;
  datagram.source = address(IpAddress::Family::v6, packet.subspan(8, 16));
  datagram.destination = address(IpAddress::Family::v6, packet.subspan(24, 16));
  datagram.protocol = static_cast<std::uint8_t>(u8(packet, 6));
  set_payload(datagram, packet.subspan(kIpv6Header), u16(packet, 4));
  for (int headers = 0; headers < kMostHeaders; ++headers) {
    const ByteView rest = datagram.payload;
    const bool is_fragment = datagram.protocol == kFragment;
    if (!is_fragment && !is_extension(datagram.protocol)) {
      return datagram;
    }
    if (rest.size() < 8) {
      return std::nullopt;
    }
    const std::size_t units = u8(rest, 1);
    const std::size_t length = is_fragment                            ? 8
                               : datagram.protocol == kAuthentication ? (units + 2) * 4
                                                                      : (units + 1) * 8;
    if (rest.size() < length) {
      return std::nullopt;
    }
    datagram.protocol = static_cast<std::uint8_t>(u8(rest, 0));
    datagram.payload = rest.subspan(length);
    datagram.size -= length;
    const unsigned place = is_fragment ? u16(rest, 2) : 0U;
    // An atomic fragment (RFC 6946) is whole.
    if ((place & 0xfff9U) != 0) {
      return on_fragment(datagram, {u32(rest, 4), place & 0xfff8U, (place & 1U) != 0}, time);
    }
  }
  return std::nullopt;
}

bool Defragmenter::add(Partial& partial, const Fragment& fragment, ByteView payload) {
  const std::size_t end = fragment.offset + payload.size();
  if (end > kMostPayload || partial.pieces.size() >= kMostPieces ||
      (fragment.more && payload.size() % 8 != 0)) {
    return false;
  }
  if (!fragment.more) {
    if (partial.total && *partial.total != end) {
      return false;
    }
    partial.total = end;
  }
  const auto next = partial.pieces.lower_bound(fragment.offset);
  if (next != partial.pieces.end() && next->first == fragment.offset) {
    return next->second.size() == payload.size();
  }
  if (next != partial.pieces.end() && next->first < end) {
    return false;
  }
  if (next != partial.pieces.begin()) {
    const auto& [offset, octets] = *std::prev(next);
    if (offset + octets.size() > fragment.offset) {
      return false;
    }
  }
  partial.octets += payload.size();
  partial.pieces.emplace_hint(next, fragment.offset, to_bytes(payload));
  return true;
}

std::optional<Datagram> Defragmenter::on_fragment(const Datagram& part, const Fragment& fragment,
                                                  Time time) {
  ++fragments_;
  if (part.payload.size() != part.size || part.payload.empty()) {
    return std::nullopt;
  }
  const Key key(part.source, part.destination, fragment.id, part.protocol);
  auto found = partials_.find(key);
  if (found != partials_.end() && time - found->second.began > kPatience) {
    give_up(found);
    found = partials_.end();
  }
  if (found == partials_.end()) {
    if (partials_.size() >= limits_.datagrams) {
      give_up(partials_.find(ages_.front()));
    }
    ages_.push_back(key);
    found = partials_.emplace(key, Partial{time, {}, 0, {}, std::prev(ages_.end())}).first;
  }
  Partial& partial = found->second;
  const std::size_t before = partial.octets;
  const bool fits = add(partial, fragment, part.payload);
  octets_ += partial.octets - before;
  if (!fits || octets_ > limits_.fragments) {
    give_up(found);
    return std::nullopt;
  }
  if (partial.total != partial.octets) {
    return std::nullopt;
  }
  whole_.clear();
  for (const auto& [offset, octets] : partial.pieces) {
    whole_.insert(whole_.end(), octets.begin(), octets.end());
  }
  erase(found);
  Datagram whole = part;
  whole.payload = whole_;
  whole.size = whole_.size();
  return whole;
}

void Defragmenter::give_up(Partials::iterator partial) {
  ++given_up_;
  erase(partial);
}

void Defragmenter::erase(Partials::iterator partial) {
  octets_ -= partial->second.octets;
  ages_.erase(partial->second.age);
  partials_.erase(partial);
}

}  // namespace pinhole::capture
