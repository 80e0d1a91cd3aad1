// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a listener speaks: the seam between sockets and sans-I/O protocols.

#include <functional>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "dcerpc/group.hpp"
#include "rpc/endpoint.hpp"

namespace pinhole::transport {

/// One connection's protocol. Used by one thread; destroyed when the connection ends.
class Protocol {
 public:
  Protocol() = default;
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  virtual ~Protocol() = default;

  /// Takes bytes of the stream and appends what is to be sent. Not empty: send, then close.
  [[nodiscard]] virtual std::string on_bytes(ByteView bytes, Bytes& out) = 0;
  /// Whether the peer has identified itself: until then the shorter time limit holds.
  [[nodiscard]] virtual bool established() const = 0;
  /// Whether an answer is still owed: such a connection is not idle.
  [[nodiscard]] virtual bool busy() const { return false; }
};

/// Runs a function on the connection's thread with the protocol and its output buffer, and sends
/// what it appends; does nothing once the connection is gone. Callable from any thread.
using Enter = std::function<void(std::function<void(Protocol&, Bytes&)>)>;

/// Makes the protocol of a new connection; `out` takes what is sent first (a banner).
using ProtocolFactory =
    std::function<std::unique_ptr<Protocol>(const dcerpc::Peer& peer, Enter enter, Bytes& out)>;

/// DCE/RPC on `server`, which must outlive the listener.
[[nodiscard]] ProtocolFactory speak_rpc(rpc::Server& server);
/// The same behind the banner `ncacn_http/1.0` ([MS-RPCH] 2.1.1: the legacy server response).
[[nodiscard]] ProtocolFactory speak_rpc_http(rpc::Server& server);

}  // namespace pinhole::transport
