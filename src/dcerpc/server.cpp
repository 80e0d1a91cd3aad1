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

ServerAssociation::ServerAssociation(const InterfaceLookup& interfaces, GroupTable& groups,
                                     const Peer& peer, const ServerLimits& limits)
    : interfaces_(interfaces), groups_(groups), peer_(peer), limits_(limits) {}

std::string ServerAssociation::on_bytes(ByteView bytes, CallSink& sink, Bytes& out) {
  if (closed_) {
    return {};
  }
  Turn turn{sink, out, {}};
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
      ++fragments_;
      on_fragment(*fragment, turn);
    } else {
      on_no_fragment(bytes.subspan(used), std::get<WireError>(framed), turn);
    }
  }
  if (closed_ || used == bytes.size()) {
    pending_ = Bytes();  // an idle association holds no buffer
  } else if (buffered) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(used));
  } else {
    pending_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end());
  }
  return std::move(turn.close);
}

void ServerAssociation::on_fragment(const Fragment& fragment, Turn& turn) {
  const Header& header = fragment.header;
  switch (header.type) {
    case PacketType::request:
      on_request(fragment, turn);
      return;
    case PacketType::bind:
    case PacketType::alter_context:
      on_bind(fragment, turn);
      return;
    case PacketType::co_cancel:
    case PacketType::orphaned:
      on_give_up(header, turn);
      return;
    case PacketType::auth3:
      protocol_error(header.call, {0}, "auth3 without authentication under way", turn);
      return;
    case PacketType::response:
    case PacketType::fault:
    case PacketType::bind_ack:
    case PacketType::bind_nak:
    case PacketType::alter_context_resp:
    case PacketType::shutdown:
      break;
  }
  protocol_error(header.call, {0}, "a PDU that only a server sends", turn);
}

void ServerAssociation::on_no_fragment(ByteView bytes, const WireError& error, Turn& turn) {
  // Whatever it was, octets 12 to 15 stand where a call id would; Windows echoes them unread.
  std::uint32_t call = 0;
  std::memcpy(&call, bytes.data() + 12, sizeof(call));
  if (!bound()) {
    encode_bind_nak(turn.out, {call}, NakReason::protocol_version_not_supported);
  } else {
    const bool big = (bytes[4] & std::byte{0xf0}) == std::byte{0};
    encode_fault(turn.out, {big ? __builtin_bswap32(call) : call}, {0}, flags::kDidNotExecute,
                 status::kProtocolError);
  }
  end(to_string(error), turn);
}

void ServerAssociation::refuse_bind(const Fragment& fragment, NakReason reason, std::string why,
                                    Turn& turn) {
  const CallId call = fragment.header.call;
  if (fragment.header.type == PacketType::alter_context) {
    encode_fault(turn.out, call, {0}, flags::kDidNotExecute, status::kProtocolError);
  } else {
    encode_bind_nak(turn.out, call, reason);
  }
  if (!why.empty()) {
    end(std::move(why), turn);
  }
}

