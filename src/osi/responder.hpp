// SPDX-License-Identifier: Apache-2.0
#pragma once
// The answering end of RFC 1006 as a state: bytes in, bytes out. It accepts every class 0 transport
// connection and refuses the first session asked of it, as a host whose session users are not
// there (X.225 8.3.5). Nothing listens above the session layer here.
//
// Memory held for one peer never exceeds one TPDU and one TSDU of the sizes in ResponderLimits.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "osi/cotp.hpp"
#include "osi/session.hpp"
#include "osi/tpkt.hpp"

namespace pinhole::osi {

struct ResponderLimits {
  /// Octets; what is granted is no more than the peer proposes. 128 to kTpduMost.
  std::size_t tpdu = 8192;
  /// Octets of the session CONNECT; the standard's own most is near 10,500.
  std::size_t tsdu = 12288;
};

/// Why the connection ends.
enum class CloseReason : std::uint8_t {
  session_refused,    // the regular end
  session_abort,      // the peer sent ABORT first
  peer_disconnect,    // the peer sent DR or ER
  transport_refused,  // no common transport class, or a CR that does not decode
  transport_error,    // a TPDU out of place or broken; answered by ER
  session_error,      // no CONNECT where one is due; answered by ABORT
  framing_error,      // no TPKT, or longer than negotiated; not answered
};

[[nodiscard]] std::string_view to_string(CloseReason reason);

/// What the peer asked for, for the log. Raw octets: escape before showing.
struct CalledAddress {
  Bytes calling_tsap;
  Bytes called_tsap;
  Bytes calling_selector;
  Bytes called_selector;
};

class Responder {
 public:
  struct Output {
    Bytes bytes;  // to send, in order; then, where `close` is set, end the TCP connection
    std::optional<CloseReason> close;
  };

  /// `refusal` answers a well-formed session CONNECT of version 1 or 2.
  explicit Responder(ResponderLimits limits = {},
                     RefuseReason refusal = RefuseReason::user_not_attached);

  /// Bytes as they arrive, cut anywhere. After a close, further bytes are dropped: the peer, told
  /// that it is refused, may close first, and so the owner half-closes and drains for a while.
  [[nodiscard]] Output on_bytes(ByteView in);

  [[nodiscard]] bool closed() const { return state_ == State::closed; }
  [[nodiscard]] const CalledAddress& address() const { return address_; }
  /// Octets held between calls.
  [[nodiscard]] std::size_t held() const { return reader_.held() + tsdu_.size(); }

 private:
  enum class State : std::uint8_t { idle, open, closed };

  void on_tpdu(ByteView tpdu, Output& out);
  void on_connect(const ConnectRequest& request, Output& out);
  void on_data(const DataTransfer& data, ByteView tpdu, Output& out);
  void on_tsdu(Output& out);
  void refuse_session(RefuseReason reason, Output& out);
  void reject(RejectCause cause, ByteView tpdu, Output& out);
  void close(CloseReason reason, Output& out);

  ResponderLimits limits_;
  RefuseReason refusal_;
  State state_ = State::idle;
  TpktReader reader_;
  std::uint16_t peer_reference_ = 0;
  Bytes tsdu_;
  CalledAddress address_;
};

}  // namespace pinhole::osi
