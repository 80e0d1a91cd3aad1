// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/server.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "dcerpc/status.hpp"

namespace pinhole::dcerpc {
namespace {

/// [MS-RPCE] 3.3.1.5.3: the only transfer syntax of such a context; its last octets are bits.
bool is_feature_negotiation(const ContextElement& element) {
  if (element.transfer_syntaxes.size() != 1) {
    return false;
  }
  const Uuid& uuid = element.transfer_syntaxes.front().uuid;
  return uuid.time_low == kBindTimeFeaturePrefix.time_low &&
         uuid.time_mid == kBindTimeFeaturePrefix.time_mid &&
         uuid.time_hi_and_version == kBindTimeFeaturePrefix.time_hi_and_version;
}

/// We keep a connection after an orphaned call; security contexts are not multiplexed.
constexpr std::uint16_t kKeepConnectionOnOrphan = 0x02;

}  // namespace

void ServerActions::clear() {
  out.clear();
  calls.clear();
  cancelled.clear();
  close.clear();
}

ServerAssociation::ServerAssociation(const InterfaceLookup& interfaces, GroupTable& groups,
                                     Peer peer, const ServerLimits& limits)
    : interfaces_(interfaces), groups_(groups), peer_(std::move(peer)), limits_(limits) {}

void ServerAssociation::on_bytes(ByteView bytes, ServerActions& actions) {
  if (closed_) {
    return;
  }
  const bool buffered = !pending_.empty();
  if (buffered) {
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    bytes = pending_;
  }
  std::size_t used = 0;
  while (!closed_ && used < bytes.size()) {
    const Framed framed = frame(bytes.subspan(used), limits_.max_fragment);
    if (std::holds_alternative<NeedMore>(framed)) {
      break;
    }
    if (const auto* fragment = std::get_if<Fragment>(&framed)) {
      used += fragment->header.fragment_length;
      on_fragment(*fragment, actions);
      continue;
    }
    const auto& error = std::get<WireError>(framed);
    // Whatever it was, octets 12 to 15 stand where a call id would (interop: Windows does so).
    std::uint32_t call = 0;
    std::memcpy(&call, bytes.data() + used + 12, sizeof(call));
    if (bound()) {
      encode_fault(actions.out, {call}, {0}, flags::kDidNotExecute, status::kProtocolError);
    } else {
      encode_bind_nak(actions.out, {call}, NakReason::protocol_version_not_supported);
    }
    actions.close = to_string(error);
    closed_ = true;
  }
  // Calls borrow their stubs from these bytes: those that do not outlive this call are copied.
  if (buffered) {
    for (Call& call : actions.calls) {
      if (call.owned.empty()) {
        call.owned = to_bytes(call.stub);
        call.stub = call.owned;
      }
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(used));
    if (pending_.empty()) {
      pending_ = Bytes();  // an idle association holds no buffer
    }
  } else if (!closed_) {
    pending_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end());
  }
}

void ServerAssociation::on_fragment(const Fragment& fragment, ServerActions& actions) {
  const Header& header = fragment.header;
  switch (header.type) {
    case PacketType::request:
      on_request(fragment, actions);
      return;
    case PacketType::bind:
    case PacketType::alter_context:
      on_bind(fragment, actions);
      return;
    case PacketType::co_cancel:
      on_give_up(header.call, false, actions);
      return;
    case PacketType::orphaned:
      on_give_up(header.call, true, actions);
      return;
    case PacketType::auth3:
    case PacketType::response:
    case PacketType::fault:
    case PacketType::bind_ack:
    case PacketType::bind_nak:
    case PacketType::alter_context_resp:
    case PacketType::shutdown:
      break;
  }
  protocol_error(header.call, {0}, "a PDU that only a server sends", actions);
}

