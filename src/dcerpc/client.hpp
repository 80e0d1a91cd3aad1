// SPDX-License-Identifier: Apache-2.0
#pragma once
// The client's end of an association: calls in, bytes out, replies back.
//
// Sans-I/O. Several calls may be under way at once; replies come in any order. After `close` is
// set the association is over and every call under way has failed.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dcerpc/pdu.hpp"

namespace pinhole::dcerpc {

struct ClientLimits {
  std::uint16_t max_fragment = 5840;     // octets, offered at bind
  std::uint32_t max_reply = 64U << 20U;  // octets of a reassembled stub
};

struct Reply {
  CallId call;
  std::uint32_t fault = 0;  // 0: a response
  ByteOrder order = ByteOrder::little;
  Bytes stub;
};

struct ClientActions {
  std::optional<BindAck> accepted;  // bind_ack or alter_context_resp
  std::optional<BindNak> refused;
  std::vector<Reply> replies;
  std::string close;  // why the association ends now; empty: it goes on

  void clear();
};

class ClientAssociation {
 public:
  explicit ClientAssociation(ClientLimits limits = {}) : limits_(limits) {}

  /// Appends a bind, or once bound an alter_context, that proposes `contexts`.
  void bind(std::vector<ContextElement> contexts, AssocGroupId group, Bytes& out);

  /// Appends a request; the bind must have been accepted.
  CallId request(ContextId context, Opnum opnum, const std::optional<Uuid>& object, ByteView stub,
                 Bytes& out);

  void on_bytes(ByteView bytes, ClientActions& actions);

  [[nodiscard]] bool bound() const { return bound_; }
  [[nodiscard]] AssocGroupId group() const { return group_; }

 private:
  struct Pending {
    CallId call;
    bool begun = false;
    Bytes stub;
  };

  void on_fragment(const Fragment& fragment, ClientActions& actions);
  void on_response(const Fragment& fragment, ClientActions& actions);
  void end(std::string why, ClientActions& actions);
  std::vector<Pending>::iterator find(CallId call);

  const ClientLimits limits_;
  std::vector<Pending> pending_;
  Bytes buffer_;
  std::uint32_t last_call_ = 0;
  AssocGroupId group_;
  std::uint16_t max_send_ = kMustReceive;
  bool bound_ = false;
  bool closed_ = false;
};

}  // namespace pinhole::dcerpc
