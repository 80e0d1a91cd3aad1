// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>

#include "registry/hive_check.hpp"
#include "registry/text.hpp"

namespace pinhole::registry {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kBinHeader = 32;
constexpr std::uint32_t kNone = 0xFFFFFFFF;
constexpr std::string_view kRootName = "ROOT";

// A self-relative security descriptor ([MS-DTYP] 2.4.6): owner Administrators, group SYSTEM, and
// an access list that keys below inherit.
constexpr std::array<std::uint8_t, 20 + 8 + 24 + 20 + 20 + 16 + 12> kSecurity = {
    0x01, 0x00, 0x04, 0x80,                          // revision, control: self-relative, DACL
    0x5C, 0x00, 0x00, 0x00,                          // owner at 92
    0x6C, 0x00, 0x00, 0x00,                          // group at 108
    0x00, 0x00, 0x00, 0x00,                          // no SACL
    0x14, 0x00, 0x00, 0x00,                          // DACL at 20
    0x02, 0x00, 0x48, 0x00, 0x03, 0x00, 0x00, 0x00,  // revision, 72 bytes, three entries
    0x00, 0x02, 0x18, 0x00, 0x3F, 0x00, 0x0F, 0x00,  // allow, containers inherit, KEY_ALL_ACCESS
    0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05,  // S-1-5-32-544, Administrators
    0x20, 0x00, 0x00, 0x00, 0x20, 0x02, 0x00, 0x00,  //
    0x00, 0x02, 0x14, 0x00, 0x3F, 0x00, 0x0F, 0x00,  // allow, containers inherit, KEY_ALL_ACCESS
    0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05,  // S-1-5-18, SYSTEM
    0x12, 0x00, 0x00, 0x00,                          //
    0x00, 0x02, 0x14, 0x00, 0x19, 0x00, 0x02, 0x00,  // allow, containers inherit, KEY_READ
    0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,  // S-1-1-0, Everyone
    0x00, 0x00, 0x00, 0x00,                          //
    0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05,  // owner: S-1-5-32-544
    0x20, 0x00, 0x00, 0x00, 0x20, 0x02, 0x00, 0x00,  //
    0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05,  // group: S-1-5-18
    0x12, 0x00, 0x00, 0x00,
};

class Image {
 public:
  explicit Image(std::size_t size) : bytes_(size) {}

  void put(std::size_t at, std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      bytes_[at + i] = static_cast<std::byte>(number >> (8 * i) & 0xFFU);
    }
  }
  void put16(std::size_t at, std::uint16_t number) { put(at, number, 2); }
  void put32(std::size_t at, std::uint32_t number) { put(at, number, 4); }
  void put64(std::size_t at, std::uint64_t number) { put(at, number, 8); }
  void put(std::size_t at, ByteView bytes) {
    std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void put(std::size_t at, std::string_view text) { put(at, bytes_of(text)); }

  [[nodiscard]] Bytes& bytes() { return bytes_; }

 private:
  Bytes bytes_;
};

// An allocated cell has its size, a multiple of eight, negated.
std::uint32_t allocated(std::size_t size) {
  return static_cast<std::uint32_t>(0 - size);
}

std::size_t cell_size(std::size_t content) {
  return (4 + content + 7) / 8 * 8;
}

void put_base_block(Image& image, std::uint64_t filetime, std::uint32_t root) {
  image.put(0, "regf");
  image.put32(4, 1);  // the sequence numbers agree: clean
  image.put32(8, 1);
  image.put64(12, filetime);
  image.put32(20, 1);  // version 1.3: every reader knows it, and long data needs no segments
  image.put32(24, 3);
  image.put32(28, 0);  // a primary file
  image.put32(32, 1);  // direct memory load
  image.put32(36, root);
  image.put32(40, kPage);
  image.put32(44, 1);
  image.put(48, utf16le_of("pinhole"));
  image.put32(508, hive_checksum(image.bytes()));
}

void put_root_key(Image& image, std::size_t at, std::uint64_t filetime, std::uint32_t security) {
  image.put(at, "nk");
  image.put16(at + 2, 0x002C);  // the hive's root, not to be deleted, its name in Latin-1
  image.put64(at + 4, filetime);
  for (const std::size_t unset :
       {std::size_t{16}, std::size_t{28}, std::size_t{32}, std::size_t{40}, std::size_t{48}}) {
    image.put32(at + unset, kNone);  // parent, two lists of subkeys, list of values, class
  }
  image.put32(at + 44, security);
  image.put16(at + 72, static_cast<std::uint16_t>(kRootName.size()));
  image.put(at + 76, kRootName);
}

}  // namespace

std::uint32_t hive_checksum(ByteView file) {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < 508; ++at) {
    sum ^= std::to_integer<std::uint32_t>(file[at]) << (8 * (at % 4));
  }
  if (sum == 0xFFFFFFFF) {
    return 0xFFFFFFFE;
  }
  return sum == 0 ? 1 : sum;
}

Bytes empty_hive(std::uint64_t filetime) {
  Image image(2 * kPage);
  const std::size_t root_size = cell_size(76 + kRootName.size());
  const std::size_t security_size = cell_size(20 + kSecurity.size());
  const auto root = static_cast<std::uint32_t>(kBinHeader);
  const auto security = static_cast<std::uint32_t>(kBinHeader + root_size);
  const std::size_t spare = kBinHeader + root_size + security_size;

  image.put(kPage, "hbin");
  image.put32(kPage + 8, kPage);
  image.put64(kPage + 20, filetime);

  image.put32(kPage + root, allocated(root_size));
  put_root_key(image, kPage + root + 4, filetime, security);

  image.put32(kPage + security, allocated(security_size));
  image.put(kPage + security + 4, "sk");
  image.put32(kPage + security + 8, security);  // a ring of one
  image.put32(kPage + security + 12, security);
  image.put32(kPage + security + 16, 1);
  image.put32(kPage + security + 20, static_cast<std::uint32_t>(kSecurity.size()));
  image.put(kPage + security + 24, view_of(kSecurity.data(), kSecurity.size()));

  image.put32(kPage + spare, static_cast<std::uint32_t>(kPage - spare));
  put_base_block(image, filetime, root);
  return std::move(image.bytes());
}

}  // namespace pinhole::registry