void ServerAssociation::on_bind(const Fragment& fragment, ServerActions& actions) {
  const Header& header = fragment.header;
  const bool altering = header.type == PacketType::alter_context;
  if (altering != bound()) {
    protocol_error(header.call, {0}, altering ? "alter_context before bind" : "a second bind",
                   actions);
    return;
  }
  if (fragment.auth) {
    if (altering) {
      protocol_error(header.call, {0}, "alter_context with a security trailer", actions);
      return;
    }
    encode_bind_nak(actions.out, header.call, NakReason::authentication_type_not_recognized);
    return;
  }
  const auto bind = decode_bind(fragment);
  if (!bind) {
    if (altering) {
      protocol_error(header.call, {0}, "malformed alter_context", actions);
    } else {
      encode_bind_nak(actions.out, header.call, NakReason::not_specified);
      actions.close = to_string(bind.error());
      closed_ = true;
    }
    return;
  }
  if (!altering) {
    group_ = bind->group.value == 0 ? groups_.create(peer_) : groups_.join(bind->group, peer_);
    if (!group_) {
      encode_bind_nak(actions.out, header.call, NakReason::not_specified);
      return;
    }
    max_send_ = std::min(limits_.max_fragment, std::max(bind->max_receive, kMustReceive));
  }
  BindAck ack;
  ack.max_transmit = max_send_;
  ack.max_receive = std::min(limits_.max_fragment, std::max(bind->max_transmit, kMustReceive));
  ack.group = group_->id();
  if (!altering) {
    ack.secondary_address = peer_.local_port == 0 ? "" : fmt::format("{}", peer_.local_port);
  }
  for (const ContextElement& element : bind->contexts) {
    ack.answers.push_back(answer(element));
  }
  const auto multiplexing =
      static_cast<std::uint8_t>(header.flags & flags::kConcurrentMultiplexing);
  encode_bind_ack(actions.out, altering ? PacketType::alter_context_resp : PacketType::bind_ack,
                  header.call, multiplexing, ack);
}

ContextAnswer ServerAssociation::answer(const ContextElement& element) {
  if (is_feature_negotiation(element)) {
    const auto wanted = element.transfer_syntaxes.front().uuid.clock_and_node[0];
    return {ContextResult::negotiate_ack,
            static_cast<std::uint16_t>(wanted & kKeepConnectionOnOrphan),
            {}};
  }
  const auto index = interfaces_.find(element.abstract_syntax);
  if (!index) {
    return {ContextResult::provider_rejection, reject::kAbstractSyntax, {}};
  }
  const auto syntax = std::ranges::find_if(element.transfer_syntaxes, [](const SyntaxId& each) {
    return each == kNdr32 || each == kNdr64;
  });
  if (syntax == element.transfer_syntaxes.end()) {
    return {ContextResult::provider_rejection, reject::kTransferSyntaxes, {}};
  }
  const Context context{element.id, *index, element.abstract_syntax, *syntax == kNdr64};
  if (const Context* known = find_context(element.id)) {
    // The same context again is the same context; to change what an id means is refused.
    if (known->abstract_syntax != context.abstract_syntax || known->ndr64 != context.ndr64) {
      return {ContextResult::provider_rejection, reject::kNotSpecified, {}};
    }
  } else if (contexts_.size() >= limits_.max_contexts) {
    return {ContextResult::provider_rejection, reject::kLocalLimit, {}};
  } else {
    contexts_.push_back(context);
  }
  return {ContextResult::acceptance, 0, *syntax};
}

void ServerAssociation::on_request(const Fragment& fragment, ServerActions& actions) {
  const Header& header = fragment.header;
  const auto request = decode_request(fragment);
  if (!request || !bound() || fragment.auth) {
    protocol_error(header.call, {0},
                   !request   ? "malformed request"
                   : !bound() ? "a request before bind"
                              : "a security trailer without security",
                   actions);
    return;
  }
  if ((header.flags & flags::kFirstFragment) != 0) {
    on_first(fragment, *request, actions);
  } else {
    on_continuation(fragment, *request, actions);
  }
}

