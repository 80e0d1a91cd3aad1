// SPDX-License-Identifier: Apache-2.0
#pragma once
// One conversation with a server, far enough to know that it is that service and no other: bytes
// in, bytes out, and what was learnt. No socket and no clock; the owner connects, wraps TLS around
// it where asked, and says when the peer ended or stayed silent.
//
// What a peer says is bounded by the owner (kMostHeard) and kept raw: whoever shows it escapes it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "dcerpc/syntax.hpp"

namespace pinhole::probe {

/// Octets of one probe that the owner reads, all its connections together.
inline constexpr std::size_t kMostHeard = 65536;

struct Fact {
  std::string name;  // kebab-case: `extensions`
  std::string value;

  friend bool operator==(const Fact&, const Fact&) = default;
};

struct Finding {
  bool speaks = false;
  std::string said;  // one line: of the service, or what this seems to be instead
  std::vector<Fact> facts;

  friend bool operator==(const Finding&, const Finding&) = default;
};

/// What the caller knows of the server, and what a request may name.
struct Context {
  std::string host;         // as the user wrote it
  std::uint32_t nonce = 0;  // random: ids of requests, so that nobody else's answer counts
  std::string domain;       // DNS name of the domain; empty: none given
  bool tls = false;         // the conversation runs inside TLS from its start
  std::optional<dcerpc::SyntaxId> interface;  // of an RPC probe
};

struct Step {
  enum class Then : std::uint8_t {
    wait,       // for bytes
    start_tls,  // a handshake now; the finding is complete
    reconnect,  // close, connect anew and call start()
    done,       // the finding is complete; what is to be sent is a farewell
  };
  Bytes send = {};
  Then then = Then::wait;
};

class Talk {
 public:
  Talk() = default;
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;
  virtual ~Talk() = default;

  /// A connection is open.
  [[nodiscard]] virtual Step start() = 0;
  /// Bytes of the stream, cut anywhere; over UDP one datagram. None come after `done`.
  [[nodiscard]] virtual Step on_bytes(ByteView in) = 0;
  /// The peer ended, stays silent or said more than is read: the finding is what is known.
  virtual void on_end() {}

  [[nodiscard]] const Finding& finding() const { return finding_; }

 protected:
  void fact(std::string name, std::string value) {
    finding_.facts.push_back({std::move(name), std::move(value)});
  }
  [[nodiscard]] static Step done(std::string_view farewell = {}) {
    return {to_bytes(bytes_of(farewell)), Step::Then::done};
  }
  [[nodiscard]] static Step send(std::string_view text) { return {to_bytes(bytes_of(text))}; }

  Finding finding_;
};

using TalkPointer = std::unique_ptr<Talk>;

}  // namespace pinhole::probe
