// SPDX-License-Identifier: Apache-2.0
#pragma once
// As much of BER and DER (X.690) as LDAP, Kerberos and MCS need: definite lengths, tags of one or
// two octets. Values are borrowed from what is read.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/expected.hpp"

namespace pinhole::probe {

struct BerElement {
  std::uint16_t tag = 0;  // the identifier octets: 0x30, 0x7F65
  ByteView content;
};

enum class BerError : std::uint8_t {
  truncated,  // more octets are needed
  malformed,  // indefinite or absurd length, a long tag
};

/// The element at the front, and what stands behind it left in `in`. Lengths above 16 MiB are
/// malformed.
[[nodiscard]] Expected<BerElement, BerError> read_ber(ByteView& in);

/// The elements of a constructed one, in order; a broken one ends them.
class BerElements {
 public:
  explicit BerElements(ByteView content) : rest_(content) {}
  [[nodiscard]] std::optional<BerElement> next();

 private:
  ByteView rest_;
};

/// The first element with this tag.
[[nodiscard]] std::optional<BerElement> find_ber(ByteView content, std::uint16_t tag);
/// The content of an INTEGER or ENUMERATED of up to eight octets.
[[nodiscard]] std::optional<std::int64_t> ber_number(ByteView content);

[[nodiscard]] Bytes ber(std::uint16_t tag, ByteView content);
[[nodiscard]] Bytes ber(std::uint16_t tag, std::string_view content);
/// A number that is not negative.
[[nodiscard]] Bytes ber_number(std::uint16_t tag, std::uint32_t value);

/// One after the other.
template <class... Parts>
[[nodiscard]] Bytes concat(const Parts&... parts) {
  Bytes all;
  (all.insert(all.end(), parts.begin(), parts.end()), ...);
  return all;
}

}  // namespace pinhole::probe
