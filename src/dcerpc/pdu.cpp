// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/pdu.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pinhole::dcerpc {
namespace {

constexpr std::size_t kTrailerSize = 8;
constexpr std::size_t kSyntaxSize = 20;

bool known(std::uint8_t type) {
  switch (static_cast<PacketType>(type)) {
    case PacketType::request:
    case PacketType::response:
    case PacketType::fault:
    case PacketType::bind:
    case PacketType::bind_ack:
    case PacketType::bind_nak:
    case PacketType::alter_context:
    case PacketType::alter_context_resp:
    case PacketType::auth3:
    case PacketType::shutdown:
    case PacketType::co_cancel:
    case PacketType::orphaned:
      return true;
  }
  return false;
}

SyntaxId read_syntax(ByteReader& in) {
  SyntaxId id;
  id.uuid = in.uuid("syntax uuid");
  const std::uint32_t version = in.u32("syntax version");  // one number: the minor lies above
  id.major = static_cast<std::uint16_t>(version);
  id.minor = static_cast<std::uint16_t>(version >> 16U);
  return id;
}

ByteReader body_reader(const Fragment& fragment) {
  return ByteReader(fragment.body, fragment.header.order);
}

template <class T>
Decoded<T> checked(const ByteReader& in, T value) {
  if (const auto& wrong = in.error()) {
    WireError error = *wrong;
    error.offset += kHeaderSize;
    return tl::unexpected(error);
  }
  return value;
}

}  // namespace

std::string to_string(PacketType type) {
  switch (type) {
    case PacketType::request:
      return "request";
    case PacketType::response:
      return "response";
    case PacketType::fault:
      return "fault";
    case PacketType::bind:
      return "bind";
    case PacketType::bind_ack:
      return "bind_ack";
    case PacketType::bind_nak:
      return "bind_nak";
    case PacketType::alter_context:
      return "alter_context";
    case PacketType::alter_context_resp:
      return "alter_context_resp";
    case PacketType::auth3:
      return "auth3";
    case PacketType::shutdown:
      return "shutdown";
    case PacketType::co_cancel:
      return "co_cancel";
    case PacketType::orphaned:
      return "orphaned";
  }
  return fmt::format("type {}", static_cast<unsigned>(type));
}

Framed frame(ByteView stream, std::size_t most) {
  if (stream.size() < kHeaderSize) {
    return NeedMore{kHeaderSize};
  }
  ByteReader in(stream);
  Header header;
  if (in.u8("rpc_vers") != 5) {
    return WireError{WireErrc::bad_version, 0, "rpc_vers"};
  }
  header.minor_version = in.u8("rpc_vers_minor");
  if (header.minor_version > 1) {
    return WireError{WireErrc::bad_version, 1, "rpc_vers_minor"};
  }
  const std::uint8_t type = in.u8("ptype");
  if (!known(type)) {
    return WireError{WireErrc::bad_type, 2, "ptype"};
  }
  header.type = static_cast<PacketType>(type);
  header.flags = in.u8("pfc_flags");
  const std::uint8_t representation = in.u8("drep");
  if ((representation & 0xefU) != 0) {
    return WireError{WireErrc::bad_value, 4, "drep"};
  }
  header.order = representation == 0 ? ByteOrder::big : ByteOrder::little;
  in.set_order(header.order);
  in.skip(3, "drep");
  header.fragment_length = in.u16("frag_length");
  header.auth_length = in.u16("auth_length");
  header.call = {in.u32("call_id")};

  if (header.fragment_length < kHeaderSize) {
    return WireError{WireErrc::bad_value, 8, "frag_length"};
  }
  if (header.fragment_length > most) {
    return WireError{WireErrc::too_large, 8, "frag_length"};
  }
  std::size_t end = header.fragment_length;
  if (header.auth_length != 0) {
    const std::size_t trailer = kTrailerSize + header.auth_length;
    if (trailer > end - kHeaderSize) {
      return WireError{WireErrc::bad_value, 10, "auth_length"};
    }
    end -= trailer;
  }
  if (stream.size() < header.fragment_length) {
    return NeedMore{header.fragment_length};
  }
  Fragment fragment{header, {}, {}, stream.first(header.fragment_length)};
  if (header.auth_length != 0) {
    ByteReader trailer(fragment.whole.subspan(end), header.order);
    AuthTrailer auth;
    auth.type = trailer.u8("auth_type");
    auth.level = trailer.u8("auth_level");
    auth.pad_length = trailer.u8("auth_pad_length");
    trailer.skip(1, "auth_reserved");
    auth.context = trailer.u32("auth_context_id");
    auth.token = trailer.take(header.auth_length, "auth_value");
    if (auth.pad_length > end - kHeaderSize) {
      return WireError{WireErrc::bad_value, static_cast<std::uint32_t>(end + 2), "auth_pad_length"};
    }
    end -= auth.pad_length;
    fragment.auth = auth;
  }
  fragment.body = fragment.whole.subspan(kHeaderSize, end - kHeaderSize);
  return fragment;
}

