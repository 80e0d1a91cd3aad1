// SPDX-License-Identifier: Apache-2.0
#pragma once
// The asking end of RFC 1006 as a state: opens a class 0 transport connection, asks for a session,
// and says how far it came. For probes and tests; it carries no session.

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "osi/cotp.hpp"
#include "osi/session.hpp"
#include "osi/tpkt.hpp"

namespace pinhole::osi {

/// How far a peer lets us in, from the first refusal to the last.
enum class Reached : std::uint8_t {
  nothing,            // what answers does not speak TPKT or COTP
  transport_refused,  // DR to our CR
  transport_error,    // ER
  session_aborted,    // transport accepted, ABORT
  session_refused,    // transport accepted, REFUSE
  session_accepted,
};

struct Answer {
  Reached reached = Reached::nothing;
  DisconnectReason disconnect{};  // of transport_refused
  RefuseReason refuse{};          // of session_refused
};

/// `session refused: SS-user not attached to SSAP`
[[nodiscard]] std::string to_string(const Answer& answer);

class Initiator {
 public:
  struct Output {
    Bytes bytes;                   // to send
    std::optional<Answer> answer;  // the end: close
  };

  /// `transport` is sent as it is; `session` follows when the transport is open.
  Initiator(ConnectRequest transport, ConnectSpdu session);

  /// The first bytes of the connection.
  [[nodiscard]] Bytes start() const;
  /// Bytes as they arrive, cut anywhere; none are wanted after the answer.
  [[nodiscard]] Output on_bytes(ByteView in);

  /// The transport connection was confirmed; if the peer closes now without a word, that much is
  /// known.
  [[nodiscard]] bool transport_open() const { return open_; }

 private:
  std::optional<Answer> on_tpdu(ByteView tpdu, Bytes& send);

  ConnectRequest transport_;
  ConnectSpdu session_;
  TpktReader reader_;
  Bytes tsdu_;
  bool open_ = false;
};

}  // namespace pinhole::osi