void ServerAssociation::on_first(const Fragment& fragment, const Request& request,
                                 ServerActions& actions) {
  const Header& header = fragment.header;
  const auto same_call = [&](const Partial& each) { return each.call.id == header.call; };
  if (std::ranges::find(active_, header.call) != active_.end() ||
      std::ranges::any_of(partial_, same_call)) {
    protocol_error(header.call, request.context, "a call id that is in progress", actions);
    return;
  }
  Partial partial;
  partial.call.id = header.call;
  partial.call.context = request.context;
  partial.call.opnum = request.opnum;
  partial.call.object = request.object;
  partial.call.order = header.order;
  if (const Context* context = find_context(request.context)) {
    partial.call.interface_index = context->interface_index;
    partial.call.ndr64 = context->ndr64;
  } else {
    partial.status = status::kUnknownInterface;
  }
  if (active_.size() + partial_.size() >= limits_.max_calls) {
    partial.status = status::kServerTooBusy;
  }
  const bool whole = (header.flags & flags::kLastFragment) != 0;
  if (partial.status != 0) {
    // Faulted at once; the rest of its fragments, if any, is swallowed by on_continuation.
    encode_fault(actions.out, header.call, request.context, flags::kDidNotExecute, partial.status);
    if (whole) {
      return;
    }
  } else if (whole) {
    partial.call.stub = request.stub;
    active_.push_back(header.call);
    actions.calls.push_back(std::move(partial.call));
    return;
  } else {
    partial.call.owned = to_bytes(request.stub);
    partial_octets_ += request.stub.size();
  }
  // One slot above the limit: a refused call's fragments are swallowed, a second one's end it.
  if (partial_.size() > limits_.max_calls || partial_octets_ > limits_.max_request ||
      (partial.status == 0 && request.stub.empty())) {
    protocol_error(header.call, request.context, "too many incomplete calls", actions);
    return;
  }
  partial_.push_back(std::move(partial));
}

void ServerAssociation::on_continuation(const Fragment& fragment, const Request& request,
                                        ServerActions& actions) {
  const Header& header = fragment.header;
  const bool last = (header.flags & flags::kLastFragment) != 0;
  const auto found = std::ranges::find_if(
      partial_, [&](const Partial& each) { return each.call.id == header.call; });
  if (found == partial_.end() || found->call.opnum != request.opnum ||
      found->call.context != request.context || found->call.order != header.order) {
    protocol_error(header.call, request.context, "a fragment of no call", actions);
    return;
  }
  if (request.stub.empty() && !last) {
    protocol_error(header.call, request.context, "a fragment that carries nothing", actions);
    return;
  }
  if (found->status == 0) {
    if (partial_octets_ + request.stub.size() > limits_.max_request) {
      encode_fault(actions.out, header.call, request.context, flags::kDidNotExecute,
                   status::kRemoteNoMemory);
      actions.close = "a request longer than max-request";
      closed_ = true;
      return;
    }
    partial_octets_ += request.stub.size();
    Bytes& owned = found->call.owned;
    owned.insert(owned.end(), request.stub.begin(), request.stub.end());
  }
  if (!last) {
    return;
  }
  if (found->status == 0) {
    Call call = std::move(found->call);
    partial_octets_ -= call.owned.size();
    call.stub = call.owned;
    active_.push_back(call.id);
    actions.calls.push_back(std::move(call));
    actions.calls.back().stub = actions.calls.back().owned;
  }
  partial_.erase(found);
}

void ServerAssociation::on_give_up(CallId call, bool orphaned, ServerActions& actions) {
  const auto partial =
      std::ranges::find_if(partial_, [&](const Partial& each) { return each.call.id == call; });
  if (partial != partial_.end()) {
    if (orphaned) {
      partial_octets_ -= partial->call.owned.size();
      partial_.erase(partial);
    }
    return;
  }
  if (std::ranges::find(active_, call) == active_.end()) {
    return;  // it was answered before this arrived
  }
  actions.cancelled.push_back(call);
  if (orphaned) {
    take_active(call);
  }
}

bool ServerAssociation::respond(const CallId& call, ContextId context, Bytes& out,
                                std::size_t start) {
  if (!take_active(call)) {
    out.resize(start);
    return false;
  }
  finish_response(out, start, call, context, max_send_);
  return true;
}

bool ServerAssociation::fault(const CallId& call, ContextId context, std::uint32_t status,
                              Bytes& out) {
  if (!take_active(call)) {
    return false;
  }
  encode_fault(out, call, context, 0, status);
  return true;
}

void ServerAssociation::protocol_error(CallId call, ContextId context, const char* why,
                                       ServerActions& actions) {
  encode_fault(actions.out, call, context, flags::kDidNotExecute, status::kProtocolError);
  actions.close = why;
  closed_ = true;
}

const ServerAssociation::Context* ServerAssociation::find_context(ContextId id) const {
  for (const Context& context : contexts_) {
    if (context.id == id) {
      return &context;
    }
  }
  return nullptr;
}

bool ServerAssociation::take_active(CallId call) {
  const auto found = std::ranges::find(active_, call);
  if (found == active_.end()) {
    return false;
  }
  active_.erase(found);
  return true;
}

}  // namespace pinhole::dcerpc
