// SPDX-License-Identifier: Apache-2.0
#pragma once
// Listening sockets and the threads that serve them.
//
// One socket for each address and port, without SO_REUSEPORT: a second service on the same static
// port must fail to bind. Every worker thread accepts from the same sockets and keeps what it
// accepted. An idle session holds no read buffer: it borrows its thread's.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/diagnostic.hpp"
#include "transport/protocol.hpp"

namespace pinhole::transport {

/// Limits of the sessions; each is a named setting of `pinhole serve --set`.
struct SessionLimits {
  std::chrono::seconds establish{30};  // from connect until the peer has bound
  std::chrono::seconds idle{3600};     // between requests; local connections are exempt
  std::chrono::seconds write{30};      // a peer that takes none of what is sent
  std::size_t connections = 20000;     // of one process; more are closed at once
};

class SessionServer {
 public:
  /// `threads` 0: one for each processor that this process may use.
  explicit SessionServer(SessionLimits limits, unsigned threads = 0);
  ~SessionServer();
  SessionServer(const SessionServer&) = delete;
  SessionServer& operator=(const SessionServer&) = delete;

  /// Listens on all addresses or on none; `port` 0 lets the kernel choose for the first. Answers
  /// the port. A failure has id `port-taken` or `cannot-listen` and exit code 3.
  [[nodiscard]] Checked<std::uint16_t> listen_tcp(const std::vector<IpAddress>& addresses,
                                                  std::uint16_t port,
                                                  const ProtocolFactory& protocol);
  /// A Unix stream socket, replacing one that nobody listens on any more; another file at its path
  /// stays, and is a failure. Mode 0666: what a peer may do is decided by
  /// its credentials. A path too long for a Unix socket has exit code 2.
  [[nodiscard]] Checked<void> listen_local(const std::string& path, ProtocolFactory protocol);

  /// Starts the threads; all listeners must be there.
  void start();
  /// Stops accepting, closes every session, joins the threads. Idempotent.
  void stop();

  [[nodiscard]] std::size_t sessions() const;

 private:
  struct Shared;
  class Worker;
  struct Listening;

  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Listening>> listening_;
  std::vector<std::unique_ptr<Worker>> workers_;
  unsigned threads_;
};

}  // namespace pinhole::transport
