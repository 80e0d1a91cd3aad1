// SPDX-License-Identifier: Apache-2.0
#pragma once
// IP datagrams out of packets: IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200),
// fragments put together. Checksums are not looked at: captures at a sender have none yet.

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <tuple>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "capture/limits.hpp"
#include "capture/packet.hpp"

namespace pinhole::capture {

inline constexpr std::uint8_t kTcp = 6;

struct Datagram {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  std::size_t size = 0;  // of the payload as sent: more than `payload` where the capture cut it
  ByteView payload;
};

/// Puts fragments together. Within one datagram fragments that overlap but do not repeat void it
/// (RFC 5722; Linux does so for IPv4 too).
class Defragmenter {
 public:
  explicit Defragmenter(const Limits& limits = {}) : limits_(limits) {}

  /// A whole datagram, whose payload is borrowed from `packet` or, of fragments, from this object
  /// until the next call. None: not IP, cut short in its headers, or a fragment that is not the
  /// last one to come.
  [[nodiscard]] std::optional<Datagram> on_packet(ByteView packet, Time time);

  [[nodiscard]] std::uint64_t fragments() const { return fragments_; }
  /// Datagrams given up: too many at once, too old, overlapping.
  [[nodiscard]] std::uint64_t given_up() const { return given_up_; }

 private:
  struct Fragment {
    std::uint32_t id = 0;
    std::size_t offset = 0;
    bool more = false;
  };
  using Key = std::tuple<IpAddress, IpAddress, std::uint32_t, std::uint8_t>;
  struct Partial {
    Time began = 0;
    std::map<std::size_t, Bytes> pieces;
    std::size_t octets = 0;
    std::optional<std::size_t> total;
    std::list<Key>::iterator age;
  };
  using Partials = std::map<Key, Partial>;

  std::optional<Datagram> on_ipv4(ByteView packet, Time time);
  std::optional<Datagram> on_ipv6(ByteView packet, Time time);
  std::optional<Datagram> on_fragment(const Datagram& part, const Fragment& fragment, Time time);
  /// False where it contradicts what is there.
  static bool add(Partial& partial, const Fragment& fragment, ByteView payload);
  void give_up(Partials::iterator partial);
  void erase(Partials::iterator partial);

  const Limits limits_;
  Partials partials_;
  std::list<Key> ages_;  // the oldest first
  std::size_t octets_ = 0;
  Bytes whole_;
  std::uint64_t fragments_ = 0;
  std::uint64_t given_up_ = 0;
};

}  // namespace pinhole::capture
