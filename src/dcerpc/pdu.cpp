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

void write_syntax(ByteWriter& out, const SyntaxId& id) {
  out.uuid(id.uuid);
  out.u32(static_cast<std::uint32_t>(id.minor) << 16U | id.major);
}

/// The header with lengths still zero; finish() fills them in.
ByteWriter begin(Bytes& out, PacketType type, std::uint8_t flag_bits, CallId call) {
  ByteWriter writer(out);
  writer.u8(5);
  writer.u8(0);
  writer.u8(static_cast<std::uint8_t>(type));
  writer.u8(flag_bits);
  writer.u32(0x10);  // little-endian, ASCII, IEEE
  writer.u16(0);
  writer.u16(0);
  writer.u32(call.value);
  return writer;
}

void finish(ByteWriter& writer) {
  writer.patch_u16(8, static_cast<std::uint16_t>(writer.position()));
}

ByteReader body_reader(const Fragment& fragment) {
  return ByteReader(fragment.body, fragment.header.order);
}

template <class T>
Decoded<T> checked(const ByteReader& in, T&& value) {
  if (in.error()) {
    WireError error = *in.error();
    error.offset += kHeaderSize;
    return tl::unexpected(error);
  }
  return std::forward<T>(value);
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
  return checked(in, std::move(request));
}

Decoded<Response> decode_response(const Fragment& fragment) {
  ByteReader in = body_reader(fragment);
  Response response;
  response.alloc_hint = in.u32("alloc_hint");
  response.context = {in.u16("p_cont_id")};
  in.skip(2, "cancel_count");
  response.stub = in.take(in.remaining(), "stub");
  return checked(in, std::move(response));
}

Decoded<Fault> decode_fault(const Fragment& fragment) {
  ByteReader in = body_reader(fragment);
  Fault fault;
  in.skip(4, "alloc_hint");
  fault.context = {in.u16("p_cont_id")};
  in.skip(2, "cancel_count");
  fault.status = in.u32("status");
  return checked(in, std::move(fault));
}

void encode_bind(Bytes& out, PacketType type, CallId call, std::uint8_t extra_flags,
                 const Bind& bind) {
  ByteWriter writer =
      begin(out, type, static_cast<std::uint8_t>(flags::kWhole | extra_flags), call);
  writer.u16(bind.max_transmit);
  writer.u16(bind.max_receive);
  writer.u32(bind.group.value);
  writer.u8(static_cast<std::uint8_t>(bind.contexts.size()));
  writer.zeros(3);
  for (const ContextElement& element : bind.contexts) {
    writer.u16(element.id.value);
    writer.u8(static_cast<std::uint8_t>(element.transfer_syntaxes.size()));
    writer.u8(0);
    write_syntax(writer, element.abstract_syntax);
    for (const SyntaxId& syntax : element.transfer_syntaxes) {
      write_syntax(writer, syntax);
    }
  }
  finish(writer);
}

void encode_bind_ack(Bytes& out, PacketType type, CallId call, std::uint8_t extra_flags,
                     const BindAck& ack) {
  ByteWriter writer =
      begin(out, type, static_cast<std::uint8_t>(flags::kWhole | extra_flags), call);
  writer.u16(ack.max_transmit);
  writer.u16(ack.max_receive);
  writer.u32(ack.group.value);
  if (ack.secondary_address.empty()) {
    writer.u16(0);
  } else {
    writer.u16(static_cast<std::uint16_t>(ack.secondary_address.size() + 1));
    writer.bytes(bytes_of(ack.secondary_address));
    writer.u8(0);
  }
  writer.zeros((4 - writer.position() % 4) % 4);
  writer.u8(static_cast<std::uint8_t>(ack.answers.size()));
  writer.zeros(3);
  for (const ContextAnswer& answer : ack.answers) {
    writer.u16(static_cast<std::uint16_t>(answer.result));
    writer.u16(answer.reason);
    write_syntax(writer, answer.transfer_syntax);
  }
  finish(writer);
}

void encode_bind_nak(Bytes& out, CallId call, NakReason reason) {
  ByteWriter writer = begin(out, PacketType::bind_nak, flags::kWhole, call);
  writer.u16(static_cast<std::uint16_t>(reason));
  writer.u8(1);
  writer.u8(5);
  writer.u8(0);
  writer.zeros(3);
  finish(writer);
}

