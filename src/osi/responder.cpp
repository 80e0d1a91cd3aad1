// SPDX-License-Identifier: Apache-2.0
#include "osi/responder.hpp"

#include <algorithm>
#include <bit>

namespace pinhole::osi {
namespace {

// References tell connections on one network connection apart; class 0 has one of each.
constexpr std::uint16_t kReference = 1;
// X.224 13.3 wants at most 128 octets; RFC 1006 lets user data follow the 255 of the header.
constexpr std::size_t kConnectMost = 512;
constexpr std::size_t kCodeLeast = 128;
constexpr std::size_t kCodeMost = 8192;
constexpr std::size_t kSizeUnit = 128;
constexpr std::uint8_t kKnownVersions = 0x03;

void send(const Bytes& tpdu, Responder::Output& out) {
  const Bytes packet = tpkt(tpdu);
  out.bytes.insert(out.bytes.end(), packet.begin(), packet.end());
}

// X.224 6.5.5 table 3: class 0 answers a preferred or alternative class 0, and class 1.
bool may_answer_class_0(const ConnectRequest& request) {
  return request.preferred_class <= 1 || (request.alternative_classes & 0x03U) != 0;
}

RejectCause cause_of(const WireError& error) {
  switch (error.code) {
    case WireErrc::bad_type:
      return RejectCause::invalid_tpdu_type;
    case WireErrc::bad_value:
      return RejectCause::invalid_parameter_value;
    case WireErrc::truncated:
    case WireErrc::bad_version:
    case WireErrc::too_large:
      break;
  }
  return RejectCause::not_specified;
}

}  // namespace

std::string_view to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::session_refused:
      return "session refused";
    case CloseReason::session_abort:
      return "session aborted by the peer";
    case CloseReason::peer_disconnect:
      return "transport disconnected by the peer";
    case CloseReason::transport_refused:
      return "transport connection refused";
    case CloseReason::transport_error:
      return "transport protocol error";
    case CloseReason::session_error:
      return "session protocol error";
    case CloseReason::framing_error:
      return "framing error";
  }
  return "?";
}

Responder::Responder(ResponderLimits limits, RefuseReason refusal)
    : limits_{std::clamp(limits.tpdu, kCodeLeast, kTpduMost), limits.tsdu},
      refusal_(refusal),
      reader_(kConnectMost) {}

Responder::Output Responder::on_bytes(ByteView in) {
  Output out;
  while (state_ != State::closed) {
    const auto next = reader_.next(in);
    if (std::holds_alternative<NeedMore>(next)) {
      break;
    }
    if (const auto* frame = std::get_if<TpktFrame>(&next)) {
      on_tpdu(frame->tpdu, out);
    } else {
      close(CloseReason::framing_error, out);
    }
  }
  return out;
}

void Responder::on_tpdu(ByteView tpdu, Output& out) {
  const Decoded<Tpdu> decoded = decode_tpdu(tpdu);
  if (!decoded) {
    const auto source = source_of_connect_request(tpdu);
    if (state_ == State::idle && source) {
      const bool length = decoded.error().code == WireErrc::truncated;
      send(encode(DisconnectRequest{*source, 0,
                                    length ? DisconnectReason::header_or_parameter_length_invalid
                                           : DisconnectReason::protocol_error}),
           out);
      close(CloseReason::transport_refused, out);
      return;
    }
    reject(cause_of(decoded.error()), tpdu, out);
    return;
  }
  if (std::holds_alternative<DisconnectRequest>(*decoded) ||
      std::holds_alternative<TpduError>(*decoded)) {
    close(CloseReason::peer_disconnect, out);
  } else if (const auto* request = std::get_if<ConnectRequest>(&*decoded);
             request != nullptr && state_ == State::idle) {
    on_connect(*request, out);
  } else if (const auto* data = std::get_if<DataTransfer>(&*decoded);
             data != nullptr && state_ == State::open) {
    on_data(*data, tpdu, out);
  } else {
    reject(RejectCause::invalid_tpdu_type, tpdu, out);
  }
}

void Responder::on_connect(const ConnectRequest& request, Output& out) {
  peer_reference_ = request.source;
  address_.calling_tsap = request.calling_tsap;
  address_.called_tsap = request.called_tsap;
  if (!may_answer_class_0(request)) {
    send(encode(DisconnectRequest{request.source, 0, DisconnectReason::negotiation_failed}), out);
    close(CloseReason::transport_refused, out);
    return;
  }
  // The confirm answers with the same parameter as the request, and never with more. Silence on
  // both sides means RFC 1006's 65,531.
  ConnectConfirm confirm;
  confirm.destination = request.source;
  confirm.source = kReference;
  std::size_t granted = limits_.tpdu;
  if (request.preferred_tpdu_size) {
    granted = std::min(granted, *request.preferred_tpdu_size) / kSizeUnit * kSizeUnit;
    confirm.preferred_tpdu_size = granted;
  } else if (request.tpdu_size || granted < kTpduMost) {
    granted = std::bit_floor(std::min({granted, request.tpdu_size.value_or(kCodeMost), kCodeMost}));
    confirm.tpdu_size = granted;
  }
  send(encode(confirm), out);
  reader_.set_most(granted);
  state_ = State::open;
}

void Responder::on_data(const DataTransfer& data, ByteView tpdu, Output& out) {
  if (data.user_data.empty()) {
    // X.224 13.7: at least one octet. Without this a peer could send for ever and say nothing.
    reject(RejectCause::not_specified, tpdu, out);
    return;
  }
  if (data.user_data.size() > limits_.tsdu - std::min(tsdu_.size(), limits_.tsdu)) {
    const std::byte first = tsdu_.empty() ? data.user_data.front() : tsdu_.front();
    if (first == std::byte{kConnectSi}) {
      refuse_session(RefuseReason::implementation_restriction, out);
    } else {
      send(encode(DataTransfer{true, encode(AbortSpdu{})}), out);
      close(CloseReason::session_error, out);
    }
    return;
  }
  tsdu_.insert(tsdu_.end(), data.user_data.begin(), data.user_data.end());
  if (data.end_of_tsdu) {
    on_tsdu(out);
  }
}

void Responder::on_tsdu(Output& out) {
  const Decoded<Spdu> decoded = decode_spdu(tsdu_);
  if (decoded && std::holds_alternative<AbortSpdu>(*decoded)) {
    close(CloseReason::session_abort, out);
    return;
  }
  const auto* connect = decoded ? std::get_if<ConnectSpdu>(&*decoded) : nullptr;
  if (connect == nullptr) {
    send(encode(DataTransfer{true, encode(AbortSpdu{})}), out);
    close(CloseReason::session_error, out);
    return;
  }
  address_.calling_selector = connect->calling_selector;
  address_.called_selector = connect->called_selector;
  const bool version = (connect->versions & kKnownVersions) != 0;
  refuse_session(version ? refusal_ : RefuseReason::versions_not_supported, out);
}

void Responder::refuse_session(RefuseReason reason, Output& out) {
  send(encode(DataTransfer{true, encode(RefuseSpdu{TransportFate::released, reason})}), out);
  close(CloseReason::session_refused, out);
}

void Responder::reject(RejectCause cause, ByteView tpdu, Output& out) {
  send(encode(TpduError{peer_reference_, cause, to_bytes(tpdu)}), out);
  close(CloseReason::transport_error, out);
}

void Responder::close(CloseReason reason, Output& out) {
  out.close = reason;
  state_ = State::closed;
  tsdu_ = {};
  reader_ = TpktReader(kConnectMost);
}

}  // namespace pinhole::osi
