// SPDX-License-Identifier: Apache-2.0
#include "registry/hive_check.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "registry/key.hpp"
#include "registry/text.hpp"

namespace pinhole::registry {
namespace {

constexpr std::size_t kBaseBlock = 4096;  // and offsets in cells count from its end
constexpr std::size_t kBinHeader = 32;
constexpr std::uint32_t kNone = 0xFFFFFFFF;
constexpr std::uint16_t kLatinKeyName = 0x20;
constexpr std::uint16_t kLatinValueName = 0x01;
constexpr std::uint32_t kInline = 0x80000000;

std::uint32_t u32(ByteView bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number |= std::to_integer<std::uint32_t>(bytes[at + i]) << (8 * i);
  }
  return number;
}

std::uint16_t u16(ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) |
                                    std::to_integer<unsigned>(bytes[at + 1]) << 8U);
}

bool has_signature(ByteView content, std::string_view signature) {
  return text_of(content).starts_with(signature);
}

// What is wrong at an offset of the bins; Walk turns it into a diagnostic. Empty: nothing.
struct Fault {
  std::size_t offset = 0;
  std::string message;
};
using Verdict = Expected<void, Fault>;

class Walk {
 public:
  explicit Walk(ByteView bins, std::uint32_t minor)
      : bins_(bins),
        minor_(minor),
        starts_(bins.size() / 8),
        used_(bins.size() / 8),
        security_(bins.size() / 8) {}

  Verdict bins() {
    std::size_t at = 0;
    while (at < bins_.size()) {
      const ByteView bin = bins_.subspan(at);
      if (bin.size() < kBinHeader || !has_signature(bin, "hbin")) {
        return bad(at, "no bin starts here");
      }
      const std::size_t size = u32(bin, 8);
      if (u32(bin, 4) != at || size == 0 || size % 4096 != 0 || size > bin.size()) {
        return bad(at, "a bin with a wrong offset or size");
      }
      PINHOLE_CHECK(cells(at + kBinHeader, at + size));
      at += size;
    }
    return {};
  }

  Verdict keys(std::uint32_t root) {
    std::vector<Pending> pending = {{root, kNone, 0}};
    while (!pending.empty()) {
      const Pending next = pending.back();
      pending.pop_back();
      PINHOLE_CHECK(key(next, pending));
    }
    return {};
  }

  [[nodiscard]] std::size_t key_count() const { return key_count_; }
  [[nodiscard]] std::size_t value_count() const { return value_count_; }

 private:
  struct Pending {
    std::uint32_t offset;
    std::uint32_t parent;
    std::size_t depth;
  };

  static tl::unexpected<Fault> bad(std::size_t offset, std::string message) {
    return tl::unexpected(Fault{offset, std::move(message)});
  }

  Verdict cells(std::size_t at, std::size_t end) {
    while (at < end) {
      if (end - at < 8) {
        return bad(at, "no room for a cell");
      }
      const std::uint32_t raw = u32(bins_, at);
      const bool free = raw < 0x80000000;
      const std::size_t size = free ? raw : std::uint32_t{0} - raw;
      if (size < 8 || size % 8 != 0 || size > end - at) {
        return bad(at, "a cell of a wrong size");
      }
      starts_[at / 8] = !free;
      at += size;
    }
    return {};
  }

  // The content of an allocated cell, without its size.
  Expected<ByteView, Fault> cell(std::uint32_t offset, std::size_t least, std::string_view what) {
    if (offset % 8 != 0 || offset / 8 >= starts_.size() || !starts_[offset / 8]) {
      return bad(offset, fmt::format("{} expected, but no cell in use starts here", what));
    }
    const std::size_t size = std::uint32_t{0} - u32(bins_, offset);
    if (size - 4 < least) {
      return bad(offset, fmt::format("{} is cut", what));
    }
    return bins_.subspan(offset + 4, size - 4);
  }

  // The same for a cell that only one other may refer to.
  Expected<ByteView, Fault> own(std::uint32_t offset, std::size_t least, std::string_view what) {
    auto content = cell(offset, least, what);
    if (content) {
      if (used_[offset / 8]) {
        return bad(offset, fmt::format("{} is referred to twice", what));
      }
      used_[offset / 8] = true;
    }
    return content;
  }

