// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/observer.hpp"

#include <algorithm>

namespace pinhole::dcerpc {
namespace {

constexpr std::size_t kMostFragment = 65535;
/// Binds whose answers are outstanding: a client waits for each, so more is nonsense.
constexpr std::size_t kMostBinds = 16;

bool has(const Fragment& fragment, std::uint8_t flag) {
  return (fragment.header.flags & flag) != 0;
}

}  // namespace

const char* to_string(Oddity oddity) {
  switch (oddity) {
    case Oddity::not_dcerpc:
      return "not DCE/RPC";
    case Oddity::malformed:
      return "malformed PDU";
    case Oddity::wrong_direction:
      return "PDU in the wrong direction";
    case Oddity::unmatched_answer:
      return "answer to nothing";
    case Oddity::unmatched_context:
      return "results that do not match the proposals";
    case Oddity::unknown_context:
      return "unknown presentation context";
    case Oddity::unmatched_fragment:
      return "fragment of no call";
    case Oddity::reused_call:
      return "call id in progress used again";
    case Oddity::too_large:
      return "stub above the limit";
    case Oddity::too_many_calls:
      return "calls above the limit";
    case Oddity::too_many_contexts:
      return "presentation contexts above the limit";
  }
  return "?";
}

void Observer::on_bytes(Direction direction, ByteView bytes, ObserverSink& sink) {
  Stream& from = stream(direction);
  const bool buffered = !from.buffer.empty();
  if (buffered) {
    from.buffer.insert(from.buffer.end(), bytes.begin(), bytes.end());
    bytes = from.buffer;
  }
  std::size_t used = 0;
  while (used < bytes.size()) {
    if (from.searching) {
      const std::size_t skipped = search(direction, bytes.subspan(used), sink);
      used += skipped;
      from.offset += skipped;
      if (from.searching) {
        break;
      }
    }
    const Framed framed = frame(bytes.subspan(used), kMostFragment);
    if (std::holds_alternative<NeedMore>(framed)) {
      break;
    }
    at_[static_cast<std::size_t>(direction)] = from.offset;
    if (const auto* fragment = std::get_if<Fragment>(&framed)) {
      on_fragment(direction, *fragment, sink);
      used += fragment->header.fragment_length;
      from.offset += fragment->header.fragment_length;
    } else {
      odd(direction, Oddity::not_dcerpc, sink);
      from.searching = true;
    }
  }
  if (used == bytes.size()) {
    from.buffer = Bytes();
  } else if (buffered) {
    from.buffer.erase(from.buffer.begin(), from.buffer.begin() + static_cast<std::ptrdiff_t>(used));
  } else {
    from.buffer.assign(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end());
  }
}

/// How many octets cannot begin a PDU. The search ends where a header stands whole.
std::size_t Observer::search(Direction direction, ByteView bytes, ObserverSink& sink) {
  Stream& from = stream(direction);
  std::size_t at = 0;
  for (; at < bytes.size(); ++at) {
    const ByteView rest = bytes.subspan(at);
    if (rest.size() < kHeaderSize) {
      if (rest.front() == std::byte{5}) {
        break;
      }
      continue;
    }
    if (!std::holds_alternative<WireError>(frame(rest, kMostFragment))) {
      from.searching = false;
      break;
    }
  }
  if (at != 0) {
    sink.on_other(direction, from.offset, bytes.first(at));
  }
  return at;
}

void Observer::on_gap(Direction direction, std::uint64_t size, ObserverSink& sink) {
  Stream& from = stream(direction);
  if (!from.buffer.empty()) {
    sink.on_other(direction, from.offset, from.buffer);
  }
  from.offset += from.buffer.size() + size;
  from.buffer = Bytes();
  from.searching = true;
  for (PendingCall& each : calls_) {
    Growing& growing = direction == Direction::to_server ? each.request : each.response;
    growing.complete = growing.complete && !growing.begun;
    from.kept -= growing.stub.size();
    growing.stub = Bytes();
  }
}

void Observer::on_fragment(Direction direction, const Fragment& fragment, ObserverSink& sink) {
  sink.on_pdu(direction, stream(direction).offset, fragment);
  if (direction == Direction::to_server) {
    on_client_pdu(fragment, sink);
  } else {
    on_server_pdu(fragment, sink);
  }
}

void Observer::on_client_pdu(const Fragment& fragment, ObserverSink& sink) {
  switch (fragment.header.type) {
    case PacketType::bind:
    case PacketType::alter_context:
      on_bind(fragment, sink);
      return;
    case PacketType::request:
      on_request(fragment, sink);
      return;
    case PacketType::orphaned:
      if (const auto call = find(fragment.header.call); call != calls_.end()) {
        forget(call);
      }
      return;
    case PacketType::auth3:
    case PacketType::co_cancel:
      return;
    case PacketType::response:
    case PacketType::fault:
    case PacketType::bind_ack:
    case PacketType::bind_nak:
    case PacketType::alter_context_resp:
    case PacketType::shutdown:
      break;
  }
  odd(Direction::to_server, Oddity::wrong_direction, sink);
}

void Observer::on_server_pdu(const Fragment& fragment, ObserverSink& sink) {
  switch (fragment.header.type) {
    case PacketType::bind_ack:
    case PacketType::alter_context_resp:
      on_bind_ack(fragment, sink);
      return;
    case PacketType::bind_nak:
      std::erase_if(binds_, [&](const auto& each) { return each.call == fragment.header.call; });
      if (const auto nak = decode_bind_nak(fragment)) {
        sink.on_bind_nak(fragment.header.call, *nak);
      } else {
        odd(Direction::to_client, Oddity::malformed, sink);
      }
      return;
    case PacketType::response:
      on_response(fragment, sink);
      return;
    case PacketType::fault:
      on_fault(fragment, sink);
      return;
    case PacketType::shutdown:
      return;
    case PacketType::request:
    case PacketType::bind:
    case PacketType::alter_context:
    case PacketType::auth3:
    case PacketType::co_cancel:
    case PacketType::orphaned:
      break;
  }
  odd(Direction::to_client, Oddity::wrong_direction, sink);
}

void Observer::on_bind(const Fragment& fragment, ObserverSink& sink) {
  auto bind = decode_bind(fragment);
  if (!bind) {
    odd(Direction::to_server, Oddity::malformed, sink);
    return;
  }
  sink.on_bind(fragment.header.call, *bind);
  std::erase_if(binds_, [&](const auto& each) { return each.call == fragment.header.call; });
  if (binds_.size() >= kMostBinds) {
    binds_.erase(binds_.begin());
  }
  binds_.push_back({fragment.header.call, std::move(bind->contexts)});
}

void Observer::on_bind_ack(const Fragment& fragment, ObserverSink& sink) {
  const auto ack = decode_bind_ack(fragment);
  if (!ack) {
    odd(Direction::to_client, Oddity::malformed, sink);
    return;
  }
  const auto bind = std::ranges::find_if(
      binds_, [&](const PendingBind& each) { return each.call == fragment.header.call; });
  std::vector<ObservedProposal> proposals;
  if (bind == binds_.end()) {
    odd(Direction::to_client, Oddity::unmatched_answer, sink);
  } else {
    // An acknowledgement of a later leg of authentication repeats no results.
    const bool matches = ack->answers.size() == bind->proposals.size();
    if (!matches && !(fragment.auth && ack->answers.empty())) {
      odd(Direction::to_client, Oddity::unmatched_context, sink);
    }
    for (std::size_t i = 0; matches && i < bind->proposals.size(); ++i) {
      agree(bind->proposals[i], ack->answers[i], sink);
      proposals.push_back({std::move(bind->proposals[i]), ack->answers[i]});
    }
    binds_.erase(bind);
  }
  sink.on_bind_ack(fragment.header.call, *ack, proposals);
}

void Observer::agree(const ContextElement& proposed, const ContextAnswer& answer,
                     ObserverSink& sink) {
  if (answer.result != ContextResult::acceptance) {
    return;
  }
  const ObservedContext agreed{proposed.id, proposed.abstract_syntax, answer.transfer_syntax};
  const auto known = std::ranges::find_if(
      contexts_, [&](const ObservedContext& each) { return each.id == proposed.id; });
  if (known != contexts_.end()) {
    *known = agreed;
  } else if (contexts_.size() >= limits_.max_contexts) {
    odd(Direction::to_client, Oddity::too_many_contexts, sink);
  } else {
    contexts_.push_back(agreed);
  }
}

Observer::Calls::iterator Observer::begin_call(const Fragment& fragment, const Request& request,
                                               ObserverSink& sink) {
  if (const auto same = find(fragment.header.call); same != calls_.end()) {
    odd(Direction::to_server, Oddity::reused_call, sink);
    forget(same);
  }
  if (calls_.size() >= limits_.max_calls) {
    odd(Direction::to_server, Oddity::too_many_calls, sink);
    forget(calls_.begin());
  }
  PendingCall pending;
  pending.call = {fragment.header.call, request.context, {}, request.opnum, request.object};
  const auto known = std::ranges::find_if(
      contexts_, [&](const ObservedContext& each) { return each.id == request.context; });
  if (known != contexts_.end()) {
    pending.call.agreed = *known;
  } else {
    odd(Direction::to_server, Oddity::unknown_context, sink);
  }
  calls_.push_back(std::move(pending));
  return calls_.end() - 1;
}

void Observer::on_request(const Fragment& fragment, ObserverSink& sink) {
  const auto request = decode_request(fragment);
  if (!request) {
    odd(Direction::to_server, Oddity::malformed, sink);
    return;
  }
  auto call = find(fragment.header.call);
  if (has(fragment, flags::kFirstFragment)) {
    call = begin_call(fragment, *request, sink);
  } else if (call == calls_.end() || call->answerable || call->call.context != request->context ||
             call->call.opnum != request->opnum) {
    odd(Direction::to_server, Oddity::unmatched_fragment, sink);
    call = begin_call(fragment, *request, sink);
    call->request.complete = false;
  }
  if (!has(fragment, flags::kLastFragment)) {
    grow(Direction::to_server, call->request, fragment, request->stub, sink);
    return;
  }
  call->answerable = true;
  Growing& growing = call->request;
  if (growing.begun) {
    grow(Direction::to_server, growing, fragment, request->stub, sink);
  }
  const ByteView stub = growing.begun ? ByteView(growing.stub) : request->stub;
  sink.on_request(call->call, {growing.complete, growing.has_trailer || fragment.auth.has_value(),
                               fragment.header.order, growing.complete ? stub : ByteView()});
  stream(Direction::to_server).kept -= growing.stub.size();
  growing.stub = Bytes();
}

void Observer::on_response(const Fragment& fragment, ObserverSink& sink) {
  const auto response = decode_response(fragment);
  if (!response) {
    odd(Direction::to_client, Oddity::malformed, sink);
    return;
  }
  const auto call = find(fragment.header.call);
  if (call == calls_.end()) {
    odd(Direction::to_client, Oddity::unmatched_answer, sink);
    return;
  }
  Growing& growing = call->response;
  if (has(fragment, flags::kFirstFragment) == growing.begun) {
    odd(Direction::to_client, Oddity::unmatched_fragment, sink);
    growing.complete = false;
  }
  if (!has(fragment, flags::kLastFragment)) {
    grow(Direction::to_client, growing, fragment, response->stub, sink);
    return;
  }
  if (growing.begun) {
    grow(Direction::to_client, growing, fragment, response->stub, sink);
  }
  const ByteView stub = growing.begun ? ByteView(growing.stub) : response->stub;
  sink.on_response(call->call, {growing.complete, growing.has_trailer || fragment.auth.has_value(),
                                fragment.header.order, growing.complete ? stub : ByteView()});
  forget(call);
}

void Observer::on_fault(const Fragment& fragment, ObserverSink& sink) {
  const auto fault = decode_fault(fragment);
  if (!fault) {
    odd(Direction::to_client, Oddity::malformed, sink);
    return;
  }
  const auto call = find(fragment.header.call);
  if (call != calls_.end()) {
    sink.on_fault(call->call, fault->status);
    forget(call);
    return;
  }
  // An alter_context may be answered by a fault, too.
  if (std::erase_if(binds_, [&](const auto& each) { return each.call == fragment.header.call; }) ==
      0) {
    odd(Direction::to_client, Oddity::unmatched_answer, sink);
  }
  sink.on_fault({fragment.header.call, fault->context, {}, {}, {}}, fault->status);
}

void Observer::grow(Direction direction, Growing& growing, const Fragment& fragment, ByteView stub,
                    ObserverSink& sink) {
  growing.begun = true;
  growing.has_trailer = growing.has_trailer || fragment.auth.has_value();
  if (!growing.complete) {
    return;
  }
  Stream& from = stream(direction);
  if (from.kept + stub.size() > limits_.max_stub) {
    odd(direction, Oddity::too_large, sink);
    growing.complete = false;
    from.kept -= growing.stub.size();
    growing.stub = Bytes();
    return;
  }
  from.kept += stub.size();
  growing.stub.insert(growing.stub.end(), stub.begin(), stub.end());
}

std::size_t Observer::held() const {
  std::size_t sum =
      contexts_.size() * sizeof(ObservedContext) + calls_.size() * sizeof(PendingCall);
  for (const Stream& each : streams_) {
    sum += each.buffer.size() + each.kept;
  }
  for (const PendingBind& each : binds_) {
    for (const ContextElement& proposed : each.proposals) {
      sum += sizeof(proposed) + proposed.transfer_syntaxes.size() * sizeof(SyntaxId);
    }
  }
  return sum;
}

Observer::Calls::iterator Observer::find(CallId call) {
  return std::ranges::find_if(calls_,
                              [&](const PendingCall& each) { return each.call.call == call; });
}

void Observer::forget(Calls::iterator call) {
  stream(Direction::to_server).kept -= call->request.stub.size();
  stream(Direction::to_client).kept -= call->response.stub.size();
  calls_.erase(call);
}

void Observer::odd(Direction direction, Oddity oddity, ObserverSink& sink) {
  sink.on_oddity(direction, at_[static_cast<std::size_t>(direction)], oddity);
}

}  // namespace pinhole::dcerpc