Decoded<Bind> decode_bind(const Fragment& fragment) {
  ByteReader in = body_reader(fragment);
  Bind bind;
  bind.max_transmit = in.u16("max_xmit_frag");
  bind.max_receive = in.u16("max_recv_frag");
  bind.group = {in.u32("assoc_group_id")};
  const std::uint8_t count = in.u8("n_context_elem");
  in.skip(3, "reserved");
  // A context takes at least 24 octets, so the fragment's own length bounds both loops.
  for (unsigned i = 0; i < count && in.ok(); ++i) {
    ContextElement element;
    element.id = {in.u16("p_cont_id")};
    const std::uint8_t syntaxes = in.u8("n_transfer_syn");
    in.skip(1, "reserved");
    element.abstract_syntax = read_syntax(in);
    if (in.remaining() / kSyntaxSize < syntaxes) {
      in.fail(WireErrc::too_large, "n_transfer_syn");
    }
    for (unsigned k = 0; k < syntaxes && in.ok(); ++k) {
      element.transfer_syntaxes.push_back(read_syntax(in));
    }
    bind.contexts.push_back(std::move(element));
  }
  if (in.ok() && bind.contexts.empty()) {
    in.fail(WireErrc::bad_value, "n_context_elem");
  }
  return checked(in, std::move(bind));
}

Decoded<BindAck> decode_bind_ack(const Fragment& fragment) {
  ByteReader in = body_reader(fragment);
  BindAck ack;
  ack.max_transmit = in.u16("max_xmit_frag");
  ack.max_receive = in.u16("max_recv_frag");
  ack.group = {in.u32("assoc_group_id")};
  const ByteView address = in.take(in.u16("sec_addr length"), "sec_addr");
  ack.secondary_address = text_of(address);
  if (!ack.secondary_address.empty() && ack.secondary_address.back() == '\0') {
    ack.secondary_address.pop_back();
  }
  in.skip((4 - in.position() % 4) % 4, "padding");
  const std::uint8_t count = in.u8("n_results");
  in.skip(3, "reserved");
  for (unsigned i = 0; i < count && in.ok(); ++i) {
    ContextAnswer answer;
    const std::uint16_t result = in.u16("result");
    if (result > static_cast<std::uint16_t>(ContextResult::negotiate_ack)) {
      in.fail(WireErrc::bad_value, "result");
    }
    answer.result = static_cast<ContextResult>(result);
    answer.reason = in.u16("reason");
    answer.transfer_syntax = read_syntax(in);
    ack.answers.push_back(answer);
  }
  return checked(in, std::move(ack));
}

Decoded<BindNak> decode_bind_nak(const Fragment& fragment) {
  ByteReader in = body_reader(fragment);
  BindNak nak;
  nak.reason = static_cast<NakReason>(in.u16("provider_reject_reason"));
  if (in.ok() && in.remaining() > 0) {  // some servers send no versions
    const std::uint8_t count = in.u8("n_protocols");
    for (unsigned i = 0; i < count && in.ok(); ++i) {
      const std::uint8_t major = in.u8("version");
      nak.versions.push_back({major, in.u8("version")});
    }
  }
  return checked(in, std::move(nak));
}

Decoded<Request> decode_request(const Fragment& fragment) {
  ByteReader in = body_reader(fragment);
  Request request;
  request.alloc_hint = in.u32("alloc_hint");
  request.context = {in.u16("p_cont_id")};
  request.opnum = {in.u16("opnum")};
  if ((fragment.header.flags & flags::kObjectUuid) != 0) {
    request.object = in.uuid("object");
  }
  request.stub = in.take(in.remaining(), "stub");
  return checked(in, request);
}

Decoded<Response> decode_response(const Fragment& fragment) {
  ByteReader in = body_reader(fragment);
  Response response;
  response.alloc_hint = in.u32("alloc_hint");
  response.context = {in.u16("p_cont_id")};
  in.skip(2, "cancel_count");
  response.stub = in.take(in.remaining(), "stub");
  return checked(in, response);
}

Decoded<Fault> decode_fault(const Fragment& fragment) {
  ByteReader in = body_reader(fragment);
  Fault fault;
  in.skip(4, "alloc_hint");
  fault.context = {in.u16("p_cont_id")};
  in.skip(2, "cancel_count");
  fault.status = in.u32("status");
  return checked(in, fault);
}

}  // namespace pinhole::dcerpc