  Verdict key(const Pending& it, std::vector<Pending>& pending) {
    const auto content = own(it.offset, 76, "a key");
    if (!content) {
      return tl::unexpected(content.error());
    }
    const ByteView nk = *content;
    if (!has_signature(nk, "nk")) {
      return bad(it.offset, "not a key");
    }
    if (it.parent != kNone && u32(nk, 16) != it.parent) {
      return bad(it.offset, "the key names another parent");
    }
    if (it.depth > kMaxDepth) {
      return bad(it.offset, fmt::format("more than {} levels of keys", kMaxDepth));
    }
    ++key_count_;
    const std::size_t length = u16(nk, 72);
    if (length == 0 || 76 + length > nk.size()) {
      return bad(it.offset, "the key's name leaves its cell");
    }
    PINHOLE_CHECK(name(nk.subspan(76, length), (u16(nk, 2) & kLatinKeyName) != 0, it.offset,
                       it.parent == kNone ? Backslash::allowed : Backslash::refused, kMaxKeyName));
    if (const std::uint32_t class_name = u32(nk, 48); class_name != kNone && u16(nk, 74) != 0) {
      PINHOLE_CHECK(own(class_name, u16(nk, 74), "a class name"));
    }
    PINHOLE_CHECK(security(u32(nk, 44)));
    if (const std::uint32_t count = u32(nk, 20); count != 0) {
      PINHOLE_CHECK(subkeys(u32(nk, 28), count, it, pending));
    }
    return values(u32(nk, 36), u32(nk, 40));
  }

  enum class Backslash : std::uint8_t { allowed, refused };

  static Verdict name(ByteView bytes, bool latin, std::size_t offset, Backslash backslash,
                      std::size_t longest) {
    const std::string text = latin ? utf8_of_cp1252(bytes) : utf8_of_utf16le(bytes).value_or("");
    if (text.empty() || text.find('\0') != std::string::npos) {
      return bad(offset, "a name that is no Unicode or holds a NUL");
    }
    if (backslash == Backslash::refused && text.find('\\') != std::string::npos) {
      return bad(offset, "the name of a key holds a backslash");
    }
    if (bytes.size() / (latin ? 1 : 2) > longest) {
      return bad(offset, fmt::format("a name of more than {} characters", longest));
    }
    return {};
  }

  // Keys share security cells, which form a ring.
  Verdict security(std::uint32_t offset) {
    const auto content = cell(offset, 20, "a security descriptor");
    if (!content) {
      return tl::unexpected(content.error());
    }
    const ByteView sk = *content;
    if (!has_signature(sk, "sk") || u32(sk, 16) > sk.size() - 20) {
      return bad(offset, "not a security descriptor");
    }
    if (security_[offset / 8]) {
      return {};
    }
    if (used_[offset / 8]) {
      return bad(offset, "a security descriptor that is something else too");
    }
    security_[offset / 8] = true;
    used_[offset / 8] = true;
    for (const std::size_t link : {std::size_t{4}, std::size_t{8}}) {
      const auto neighbour = cell(u32(sk, link), 20, "a security descriptor");
      if (!neighbour || !has_signature(*neighbour, "sk")) {
        return bad(offset, "the ring of security descriptors is broken");
      }
    }
    return {};
  }

  Verdict subkeys(std::uint32_t list, std::uint32_t count, const Pending& parent,
                  std::vector<Pending>& pending) {
    const auto content = own(list, 4, "a list of subkeys");
    if (!content) {
      return tl::unexpected(content.error());
    }
    std::size_t found = 0;
    if (!has_signature(*content, "ri")) {
      PINHOLE_CHECK(leaf(*content, list, parent, pending, found));
    } else {
      const std::size_t leaves = u16(*content, 2);
      if (4 + leaves * 4 > content->size()) {
        return bad(list, "the list of subkeys leaves its cell");
      }
      for (std::size_t i = 0; i < leaves; ++i) {
        const std::uint32_t offset = u32(*content, 4 + i * 4);
        const auto part = own(offset, 4, "a list of subkeys");
        if (!part) {
          return tl::unexpected(part.error());
        }
        PINHOLE_CHECK(leaf(*part, offset, parent, pending, found));
      }
    }
    return found == count ? Verdict() : bad(parent.offset, "the key miscounts its subkeys");
  }

  // `lf` and `lh` hold a hint or hash beside each offset, `li` none.
  static Verdict leaf(ByteView content, std::uint32_t offset, const Pending& parent,
                      std::vector<Pending>& pending, std::size_t& found) {
    const bool plain = has_signature(content, "li");
    if (!plain && !has_signature(content, "lf") && !has_signature(content, "lh")) {
      return bad(offset, "not a list of subkeys");
    }
    const std::size_t step = plain ? 4 : 8;
    const std::size_t count = u16(content, 2);
    if (4 + count * step > content.size()) {
      return bad(offset, "the list of subkeys leaves its cell");
    }
    for (std::size_t i = 0; i < count; ++i) {
      pending.push_back({u32(content, 4 + i * step), parent.offset, parent.depth + 1});
    }
    found += count;
    return {};
  }

