// SPDX-License-Identifier: Apache-2.0
#pragma once
// What Windows' `netstat` prints, from NT 4 to today, with -n and any of -a, -o, -b, -v, -q, -t:
//
//   Proto  Local Address          Foreign Address        State           PID
//   TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       892
//   RpcSs
//  [svchost.exe]
//
// Lines of sockets are known by TCP or UDP and their address columns, so that headers may be in any
// language. Text before the first of them, and lines that name no owner, are passed over.

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/diagnostic.hpp"

namespace pinhole::snapshot {

/// `other`: a word in another language, or none.
enum class SocketState : std::uint8_t {
  none,  // UDP has no states
  listening,
  syn_sent,
  syn_received,
  established,
  fin_wait_1,
  fin_wait_2,
  close_wait,
  closing,
  last_ack,
  time_wait,
  closed,
  delete_tcb,
  bound,
  other,
};

[[nodiscard]] std::string_view to_string(SocketState state);

struct SocketEnd {
  IpAddress address;
  std::uint16_t port = 0;
  std::string zone;  // of an IPv6 address: 11 of fe80::1%11; empty where there is none

  friend bool operator==(const SocketEnd&, const SocketEnd&) = default;
};

struct NetstatSocket {
  bool udp = false;
  SocketEnd local;
  std::optional<SocketEnd> peer;  // none of what listens, and of `*:*`
  SocketState state = SocketState::none;
  std::optional<std::uint32_t> pid;
  std::string process;                  // store.exe, as written; empty: netstat did not say
  std::vector<std::string> components;  // services and modules that stand above the process: RpcSs
  std::uint32_t line = 0;

  friend bool operator==(const NetstatSocket&, const NetstatSocket&) = default;
  /// Takes what arrives at its port from anybody: TCP that listens, and UDP.
  [[nodiscard]] bool listens() const { return udp || state == SocketState::listening; }
};

std::ostream& operator<<(std::ostream& out, const NetstatSocket& socket);

/// Every socket in the listing's order, or every fault with its line (exit 2): `netstat-socket`, a
/// line of TCP or UDP whose addresses are missing, cut or names instead of numbers;
/// `netstat-empty`, no socket at all. A TCP socket without a peer listens, whatever its state is
/// called.
[[nodiscard]] Checked<std::vector<NetstatSocket>> read_netstat(std::string_view text,
                                                               std::string_view name);

/// True for a line that starts as one of a socket does: TCP or UDP, a space, more.
[[nodiscard]] bool starts_socket(std::string_view line);

}  // namespace pinhole::snapshot
