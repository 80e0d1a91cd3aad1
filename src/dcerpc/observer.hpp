// SPDX-License-Identifier: Apache-2.0
#pragma once
// The third face: both directions of somebody else's association, followed and never answered.
//
// Sans-I/O. Tolerates gaps: after one it takes up the next place that looks like a PDU. Memory is
// bounded by ObserverLimits; what does not fit is reported as an oddity and told in less detail.

#include <cstdint>
#include <optional>
#include <vector>

#include "dcerpc/pdu.hpp"

namespace pinhole::dcerpc {

enum class Direction : std::uint8_t { to_server, to_client };

/// What is odd about a conversation.
enum class Oddity : std::uint8_t {
  not_dcerpc,          // the stream is no DCE/RPC here; skipped up to the next likely PDU
  malformed,           // a PDU whose body does not decode
  wrong_direction,     // a PDU that the other side sends
  unmatched_answer,    // an answer to no bind or call that was seen
  unmatched_context,   // a bind_ack whose results are not as many as the proposals
  unknown_context,     // a request in a context that was not seen accepted
  unmatched_fragment,  // a fragment of no call, or not of the call as it began
  reused_call,         // a call id that was in progress
  too_large,           // a stub above the limit: told without it
  too_many_calls,      // more calls than are followed: the oldest is forgotten
  too_many_contexts,   // more contexts than are followed: the newest is ignored
};
[[nodiscard]] const char* to_string(Oddity oddity);

struct ObserverLimits {
  std::uint32_t max_stub = 1U << 20U;  // octets kept for all incomplete stubs of a direction
  std::uint16_t max_calls = 256;       // calls and binds whose answers are outstanding
  std::uint16_t max_contexts = 256;    // presentation contexts
};

/// A presentation context as agreed.
struct ObservedContext {
  ContextId id;
  SyntaxId interface;
  SyntaxId transfer_syntax;
};

/// One proposal with its answer; an acceptance names the transfer syntax.
struct ObservedProposal {
  ContextElement proposed;
  ContextAnswer answer;
};

/// A request or its answer. Stubs are borrowed until the sink returns.
struct ObservedCall {
  CallId call;
  ContextId context;
  std::optional<ObservedContext> agreed;  // none: accepted before the observer came, or never
  Opnum opnum;
  std::optional<Uuid> object;
};

struct ObservedStub {
  bool whole = false;        // false: too large, protected, or begun before the observer came
  bool has_trailer = false;  // a security trailer: the stub may be sealed
  ByteOrder order = ByteOrder::little;
  ByteView stub;
};

/// Told in the order of the stream. Every PDU is told first by `on_pdu`, then by its meaning.
class ObserverSink {
 public:
  ObserverSink() = default;
  ObserverSink(const ObserverSink&) = delete;
  ObserverSink& operator=(const ObserverSink&) = delete;
  virtual ~ObserverSink() = default;

  /// A whole PDU, borrowed; `offset` from the start of its direction. A relay may send another
  /// in its place.
  virtual void on_pdu(Direction, std::uint64_t /*offset*/, const Fragment&) {}
  /// Octets that are part of no PDU, borrowed: a relay passes them or ends the connection.
  virtual void on_other(Direction, std::uint64_t /*offset*/, ByteView) {}
  /// bind or alter_context, as proposed.
  virtual void on_bind(CallId, const Bind&) {}
  /// Its answer; `proposals` is empty where the proposal was not seen.
  virtual void on_bind_ack(CallId, const BindAck&, const std::vector<ObservedProposal>&) {}
  virtual void on_bind_nak(CallId, const BindNak&) {}
  virtual void on_request(const ObservedCall&, const ObservedStub&) {}
  virtual void on_response(const ObservedCall&, const ObservedStub&) {}
  virtual void on_fault(const ObservedCall&, std::uint32_t /*status*/) {}
  virtual void on_oddity(Direction, std::uint64_t /*offset*/, Oddity) {}
};

class Observer {
 public:
  explicit Observer(ObserverLimits limits = {}) : limits_(limits) {}

  /// The next octets of one direction, in any cut.
  void on_bytes(Direction direction, ByteView bytes, ObserverSink& sink);
  /// `size` octets of one direction were not seen.
  void on_gap(Direction direction, std::uint64_t size, ObserverSink& sink);

  [[nodiscard]] const std::vector<ObservedContext>& contexts() const { return contexts_; }
  /// Octets of an incomplete PDU that wait for the rest.
  [[nodiscard]] ByteView pending(Direction direction) const { return stream(direction).buffer; }
  /// Octets of memory that this connection holds, about.
  [[nodiscard]] std::size_t held() const;

 private:
  /// A stub that grows: of a request or of its answer.
  struct Growing {
    bool begun = false;
    bool complete = true;  // no fragment was missed or dropped
    bool has_trailer = false;
    Bytes stub;
  };
  struct PendingCall {
    ObservedCall call;
    bool answerable = false;  // the request's last fragment was seen
    Growing request;
    Growing response;
  };
  struct PendingBind {
    CallId call;
    std::vector<ContextElement> proposals;
  };
  struct Stream {
    Bytes buffer;
    std::uint64_t offset = 0;  // of the buffer's start
    bool searching = false;    // after a gap or nonsense: the next likely header is awaited
    std::size_t kept = 0;      // octets of incomplete stubs
  };
  using Calls = std::vector<PendingCall>;

  const Stream& stream(Direction direction) const {
    return streams_[static_cast<std::size_t>(direction)];
  }
  Stream& stream(Direction direction) { return streams_[static_cast<std::size_t>(direction)]; }
  [[nodiscard]] std::size_t search(Direction direction, ByteView bytes, ObserverSink& sink);
  void on_fragment(Direction direction, const Fragment& fragment, ObserverSink& sink);
  void on_client_pdu(const Fragment& fragment, ObserverSink& sink);
  void on_server_pdu(const Fragment& fragment, ObserverSink& sink);
  void on_bind(const Fragment& fragment, ObserverSink& sink);
  void on_bind_ack(const Fragment& fragment, ObserverSink& sink);
  void agree(const ContextElement& proposed, const ContextAnswer& answer, ObserverSink& sink);
  void on_request(const Fragment& fragment, ObserverSink& sink);
  void on_response(const Fragment& fragment, ObserverSink& sink);
  void on_fault(const Fragment& fragment, ObserverSink& sink);
  void grow(Direction direction, Growing& growing, const Fragment& fragment, ByteView stub,
            ObserverSink& sink);
  Calls::iterator begin_call(const Fragment& fragment, const Request& request, ObserverSink& sink);
  Calls::iterator find(CallId call);
  void forget(Calls::iterator call);
  void odd(Direction direction, Oddity oddity, ObserverSink& sink);

  const ObserverLimits limits_;
  std::array<Stream, 2> streams_;
  std::array<std::uint64_t, 2> at_{};  // where the PDU that is being told began
  std::vector<ObservedContext> contexts_;
  std::vector<PendingBind> binds_;
  Calls calls_;
};

}  // namespace pinhole::dcerpc
