// SPDX-License-Identifier: Apache-2.0
#pragma once
// NDR (C706 ch. 14) and NDR64 ([MS-RPCE] 2.2.5) cursors, in both byte orders.
//
// Reader and Writer offer the same calls, so one template describes a type in both directions:
//
//   template <class Codec, class Self>
//   static void ndr(Codec& c, Self& self) { c.u32(self.max_ents, "max_ents"); }
//
// Alignment counts from the start of the stub. The reader never trusts a length: every count is
// held against the bytes that are left before anything is allocated.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/uuid.hpp"
#include "base/wire.hpp"

namespace pinhole::ndr {

enum class Syntax : std::uint8_t { ndr32, ndr64 };

/// How a stub is laid out: agreed for each presentation context (syntax) and PDU (order).
struct Format {
  ByteOrder order = ByteOrder::little;
  Syntax syntax = Syntax::ndr32;
  friend bool operator==(const Format&, const Format&) = default;
};

/// ndr_context_handle: 20 octets; nil when the UUID and the attributes are zero.
struct ContextHandle {
  std::uint32_t attributes = 0;
  Uuid uuid;
  friend bool operator==(const ContextHandle&, const ContextHandle&) = default;
  [[nodiscard]] bool is_nil() const { return uuid.is_nil(); }
};

class Reader {
 public:
  static constexpr bool kDecodes = true;

  Reader(ByteView stub, Format format) : in_(stub, format.order), syntax_(format.syntax) {}

  [[nodiscard]] bool ok() const { return in_.ok(); }
  [[nodiscard]] const std::optional<WireError>& error() const { return in_.error(); }
  [[nodiscard]] std::size_t remaining() const { return in_.remaining(); }
  [[nodiscard]] std::size_t position() const { return in_.position(); }
  [[nodiscard]] bool wide() const { return syntax_ == Syntax::ndr64; }
  void fail(WireErrc code, std::string_view field) { in_.fail(code, field); }

  void align(std::size_t boundary) {
    const std::size_t over = in_.position() % boundary;
    if (over != 0) {
      in_.skip(boundary - over, "padding");
    }
  }
  /// Alignment of a structure that holds a pointer or a conformant size: 4, and 8 in NDR64.
  void align_wide() { align(wide() ? 8 : 4); }

  void u8(std::uint8_t& value, std::string_view field) { value = in_.u8(field); }
  void u16(std::uint16_t& value, std::string_view field) {
    align(2);
    value = in_.u16(field);
  }
  void u32(std::uint32_t& value, std::string_view field) {
    align(4);
    value = in_.u32(field);
  }
  void u64(std::uint64_t& value, std::string_view field) {
    align(8);
    value = in_.u64(field);
  }
  void uuid(Uuid& value, std::string_view field) {
    align(4);
    value = in_.uuid(field);
  }
  /// A conformance, offset or actual count: 4 octets, 8 in NDR64.
  void size(std::uint64_t& value, std::string_view field) {
    if (wide()) {
      u64(value, field);
    } else {
      std::uint32_t narrow = 0;
      u32(narrow, field);
      value = narrow;
    }
  }
  /// The referent id of a full or unique pointer; zero is null.
  void pointer(std::uint64_t& referent, std::string_view field) { size(referent, field); }
  void handle(ContextHandle& value, std::string_view field) {
    u32(value.attributes, field);
    uuid(value.uuid, field);
  }
  /// The next octets, borrowed from the stub.
  ByteView octets(std::size_t count, std::string_view field) { return in_.take(count, field); }

  /// Fails unless `count` elements of at least `least` octets each can still follow.
  bool plausible(std::uint64_t count, std::size_t least, std::string_view field) {
    if (ok() && count > in_.remaining() / least) {
      fail(WireErrc::too_large, field);
    }
    return ok();
  }

 private:
  ByteReader in_;
  Syntax syntax_;
};

class Writer {
 public:
  static constexpr bool kDecodes = false;

  /// Appends to `out`, whose present end is the start of the stub.
  Writer(Bytes& out, Format format) : out_(out, format.order), syntax_(format.syntax) {}

  [[nodiscard]] bool wide() const { return syntax_ == Syntax::ndr64; }
  [[nodiscard]] bool ok() const { return true; }
  [[nodiscard]] std::size_t position() const { return out_.position(); }

  void align(std::size_t boundary) {
    const std::size_t over = out_.position() % boundary;
    if (over != 0) {
      out_.zeros(boundary - over);
    }
  }
  void align_wide() { align(wide() ? 8 : 4); }

  void u8(std::uint8_t value, std::string_view /*field*/) { out_.u8(value); }
  void u16(std::uint16_t value, std::string_view /*field*/) {
    align(2);
    out_.u16(value);
  }
  void u32(std::uint32_t value, std::string_view /*field*/) {
    align(4);
    out_.u32(value);
  }
  void u64(std::uint64_t value, std::string_view /*field*/) {
    align(8);
    out_.u64(value);
  }
  void uuid(const Uuid& value, std::string_view /*field*/) {
    align(4);
    out_.uuid(value);
  }
  void size(std::uint64_t value, std::string_view field) {
    if (wide()) {
      u64(value, field);
    } else {
      u32(static_cast<std::uint32_t>(value), field);
    }
  }
  void pointer(std::uint64_t referent, std::string_view field) { size(referent, field); }
  void handle(const ContextHandle& value, std::string_view field) {
    u32(value.attributes, field);
    uuid(value.uuid, field);
  }
  void octets(ByteView view) { out_.bytes(view); }

 private:
  ByteWriter out_;
  Syntax syntax_;
};

/// A pointer's referent as both directions see it: written as the given id when `present`, read
/// into `present`.
template <class Codec, class Flag>
void optional_pointer(Codec& c, Flag& present, std::uint64_t id, std::string_view field) {
  if constexpr (Codec::kDecodes) {
    std::uint64_t referent = 0;
    c.pointer(referent, field);
    present = referent != 0;
  } else {
    c.pointer(present ? id : 0, field);
  }
}

}  // namespace pinhole::ndr
