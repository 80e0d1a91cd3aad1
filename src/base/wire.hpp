// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bounded cursors over wire bytes. The reader's first failure sticks: later reads return zero, so
// a decoder reads straight down and checks once. No alignment: that is NDR's business.

#include <bit>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/expected.hpp"
#include "base/uuid.hpp"

namespace pinhole {

enum class ByteOrder : std::uint8_t { little, big };

enum class WireErrc : std::uint8_t {
  truncated,    // the bytes end before the field does
  bad_version,  // a version that is not spoken here
  bad_type,     // a type or discriminant that does not exist
  bad_value,    // a value outside its range
  too_large,    // a count or length above its limit
};

/// Why a decode stopped, and where.
struct WireError {
  WireErrc code = WireErrc::truncated;
  std::uint32_t offset = 0;  // from the start of the view that was decoded
  std::string_view field;    // static storage only

  friend bool operator==(const WireError&, const WireError&) = default;
};

[[nodiscard]] std::string_view to_string(WireErrc code);
/// `truncated at offset 12 (frag_length)`
[[nodiscard]] std::string to_string(const WireError& error);
std::ostream& operator<<(std::ostream& out, const WireError& error);

template <class T>
using Decoded = Expected<T, WireError>;

class ByteReader {
 public:
  explicit ByteReader(ByteView bytes, ByteOrder order = ByteOrder::little)
      : bytes_(bytes), order_(order) {}

  [[nodiscard]] bool ok() const { return !error_; }
  [[nodiscard]] const std::optional<WireError>& error() const { return error_; }
  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t remaining() const { return ok() ? bytes_.size() - position_ : 0; }
  [[nodiscard]] ByteOrder order() const { return order_; }
  void set_order(ByteOrder order) { order_ = order; }

  std::uint8_t u8(std::string_view field) { return number<std::uint8_t>(field); }
  std::uint16_t u16(std::string_view field) { return number<std::uint16_t>(field); }
  std::uint32_t u32(std::string_view field) { return number<std::uint32_t>(field); }
  std::uint64_t u64(std::string_view field) { return number<std::uint64_t>(field); }

  Uuid uuid(std::string_view field) {
    Uuid value;
    value.time_low = u32(field);
    value.time_mid = u16(field);
    value.time_hi_and_version = u16(field);
    const ByteView tail = take(8, field);
    if (tail.size() == 8) {
      std::memcpy(value.clock_and_node.data(), tail.data(), 8);
    }
    return value;
  }

  /// The next `count` bytes, borrowed; empty after a failure.
  ByteView take(std::size_t count, std::string_view field) {
    if (!ok()) {
      return {};
    }
    if (count > bytes_.size() - position_) {
      fail(WireErrc::truncated, field);
      return {};
    }
    const ByteView view = bytes_.subspan(position_, count);
    position_ += count;
    return view;
  }

  void skip(std::size_t count, std::string_view field) { (void)take(count, field); }

  /// Records the failure unless one is recorded already.
  void fail(WireErrc code, std::string_view field) {
    if (!error_) {
      error_ = WireError{code, static_cast<std::uint32_t>(position_), field};
    }
  }

 private:
  template <class Number>
  Number number(std::string_view field) {
    const ByteView view = take(sizeof(Number), field);
    if (view.size() != sizeof(Number)) {
      return 0;
    }
    Number value = 0;
    std::memcpy(&value, view.data(), sizeof(Number));
    if constexpr (sizeof(Number) > 1) {
      if (order_ == ByteOrder::big) {
        value = swap(value);
      }
    }
    return value;
  }

  static std::uint16_t swap(std::uint16_t value) { return __builtin_bswap16(value); }
  static std::uint32_t swap(std::uint32_t value) { return __builtin_bswap32(value); }
  static std::uint64_t swap(std::uint64_t value) { return __builtin_bswap64(value); }

  ByteView bytes_;
  std::size_t position_ = 0;
  ByteOrder order_;
  std::optional<WireError> error_;
};

static_assert(std::endian::native == std::endian::little, "the cursors copy little-endian numbers");

/// Appends to a buffer that it does not own.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out, ByteOrder order = ByteOrder::little)
      : out_(out), start_(out.size()), order_(order) {}

  /// Bytes written through this writer.
  [[nodiscard]] std::size_t position() const { return out_.size() - start_; }
  [[nodiscard]] ByteOrder order() const { return order_; }

  void u8(std::uint8_t value) { out_.push_back(static_cast<std::byte>(value)); }
  void u16(std::uint16_t value) {
    append(order_ == ByteOrder::big ? __builtin_bswap16(value) : value);
  }
  void u32(std::uint32_t value) {
    append(order_ == ByteOrder::big ? __builtin_bswap32(value) : value);
  }
  void u64(std::uint64_t value) {
    append(order_ == ByteOrder::big ? __builtin_bswap64(value) : value);
  }
  void uuid(const Uuid& value) {
    u32(value.time_low);
    u16(value.time_mid);
    u16(value.time_hi_and_version);
    bytes(std::as_bytes(std::span(value.clock_and_node)));
  }
  void bytes(ByteView view) { out_.insert(out_.end(), view.begin(), view.end()); }
  void zeros(std::size_t count) { out_.resize(out_.size() + count); }

  /// Overwrites a number that was written `at` bytes after this writer's start.
  void patch_u16(std::size_t at, std::uint16_t value) {
    value = order_ == ByteOrder::big ? __builtin_bswap16(value) : value;
    std::memcpy(out_.data() + start_ + at, &value, sizeof(value));
  }
  void patch_u32(std::size_t at, std::uint32_t value) {
    value = order_ == ByteOrder::big ? __builtin_bswap32(value) : value;
    std::memcpy(out_.data() + start_ + at, &value, sizeof(value));
  }

 private:
  template <class Number>
  void append(Number value) {
    const std::size_t at = out_.size();
    out_.resize(at + sizeof(Number));
    std::memcpy(out_.data() + at, &value, sizeof(Number));
  }

  Bytes& out_;
  std::size_t start_;
  ByteOrder order_;
};

}  // namespace pinhole
