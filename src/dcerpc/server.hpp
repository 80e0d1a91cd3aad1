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

/// Names one call among all of an association: a call id may be used again once its call is over,
/// and a late answer to the first must not answer the second.
struct CallKey {
  CallId id;
  ContextId context;
  std::uint32_t serial = 0;
};

/// A whole request.
struct Call {
  CallKey key;
  std::uint32_t interface_index = 0;
  Opnum opnum;
  std::optional<Uuid> object;
  ByteOrder order = ByteOrder::little;  // of the stub
  bool ndr64 = false;
  ByteView stub;  // borrowed until on_call returns
};

/// Takes the calls as they become whole, in the order of the stream and in the midst of on_bytes:
/// so answers keep that order, whatever the cut. A call is answered there with respond() or
/// fault(), or later, from the thread of the association.
class CallSink {
 public:
  CallSink() = default;
  CallSink(const CallSink&) = delete;
  CallSink& operator=(const CallSink&) = delete;
  virtual ~CallSink() = default;
  /// `out` is what was given to on_bytes.
  virtual void on_call(const Call& call, Bytes& out) = 0;
};

class ServerAssociation {
 public:
  ServerAssociation(const InterfaceLookup& interfaces, GroupTable& groups, const Peer& peer,
                    const ServerLimits& limits);

  /// Takes the next bytes of the stream, in any cut, and appends what is to be sent to `out`. Not
  /// empty: send, then close, for this reason. After a close nothing more is taken.
  [[nodiscard]] std::string on_bytes(ByteView bytes, CallSink& sink, Bytes& out);

  /// Answers a call: `start` as begin_response gave it, the stub written behind it. False, and
  /// `out` cut back to `start`, when the client gave the call up meanwhile.
  bool respond(const CallKey& call, Bytes& out, std::size_t start);
  bool fault(const CallKey& call, std::uint32_t status, Bytes& out);

  [[nodiscard]] const Peer& peer() const { return peer_; }
  /// Null before the bind.
  [[nodiscard]] const std::shared_ptr<AssociationGroup>& group() const { return group_; }
  [[nodiscard]] bool bound() const { return group_ != nullptr; }
  /// Calls delivered and not yet answered.
  [[nodiscard]] std::size_t calls_in_progress() const { return active_.size(); }
  /// Fragments taken so far.
  [[nodiscard]] std::uint32_t fragments() const { return fragments_; }

 private:
  struct Context {
    ContextId id;
    std::uint32_t interface_index = 0;
    SyntaxId abstract_syntax;
    bool ndr64 = false;
  };
  struct Partial {
    Call call;
    Bytes stub;
    bool refused = false;  // faulted already: the rest of its fragments is swallowed
  };
  /// What the fragments of one on_bytes share.
  struct Turn {
    CallSink& sink;
    Bytes& out;
    std::string close;
  };

  void on_fragment(const Fragment& fragment, Turn& turn);
  void on_no_fragment(ByteView bytes, const WireError& error, Turn& turn);
  void on_bind(const Fragment& fragment, Turn& turn);
  void refuse_bind(const Fragment& fragment, NakReason reason, std::string why, Turn& turn);
  void on_request(const Fragment& fragment, Turn& turn);
  void on_first(const Fragment& fragment, const Request& request, Turn& turn);
  void on_continuation(const Fragment& fragment, const Request& request, Turn& turn);
  void on_give_up(const Header& header, Turn& turn);
  void deliver(Call& call, ByteView stub, Turn& turn);
  ContextAnswer answer(const ContextElement& element);
  void protocol_error(CallId call, ContextId context, const char* why, Turn& turn);
  void end(std::string why, Turn& turn);
  [[nodiscard]] const Context* find_context(ContextId id) const;
  [[nodiscard]] std::vector<Partial>::iterator find_partial(CallId call);
  bool take_active(const CallKey& call);

  const InterfaceLookup& interfaces_;
  GroupTable& groups_;
  const Peer peer_;
  const ServerLimits& limits_;
  std::shared_ptr<AssociationGroup> group_;
  std::vector<Context> contexts_;
  std::vector<CallKey> active_;
  std::vector<Partial> partial_;
  Bytes pending_;  // an incomplete fragment
  std::size_t partial_octets_ = 0;
  std::uint32_t fragments_ = 0;
  std::uint32_t last_serial_ = 0;
  std::uint16_t max_send_ = kMustReceive;
  bool closed_ = false;
};

}  // namespace pinhole::dcerpc