void ServerAssociation::on_bind(const Fragment& fragment, Turn& turn) {
  const Header& header = fragment.header;
  const bool altering = header.type == PacketType::alter_context;
  if (altering != bound()) {
    protocol_error(header.call, {0}, altering ? "alter_context before bind" : "a second bind",
                   turn);
    return;
  }
  if (fragment.auth) {
    refuse_bind(fragment, NakReason::authentication_type_not_recognized,
                altering ? "alter_context with a security trailer" : "", turn);
    return;
  }
  const auto bind = decode_bind(fragment);
  if (!bind) {
    refuse_bind(fragment, NakReason::not_specified, to_string(bind.error()), turn);
    return;
  }
  if (!altering) {
    group_ = bind->group.value == 0 ? groups_.create(peer_) : groups_.join(bind->group, peer_);
    if (!group_) {
      refuse_bind(fragment, NakReason::not_specified, "", turn);
      return;
    }
    max_send_ = std::min(limits_.max_fragment, std::max(bind->max_receive, kMustReceive));
  }
  BindAck ack;
  ack.max_transmit = max_send_;
  ack.max_receive = std::min(limits_.max_fragment, std::max(bind->max_transmit, kMustReceive));
  ack.group = group_->id();
  if (!altering && peer_.local_port != 0) {
    ack.secondary_address = fmt::format("{}", peer_.local_port);
  }
  for (const ContextElement& element : bind->contexts) {
    ack.answers.push_back(answer(element));
  }
  const auto multiplexing =
      static_cast<std::uint8_t>(header.flags & flags::kConcurrentMultiplexing);
  encode_bind_ack(turn.out, altering ? PacketType::alter_context_resp : PacketType::bind_ack,
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

void ServerAssociation::on_request(const Fragment& fragment, Turn& turn) {
  const Header& header = fragment.header;
  const auto request = decode_request(fragment);
  if (!request || !bound() || fragment.auth) {
    protocol_error(header.call, {0},
                   !request   ? "malformed request"
                   : !bound() ? "a request before bind"
                              : "a security trailer without security",
                   turn);
    return;
  }
  if ((header.flags & flags::kLastFragment) == 0 && request->stub.empty()) {
    protocol_error(header.call, request->context, "a fragment that carries nothing", turn);
  } else if ((header.flags & flags::kFirstFragment) != 0) {
    on_first(fragment, *request, turn);
  } else {
    on_continuation(fragment, *request, turn);
  }
}

void ServerAssociation::on_first(const Fragment& fragment, const Request& request, Turn& turn) {
  const Header& header = fragment.header;
  const auto same_call = [&](const CallKey& each) { return each.id == header.call; };
  if (std::ranges::any_of(active_, same_call) || find_partial(header.call) != partial_.end()) {
    protocol_error(header.call, request.context, "a call id that is in progress", turn);
    return;
  }
  Call call;
  call.key = {header.call, request.context, ++last_serial_};
  call.opnum = request.opnum;
  call.object = request.object;
  call.order = header.order;
  std::uint32_t refusal = 0;
  if (const Context* context = find_context(request.context)) {
    call.interface_index = context->interface_index;
    call.ndr64 = context->ndr64;
  } else {
    refusal = status::kUnknownInterface;
  }
  if (active_.size() + partial_.size() >= limits_.max_calls) {
    refusal = status::kServerTooBusy;
  } else if (partial_octets_ + request.stub.size() > limits_.max_request) {
    refusal = status::kRemoteNoMemory;
  }
  if (refusal != 0) {
    encode_fault(turn.out, header.call, request.context, flags::kDidNotExecute, refusal);
  }
  if ((header.flags & flags::kLastFragment) != 0) {
    if (refusal == 0) {
      deliver(call, request.stub, turn);
    }
    return;
  }
  // One slot above the limit: a refused call's fragments are swallowed, a second one's end it.
  if (partial_.size() > limits_.max_calls) {
    protocol_error(header.call, request.context, "too many incomplete calls", turn);
    return;
  }
  Partial partial{call, {}, refusal != 0};
  if (!partial.refused) {
    partial.stub = to_bytes(request.stub);
    partial_octets_ += request.stub.size();
  }
  partial_.push_back(std::move(partial));
}

void ServerAssociation::on_continuation(const Fragment& fragment, const Request& request,
                                        Turn& turn) {
  const Header& header = fragment.header;
  const auto found = find_partial(header.call);
  if (found == partial_.end() || found->call.opnum != request.opnum ||
      found->call.key.context != request.context || found->call.order != header.order) {
    protocol_error(header.call, request.context, "a fragment of no call", turn);
    return;
  }
  if (!found->refused && partial_octets_ + request.stub.size() > limits_.max_request) {
    encode_fault(turn.out, header.call, request.context, flags::kDidNotExecute,
                 status::kRemoteNoMemory);
    partial_octets_ -= found->stub.size();
    found->stub = Bytes();
    found->refused = true;
  }
  if (!found->refused) {
    partial_octets_ += request.stub.size();
    found->stub.insert(found->stub.end(), request.stub.begin(), request.stub.end());
  }
  if ((header.flags & flags::kLastFragment) == 0) {
    return;
  }
  Partial whole = std::move(*found);
  partial_.erase(found);
  partial_octets_ -= whole.stub.size();
  if (!whole.refused) {
    deliver(whole.call, whole.stub, turn);
  }
}

void ServerAssociation::deliver(Call& call, ByteView stub, Turn& turn) {
  call.stub = stub;
  active_.push_back(call.key);
  turn.sink.on_call(call, turn.out);
}

void ServerAssociation::on_give_up(const Header& header, Turn& turn) {
  const bool orphaned = header.type == PacketType::orphaned;
  const auto partial = find_partial(header.call);
  if (partial != partial_.end()) {
    if (orphaned) {
      partial_octets_ -= partial->stub.size();
      partial_.erase(partial);
    }
    return;
  }
  const auto active =
      std::ranges::find_if(active_, [&](const CallKey& each) { return each.id == header.call; });
  if (active == active_.end()) {
    return;  // it was answered before this arrived
  }
  // A call that is still unanswered here waits for something; whoever cancels waits no longer.
  if (!orphaned) {
    encode_fault(turn.out, active->id, active->context, 0, status::kCancelled);
  }
  active_.erase(active);
}

bool ServerAssociation::respond(const CallKey& call, Bytes& out, std::size_t start) {
  if (!take_active(call)) {
    out.resize(start);
    return false;
  }
  finish_response(out, start, call.id, call.context, max_send_);
  return true;
}

bool ServerAssociation::fault(const CallKey& call, std::uint32_t status, Bytes& out) {
  if (!take_active(call)) {
    return false;
  }
  encode_fault(out, call.id, call.context, 0, status);
  return true;
}

void ServerAssociation::protocol_error(CallId call, ContextId context, const char* why,
                                       Turn& turn) {
  encode_fault(turn.out, call, context, flags::kDidNotExecute, status::kProtocolError);
  end(why, turn);
}

void ServerAssociation::end(std::string why, Turn& turn) {
  turn.close = std::move(why);
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

std::vector<ServerAssociation::Partial>::iterator ServerAssociation::find_partial(CallId call) {
  return std::ranges::find_if(partial_,
                              [&](const Partial& each) { return each.call.key.id == call; });
}

bool ServerAssociation::take_active(const CallKey& call) {
  const auto found = std::ranges::find_if(
      active_, [&](const CallKey& each) { return each.serial == call.serial; });
  if (found == active_.end()) {
    return false;
  }
  active_.erase(found);
  return true;
}

}  // namespace pinhole::dcerpc