  Verdict values(std::uint32_t count, std::uint32_t list) {
    if (count == 0) {
      return {};
    }
    const auto content = own(list, 4, "a list of values");
    if (!content) {
      return tl::unexpected(content.error());
    }
    if (count > content->size() / 4) {
      return bad(list, "the list of values leaves its cell");
    }
    for (std::size_t i = 0; i < count; ++i) {
      PINHOLE_CHECK(value(u32(*content, i * 4)));
    }
    return {};
  }

  Verdict value(std::uint32_t offset) {
    const auto content = own(offset, 20, "a value");
    if (!content) {
      return tl::unexpected(content.error());
    }
    const ByteView vk = *content;
    const std::size_t length = u16(vk, 2);
    if (!has_signature(vk, "vk") || 20 + length > vk.size()) {
      return bad(offset, "not a value, or its name leaves its cell");
    }
    ++value_count_;
    if (length != 0) {
      PINHOLE_CHECK(name(vk.subspan(20, length), (u16(vk, 16) & kLatinValueName) != 0, offset,
                         Backslash::allowed, kMaxValueName));
    }
    const std::uint32_t size = u32(vk, 4);
    if ((size & kInline) != 0) {
      return (size & ~kInline) <= 4 ? Verdict() : bad(offset, "more than four bytes in place");
    }
    return size == 0 ? Verdict() : data(u32(vk, 8), size);
  }

  Verdict data(std::uint32_t offset, std::size_t size) {
    const auto content = own(offset, 4, "a value's data");
    if (!content) {
      return tl::unexpected(content.error());
    }
    if (size <= content->size()) {
      return {};
    }
    if (minor_ < 4 || size <= kMaxPlainData || content->size() < 8 ||
        !has_signature(*content, "db")) {
      return bad(offset, "a value's data leaves its cell");
    }
    const std::size_t count = u16(*content, 2);
    const std::uint32_t list = u32(*content, 4);
    const auto segments = own(list, count * 4, "a list of segments");
    if (!segments) {
      return tl::unexpected(segments.error());
    }
    std::size_t held = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto segment = own(u32(*segments, i * 4), 4, "a segment");
      if (!segment) {
        return tl::unexpected(segment.error());
      }
      held += std::min(segment->size(), kMaxPlainData);
    }
    return held >= size ? Verdict() : bad(offset, "the segments hold less than the value's data");
  }

  ByteView bins_;
  std::uint32_t minor_;
  std::vector<bool> starts_;    // by offset / 8: an allocated cell starts
  std::vector<bool> used_;      // and is referred to
  std::vector<bool> security_;  // by a key, as its security descriptor
  std::size_t key_count_ = 0;
  std::size_t value_count_ = 0;
};

Verdict check_base_block(ByteView file) {
  const auto bad = [](std::size_t offset, std::string message) {
    return tl::unexpected(Fault{offset, std::move(message)});
  };
  if (!has_signature(file, "regf")) {
    return bad(0, "not a registry hive");
  }
  if (file.size() < kBaseBlock) {
    return bad(file.size(), "the hive's header is cut");
  }
  if (u32(file, 508) != hive_checksum(file)) {
    return bad(508, "the checksum of the hive's header is wrong");
  }
  if (u32(file, 20) != 1 || u32(file, 24) < 2 || u32(file, 24) > 6) {
    return bad(20, fmt::format("a hive of version {}.{}", u32(file, 20), u32(file, 24)));
  }
  if (u32(file, 28) != 0 || u32(file, 32) != 1) {
    return bad(28, "not a primary hive file");
  }
  const std::size_t size = u32(file, 40);
  if (size == 0 || size % 4096 != 0) {
    return bad(40, "a wrong size of the bins");
  }
  if (size > file.size() - kBaseBlock) {
    return bad(file.size(), "the hive is cut");
  }
  return {};
}

}  // namespace

Checked<HiveFacts> check_hive(ByteView file, std::string_view name) {
  const auto refuse = [name](std::size_t offset, std::string message) {
    return failure({"hive-broken",
                    Severity::error,
                    {std::string(name), 0, 0, offset},
                    std::move(message),
                    "restore it from a backup",
                    Exit::usage});
  };
  if (file.size() > kMaxHiveFile) {
    return refuse(kMaxHiveFile, "a hive of more than 512 MiB");
  }
  if (const Verdict verdict = check_base_block(file); !verdict) {
    return refuse(verdict.error().offset, verdict.error().message);
  }
  Walk walk(file.subspan(kBaseBlock, u32(file, 40)), u32(file, 24));
  Verdict verdict = walk.bins();
  if (verdict) {
    verdict = walk.keys(u32(file, 36));
  }
  if (!verdict) {
    return refuse(kBaseBlock + verdict.error().offset, verdict.error().message);
  }
  return HiveFacts{u32(file, 4) != u32(file, 8), u32(file, 24), walk.key_count(),
                   walk.value_count()};
}

}  // namespace pinhole::registry
