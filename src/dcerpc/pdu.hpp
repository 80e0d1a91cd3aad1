// SPDX-License-Identifier: Apache-2.0
#pragma once
// Connection-oriented PDUs (C706 12.6, [MS-RPCE] 2.2.2): the codec that all three faces share.
//
// Sans-I/O. Decoders take one whole fragment; stub data and tokens are borrowed from it. Encoders
// append to the caller's buffer and write little-endian.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/wire.hpp"
#include "dcerpc/syntax.hpp"

namespace pinhole::dcerpc {

enum class PacketType : std::uint8_t {
  request = 0,
  response = 2,
  fault = 3,
  bind = 11,
  bind_ack = 12,
  bind_nak = 13,
  alter_context = 14,
  alter_context_resp = 15,
  auth3 = 16,
  shutdown = 17,
  co_cancel = 18,
  orphaned = 19,
};

/// `bind_ack`; `type 7` for a number that is no connection-oriented PDU.
[[nodiscard]] std::string to_string(PacketType type);

namespace flags {
inline constexpr std::uint8_t kFirstFragment = 0x01;
inline constexpr std::uint8_t kLastFragment = 0x02;
inline constexpr std::uint8_t kPendingCancel = 0x04;  // in bind: supports header signing
inline constexpr std::uint8_t kConcurrentMultiplexing = 0x10;
inline constexpr std::uint8_t kDidNotExecute = 0x20;
inline constexpr std::uint8_t kMaybe = 0x40;
inline constexpr std::uint8_t kObjectUuid = 0x80;
inline constexpr std::uint8_t kWhole = kFirstFragment | kLastFragment;
}  // namespace flags

inline constexpr std::size_t kHeaderSize = 16;
inline constexpr std::size_t kResponseHeaderSize = 24;
/// Every implementation receives fragments of this size (C706 12.6.3.1, MustRecvFragSize).
inline constexpr std::uint16_t kMustReceive = 1432;

struct Header {
  std::uint8_t minor_version = 0;
  PacketType type = PacketType::request;
  std::uint8_t flags = 0;
  ByteOrder order = ByteOrder::little;
  std::uint16_t fragment_length = 0;  // the whole fragment, this header included
  std::uint16_t auth_length = 0;      // the token alone, without its 8-octet header
  CallId call;
};

/// The security trailer (sec_trailer, [MS-RPCE] 2.2.2.11) and its token.
struct AuthTrailer {
  std::uint8_t type = 0;
  std::uint8_t level = 0;
  std::uint8_t pad_length = 0;
  std::uint32_t context = 0;
  ByteView token;
};

/// A fragment taken apart: header, body without the trailer and its padding, trailer.
struct Fragment {
  Header header;
  ByteView body;
  std::optional<AuthTrailer> auth;
  ByteView whole;
};

struct NeedMore {
  std::size_t total = 0;  // length of the fragment as far as known, at least 16
};

/// What stands at the start of a stream: an incomplete fragment, a fragment, or no DCE/RPC.
using Framed = std::variant<NeedMore, Fragment, WireError>;
/// Reads the first fragment of `stream`; fails on another version than 5.0 and 5.1, another
/// integer or character representation than C706's, a length below its parts, or above `most`.
[[nodiscard]] Framed frame(ByteView stream, std::size_t most);

struct ContextElement {
  ContextId id;
  SyntaxId abstract_syntax;
  std::vector<SyntaxId> transfer_syntaxes;
};

/// bind and alter_context.
struct Bind {
  std::uint16_t max_transmit = 0;
  std::uint16_t max_receive = 0;
  AssocGroupId group;
  std::vector<ContextElement> contexts;
};

enum class ContextResult : std::uint16_t {
  acceptance = 0,
  user_rejection = 1,
  provider_rejection = 2,
  negotiate_ack = 3,  // [MS-RPCE] 2.2.2.4
};

namespace reject {
inline constexpr std::uint16_t kNotSpecified = 0;
inline constexpr std::uint16_t kAbstractSyntax = 1;
inline constexpr std::uint16_t kTransferSyntaxes = 2;
inline constexpr std::uint16_t kLocalLimit = 3;
}  // namespace reject

struct ContextAnswer {
  ContextResult result = ContextResult::acceptance;
  std::uint16_t reason = 0;  // for negotiate_ack: the feature bits
  SyntaxId transfer_syntax;
  friend bool operator==(const ContextAnswer&, const ContextAnswer&) = default;
};

/// bind_ack and alter_context_resp.
struct BindAck {
  std::uint16_t max_transmit = 0;
  std::uint16_t max_receive = 0;
  AssocGroupId group;
  std::string secondary_address;  // the port as text; without the terminating zero
  std::vector<ContextAnswer> answers;
};

enum class NakReason : std::uint16_t {
  not_specified = 0,
  temporary_congestion = 1,
  local_limit_exceeded = 2,
  protocol_version_not_supported = 4,
  authentication_type_not_recognized = 8,
  invalid_checksum = 9,
};

struct BindNak {
  NakReason reason = NakReason::not_specified;
  std::vector<std::array<std::uint8_t, 2>> versions;  // major, minor
};

struct Request {
  std::uint32_t alloc_hint = 0;
  ContextId context;
  Opnum opnum;
  std::optional<Uuid> object;
  ByteView stub;
};

struct Response {
  std::uint32_t alloc_hint = 0;
  ContextId context;
  ByteView stub;
};

struct Fault {
  ContextId context;
  std::uint32_t status = 0;
};

[[nodiscard]] Decoded<Bind> decode_bind(const Fragment& fragment);
[[nodiscard]] Decoded<BindAck> decode_bind_ack(const Fragment& fragment);
[[nodiscard]] Decoded<BindNak> decode_bind_nak(const Fragment& fragment);
[[nodiscard]] Decoded<Request> decode_request(const Fragment& fragment);
[[nodiscard]] Decoded<Response> decode_response(const Fragment& fragment);
[[nodiscard]] Decoded<Fault> decode_fault(const Fragment& fragment);

void encode_bind(Bytes& out, PacketType type, CallId call, std::uint8_t extra_flags,
                 const Bind& bind);
void encode_bind_ack(Bytes& out, PacketType type, CallId call, std::uint8_t extra_flags,
                     const BindAck& ack);
/// 24 octets with version 5.0, as Windows sends it.
void encode_bind_nak(Bytes& out, CallId call, NakReason reason);
void encode_fault(Bytes& out, CallId call, ContextId context, std::uint8_t extra_flags,
                  std::uint32_t status);
/// shutdown, co_cancel and orphaned: a header alone.
void encode_bare(Bytes& out, PacketType type, CallId call);
/// The stub in fragments of at most `max_fragment` octets.
void encode_request(Bytes& out, CallId call, const Request& request, std::uint16_t max_fragment);

/// How many fragments stand in `stream`, which an encoder wrote.
[[nodiscard]] std::uint32_t count_fragments(ByteView stream);

/// A response whose stub is written in place: `begin_response` appends the room for one header,
/// the caller appends the stub, `finish_response` fills in the header and, where the stub is
/// longer than a fragment may be, splits it.
[[nodiscard]] std::size_t begin_response(Bytes& out);
void finish_response(Bytes& out, std::size_t start, CallId call, ContextId context,
                     std::uint16_t max_fragment);

}  // namespace pinhole::dcerpc