void encode_fault(Bytes& out, CallId call, ContextId context, std::uint8_t extra_flags,
                  std::uint32_t status) {
  ByteWriter writer =
      begin(out, PacketType::fault, static_cast<std::uint8_t>(flags::kWhole | extra_flags), call);
  writer.u32(0x20);
  writer.u16(context.value);
  writer.u16(0);
  writer.u32(status);
  writer.u32(0);
  finish(writer);
}

void encode_bare(Bytes& out, PacketType type, CallId call) {
  ByteWriter writer = begin(out, type, flags::kWhole, call);
  finish(writer);
}

void encode_request(Bytes& out, CallId call, const Request& request, std::uint16_t max_fragment) {
  const std::size_t head = kResponseHeaderSize + (request.object ? 16 : 0);
  // Every fragment but the last carries a multiple of eight, as NDR64 and security padding like it.
  const std::size_t room = (max_fragment - head) / 8 * 8;
  std::size_t sent = 0;
  do {
    const std::size_t part = std::min(room, request.stub.size() - sent);
    std::uint8_t bits = request.object ? flags::kObjectUuid : std::uint8_t{0};
    bits |= sent == 0 ? flags::kFirstFragment : std::uint8_t{0};
    bits |= sent + part == request.stub.size() ? flags::kLastFragment : std::uint8_t{0};
    ByteWriter writer = begin(out, PacketType::request, bits, call);
    writer.u32(static_cast<std::uint32_t>(request.stub.size() - sent));
    writer.u16(request.context.value);
    writer.u16(request.opnum.value);
    if (request.object) {
      writer.uuid(*request.object);
    }
    writer.bytes(request.stub.subspan(sent, part));
    finish(writer);
    sent += part;
  } while (sent < request.stub.size());
}

namespace {

/// Writes a response header over the 24 octets at `at`.
void put_response_header(Bytes& out, std::size_t at, std::uint8_t flag_bits, CallId call,
                         ContextId context, std::size_t part, std::size_t left) {
  const std::array<std::uint8_t, 8> fixed{
      5, 0, static_cast<std::uint8_t>(PacketType::response), flag_bits, 0x10, 0, 0, 0};
  std::byte* base = out.data() + at;
  std::memcpy(base, fixed.data(), fixed.size());
  const auto length = static_cast<std::uint32_t>(kResponseHeaderSize + part);  // auth_length 0
  const auto hint = static_cast<std::uint32_t>(left);
  const std::uint32_t context_and_cancel = context.value;
  std::memcpy(base + 8, &length, 4);
  std::memcpy(base + 12, &call.value, 4);
  std::memcpy(base + 16, &hint, 4);
  std::memcpy(base + 20, &context_and_cancel, 4);
}

}  // namespace

std::size_t begin_response(Bytes& out) {
  const std::size_t start = out.size();
  out.resize(start + kResponseHeaderSize);
  return start;
}

void finish_response(Bytes& out, std::size_t start, CallId call, ContextId context,
                     std::uint16_t max_fragment) {
  const std::size_t stub = out.size() - start - kResponseHeaderSize;
  if (stub <= max_fragment - kResponseHeaderSize) {
    put_response_header(out, start, flags::kWhole, call, context, stub, stub);
    return;
  }
  const std::size_t room = (max_fragment - kResponseHeaderSize) / 8 * 8;
  const std::size_t fragments = (stub + room - 1) / room;
  out.resize(out.size() + (fragments - 1) * kResponseHeaderSize);
  // From the last fragment to the first, each stub part moves behind the headers before it.
  for (std::size_t i = fragments; i-- > 0;) {
    const std::size_t part = std::min(room, stub - i * room);
    const std::size_t from = start + kResponseHeaderSize + i * room;
    const std::size_t at = start + i * (kResponseHeaderSize + room);
    std::memmove(out.data() + at + kResponseHeaderSize, out.data() + from, part);
    std::uint8_t bits = i == 0 ? flags::kFirstFragment : std::uint8_t{0};
    bits |= i + 1 == fragments ? flags::kLastFragment : std::uint8_t{0};
    put_response_header(out, at, bits, call, context, part, stub - i * room);
  }
}

}  // namespace pinhole::dcerpc
