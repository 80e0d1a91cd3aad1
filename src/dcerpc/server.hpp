// SPDX-License-Identifier: Apache-2.0
#pragma once
// The server's end of an association (C706 11.1, [MS-RPCE] 3.3.1): bytes in, calls and bytes out.
//
// Sans-I/O. Knows presentation contexts, fragments, calls in progress and limits; knows nothing of
// what an operation does. One object serves one connection, from one thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dcerpc/group.hpp"
#include "dcerpc/pdu.hpp"

namespace pinhole::dcerpc {

/// What the endpoint offers. Answers at bind, and stays valid as long as the association.
class InterfaceLookup {
 public:
  InterfaceLookup() = default;
  InterfaceLookup(const InterfaceLookup&) = delete;
  InterfaceLookup& operator=(const InterfaceLookup&) = delete;
  virtual ~InterfaceLookup() = default;
  /// The index of the interface that serves `wanted`: same UUID and major version, and at least
  /// its minor version.
  [[nodiscard]] virtual std::optional<std::uint32_t> find(const SyntaxId& wanted) const = 0;
};

/// Limits of one association; each is a named setting of `pinhole serve --set`.
struct ServerLimits {
  std::uint16_t max_fragment = 5840;      // octets, 1432 to 65535
  std::uint32_t max_request = 4U << 20U;  // octets of a reassembled stub
  std::uint16_t max_contexts = 128;       // presentation contexts
  std::uint16_t max_calls = 64;           // calls in progress, their fragments incomplete or not
};

/// A whole request. `stub` is borrowed from the bytes given to on_bytes, or from `owned`.
struct Call {
  CallId id;
  ContextId context;
  std::uint32_t interface_index = 0;
  Opnum opnum;
  std::optional<Uuid> object;
  ByteOrder order = ByteOrder::little;  // of the stub
  bool ndr64 = false;
  ByteView stub;
  Bytes owned;
};

/// What on_bytes asks the caller to do, in this order: run `calls`, send `out`, then close.
struct ServerActions {
  Bytes out;
  std::vector<Call> calls;
  std::vector<CallId> cancelled;  // co_cancel or orphaned: a waiting call may give up
  std::string close;              // why the connection ends now; empty: it goes on

  void clear();
};

class ServerAssociation {
 public:
  ServerAssociation(const InterfaceLookup& interfaces, GroupTable& groups, Peer peer,
                    const ServerLimits& limits);

  /// Takes the next bytes of the stream, in any cut. After a close nothing more is taken.
  void on_bytes(ByteView bytes, ServerActions& actions);

  /// Answers a call: `start` as begin_response gave it, the stub written behind it. False, and
  /// `out` cut back to `start`, when the client gave the call up meanwhile.
  bool respond(const CallId& call, ContextId context, Bytes& out, std::size_t start);
  bool fault(const CallId& call, ContextId context, std::uint32_t status, Bytes& out);

  [[nodiscard]] const Peer& peer() const { return peer_; }
  /// Null before the bind.
  [[nodiscard]] const std::shared_ptr<AssociationGroup>& group() const { return group_; }
  [[nodiscard]] bool bound() const { return group_ != nullptr; }
  /// Calls delivered and not yet answered.
  [[nodiscard]] std::size_t calls_in_progress() const { return active_.size(); }

 private:
  struct Context {
    ContextId id;
    std::uint32_t interface_index = 0;
    SyntaxId abstract_syntax;
    bool ndr64 = false;
  };
  struct Partial {
    Call call;
    std::uint32_t status = 0;  // fault to send when complete; 0: deliver
  };

  void on_fragment(const Fragment& fragment, ServerActions& actions);
  void on_bind(const Fragment& fragment, ServerActions& actions);
  void on_request(const Fragment& fragment, ServerActions& actions);
  void on_first(const Fragment& fragment, const Request& request, ServerActions& actions);
  void on_continuation(const Fragment& fragment, const Request& request, ServerActions& actions);
  void on_give_up(CallId call, bool orphaned, ServerActions& actions);
  ContextAnswer answer(const ContextElement& element);
  void protocol_error(CallId call, ContextId context, const char* why, ServerActions& actions);
  [[nodiscard]] const Context* find_context(ContextId id) const;
  bool take_active(CallId call);

  const InterfaceLookup& interfaces_;
  GroupTable& groups_;
  const Peer peer_;
  const ServerLimits& limits_;
  std::shared_ptr<AssociationGroup> group_;
  std::vector<Context> contexts_;
  std::vector<CallId> active_;
  std::vector<Partial> partial_;
  Bytes pending_;  // an incomplete fragment
  std::size_t partial_octets_ = 0;
  std::uint16_t max_send_ = kMustReceive;
  bool closed_ = false;
};

}  // namespace pinhole::dcerpc
