// SPDX-License-Identifier: Apache-2.0
#pragma once
// Packets of a network interface, through libpcap: the room's one way to the outside, here because
// no other room may see that library.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/diagnostic.hpp"
#include "capture/packet.hpp"

namespace pinhole::capture {

class Live {
 public:
  /// Begins to capture whole packets of TCP over IPv4, of IPv6, and fragments. `any` is every
  /// interface. No such interface: exit 2; not permitted: exit 3.
  [[nodiscard]] static Checked<Live> open(const std::string& interface);

  Live(Live&&) noexcept;
  Live& operator=(Live&&) noexcept;
  ~Live();

  /// Tells the packets that are there, or come within `wait`. A failure ends the capture: exit 3.
  [[nodiscard]] Checked<void> take(PacketSink& sink, std::chrono::milliseconds wait);
  /// Packets that were lost until now because they came too fast.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct State;
  explicit Live(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pinhole::capture
