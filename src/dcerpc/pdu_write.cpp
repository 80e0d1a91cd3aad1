// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "dcerpc/pdu.hpp"

namespace pinhole::dcerpc {
namespace {

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

}  // namespace

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

std::uint32_t count_fragments(ByteView stream) {
  std::uint32_t count = 0;
  while (stream.size() >= kHeaderSize) {
    std::uint16_t length = 0;
    std::memcpy(&length, stream.data() + 8, sizeof(length));
    stream = stream.subspan(length);
    ++count;
  }
  return count;
}

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
