// SPDX-License-Identifier: Apache-2.0
#include "osi/initiator.hpp"

#include <algorithm>
#include <utility>

namespace pinhole::osi {
namespace {

// The answers looked for are a few octets; an ACCEPT with user data may be longer.
constexpr std::size_t kTsduMost = 65536;
constexpr std::size_t kDataHeader = 3;

Answer answer_of(ByteView tsdu) {
  const Decoded<Spdu> decoded = decode_spdu(tsdu);
  if (decoded && std::holds_alternative<AcceptSpdu>(*decoded)) {
    return {.reached = Reached::session_accepted};
  }
  if (decoded) {
    if (const auto* refuse = std::get_if<RefuseSpdu>(&*decoded)) {
      return {.reached = Reached::session_refused, .refuse = refuse->reason};
    }
  }
  return {.reached = Reached::session_aborted};
}

}  // namespace

std::string to_string(const Answer& answer) {
  switch (answer.reached) {
    case Reached::nothing:
      return "not RFC 1006";
    case Reached::transport_refused:
      return "transport refused: " + to_string(answer.disconnect);
    case Reached::transport_error:
      return "transport protocol error";
    case Reached::session_aborted:
      return "session aborted";
    case Reached::session_refused:
      return "session refused: " + to_string(answer.refuse);
    case Reached::session_accepted:
      return "session accepted";
  }
  return "?";
}

Initiator::Initiator(ConnectRequest transport, ConnectSpdu session)
    : transport_(std::move(transport)), session_(std::move(session)), reader_(kTpduMost) {}

Bytes Initiator::start() const {
  return tpkt(encode(transport_));
}

Initiator::Output Initiator::on_bytes(ByteView in) {
  Output out;
  while (!out.answer) {
    const auto next = reader_.next(in);
    if (std::holds_alternative<NeedMore>(next)) {
      break;
    }
    if (const auto* frame = std::get_if<TpktFrame>(&next)) {
      out.answer = on_tpdu(frame->tpdu, out.bytes);
    } else {
      out.answer = Answer{.reached = open_ ? Reached::transport_error : Reached::nothing};
    }
  }
  return out;
}

std::optional<Answer> Initiator::on_tpdu(ByteView tpdu, Bytes& send) {
  const Decoded<Tpdu> decoded = decode_tpdu(tpdu);
  if (!decoded) {
    return Answer{.reached = open_ ? Reached::transport_error : Reached::nothing};
  }
  if (const auto* disconnect = std::get_if<DisconnectRequest>(&*decoded)) {
    return Answer{.reached = Reached::transport_refused, .disconnect = disconnect->reason};
  }
  if (const auto* confirm = std::get_if<ConnectConfirm>(&*decoded); confirm != nullptr && !open_) {
    open_ = true;
    const Bytes spdu = encode(session_);
    const std::size_t most =
        confirm->preferred_tpdu_size.value_or(confirm->tpdu_size.value_or(kTpduMost));
    ByteView rest = spdu;
    while (!rest.empty()) {
      const std::size_t count =
          std::min({rest.size(), most - kDataHeader, kTpduMost - kDataHeader});
      const Bytes packet = tpkt(encode(DataTransfer{count == rest.size(), rest.first(count)}));
      send.insert(send.end(), packet.begin(), packet.end());
      rest = rest.subspan(count);
    }
    return std::nullopt;
  }
  const auto* data = std::get_if<DataTransfer>(&*decoded);
  if (data == nullptr || !open_ || data->user_data.empty() ||
      tsdu_.size() + data->user_data.size() > kTsduMost) {
    return Answer{.reached = Reached::transport_error};
  }
  tsdu_.insert(tsdu_.end(), data->user_data.begin(), data->user_data.end());
  if (!data->end_of_tsdu) {
    return std::nullopt;
  }
  return answer_of(tsdu_);
}

}  // namespace pinhole::osi
