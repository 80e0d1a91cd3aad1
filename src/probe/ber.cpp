// SPDX-License-Identifier: Apache-2.0
#include "probe/ber.hpp"

namespace pinhole::probe {
namespace {

constexpr std::size_t kMostContent = 16U << 20U;

std::uint8_t octet(ByteView view, std::size_t at) {
  return static_cast<std::uint8_t>(view[at]);
}

struct Sizes {
  std::uint16_t tag = 0;
  std::size_t header = 0;
  std::size_t content = 0;
};

Expected<Sizes, BerError> read_header(ByteView in) {
  Sizes sizes;
  std::size_t at = 0;
  if (in.empty()) {
    return tl::unexpected(BerError::truncated);
  }
  sizes.tag = octet(in, at++);
  if ((sizes.tag & 0x1FU) == 0x1FU) {
    if (at == in.size()) {
      return tl::unexpected(BerError::truncated);
    }
    const std::uint8_t low = octet(in, at++);
    if ((low & 0x80U) != 0) {
      return tl::unexpected(BerError::malformed);
    }
    sizes.tag = static_cast<std::uint16_t>(sizes.tag << 8U | low);
  }
  if (at == in.size()) {
    return tl::unexpected(BerError::truncated);
  }
  const std::uint8_t first = octet(in, at++);
  if (first < 0x80U) {
    sizes.content = first;
  } else {
    const std::size_t count = first & 0x7FU;
    if (count == 0 || count > 4) {
      return tl::unexpected(BerError::malformed);
    }
    if (in.size() - at < count) {
      return tl::unexpected(BerError::truncated);
    }
    for (std::size_t i = 0; i < count; ++i) {
      sizes.content = sizes.content << 8U | octet(in, at++);
    }
  }
  sizes.header = at;
  return sizes.content > kMostContent
             ? Expected<Sizes, BerError>(tl::unexpected(BerError::malformed))
             : sizes;
}

}  // namespace

Expected<BerElement, BerError> read_ber(ByteView& in) {
  const auto sizes = read_header(in);
  if (!sizes) {
    return tl::unexpected(sizes.error());
  }
  if (in.size() - sizes->header < sizes->content) {
    return tl::unexpected(BerError::truncated);
  }
  const BerElement element{sizes->tag, in.subspan(sizes->header, sizes->content)};
  in = in.subspan(sizes->header + sizes->content);
  return element;
}

std::optional<BerElement> BerElements::next() {
  const auto element = read_ber(rest_);
  return element ? std::optional(*element) : std::nullopt;
}

std::optional<BerElement> find_ber(ByteView content, std::uint16_t tag) {
  BerElements elements(content);
  while (const auto element = elements.next()) {
    if (element->tag == tag) {
      return element;
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> ber_number(ByteView content) {
  if (content.empty() || content.size() > 8) {
    return std::nullopt;
  }
  std::uint64_t value = (octet(content, 0) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (const std::byte each : content) {
    value = value << 8U | static_cast<std::uint64_t>(each);
  }
  return static_cast<std::int64_t>(value);
}

Bytes ber(std::uint16_t tag, ByteView content) {
  Bytes out;
  if (tag > 0xFF) {
    out.push_back(static_cast<std::byte>(tag >> 8U));
  }
  out.push_back(static_cast<std::byte>(tag & 0xFFU));
  const std::size_t size = content.size();
  if (size < 0x80) {
    out.push_back(static_cast<std::byte>(size));
  } else {
    out.push_back(std::byte{0x82});
    out.push_back(static_cast<std::byte>(size >> 8U & 0xFFU));
    out.push_back(static_cast<std::byte>(size & 0xFFU));
  }
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

Bytes ber(std::uint16_t tag, std::string_view content) {
  return ber(tag, bytes_of(content));
}

Bytes ber_number(std::uint16_t tag, std::uint32_t value) {
  Bytes content;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto part = static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift) & 0xFFU);
    const bool signs = content.empty() && (part & 0x80U) != 0;
    if (signs) {
      content.push_back(std::byte{0});  // not negative
    }
    if (!content.empty() || part != 0 || shift == 0) {
      content.push_back(static_cast<std::byte>(part));
    }
  }
  return ber(tag, content);
}

}  // namespace pinhole::probe
