// SPDX-License-Identifier: Apache-2.0
#include "capture/file_reader.hpp"

#include <algorithm>

namespace pinhole::capture {
namespace {

constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kRecordHeader = 16;
constexpr std::size_t kBlockHeader = 12;  // type, length, and the length again at the end
constexpr std::uint32_t kSection = 0x0a0d0d0a;
constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kOrderMagic = 0x1a2b3c4d;

constexpr std::uint32_t kInterfaceBlock = 1;
constexpr std::uint32_t kObsoletePacketBlock = 2;
constexpr std::uint32_t kSimplePacketBlock = 3;
constexpr std::uint32_t kEnhancedPacketBlock = 6;

constexpr std::uint16_t kOptionEnd = 0;
constexpr std::uint16_t kResolution = 9;
constexpr std::uint16_t kTimeOffset = 14;

std::uint32_t number(ByteView octets, std::size_t at, ByteOrder order) {
  ByteReader in(octets.subspan(at, 4), order);
  return in.u32("number");
}

/// if_tsresol: a power of ten, or of two where the highest bit is set; 0 where it is absurd.
std::uint64_t units_of(std::uint8_t resolution) {
  const unsigned power = resolution & 0x7fU;
  if ((resolution & 0x80U) != 0) {
    return power < 63 ? std::uint64_t{1} << power : 0;
  }
  std::uint64_t units = 1;
  for (unsigned i = 0; i < power; ++i) {
    units *= 10;
  }
  return power < 19 ? units : 0;
}

/// Without overflow, whatever the file says: times beyond what fits become 0.
Time time_of(std::uint64_t ticks, std::uint64_t units, std::int64_t offset) {
  const std::uint64_t whole = ticks / units;
  constexpr std::int64_t kMost = 9'000'000'000;
  if (whole > static_cast<std::uint64_t>(kMost) || offset > kMost || offset < -kMost) {
    return 0;
  }
  const std::int64_t seconds = static_cast<std::int64_t>(whole) + offset;
  if (seconds < 0 || seconds > kMost) {
    return 0;
  }
  const double part = static_cast<double>(ticks % units) / static_cast<double>(units);
  const std::uint64_t nanoseconds =
      units <= static_cast<std::uint64_t>(kSecond)
          ? (ticks % units) * static_cast<std::uint64_t>(kSecond) / units
          : static_cast<std::uint64_t>(part * 1e9);
  return seconds * kSecond + static_cast<Time>(nanoseconds);
}

}  // namespace

std::size_t FileReader::need(std::size_t count) {
  wants_ = count;
  return 0;
}

std::size_t FileReader::fail(std::string_view what) {
  if (!fault_) {
    fault_ = FileFault{offset_, what};
  }
  return 0;
}

std::size_t FileReader::take(ByteView octets, PacketSink& sink) {
  std::size_t taken = 0;
  while (!fault_) {
    const ByteView rest = octets.subspan(taken);
    std::size_t size = 0;
    switch (format_) {
      case Format::unknown:
        size = begin(rest);
        break;
      case Format::pcap:
        size = take_record(rest, sink);
        break;
      case Format::pcapng:
        size = take_block(rest, sink);
        break;
    }
    if (size == 0) {
      break;
    }
    taken += size;
    offset_ += size;
  }
  return taken;
}

void FileReader::finish(std::size_t left) {
  if (left != 0) {
    fail("the file ends inside a record");
  } else if (format_ == Format::unknown) {
    fail("the file is empty");
  }
}

std::size_t FileReader::begin(ByteView octets) {
  if (octets.size() < kFileHeader) {
    return need(kFileHeader);
  }
  if (number(octets, 0, ByteOrder::little) == kSection) {
    format_ = Format::pcapng;
    return begin_section(octets);
  }
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    const std::uint32_t magic = number(octets, 0, order);
    if (magic == kMicroseconds || magic == kNanoseconds) {
      format_ = Format::pcap;
      order_ = order;
      Interface only;
      only.units = magic == kNanoseconds ? static_cast<std::uint64_t>(kSecond) : 1'000'000;
      // The upper half says how long a frame check sequence is.
      only.link = number(octets, 20, order) & 0xffffU;
      interfaces_ = {only};
      return kFileHeader;
    }
  }
  const bool compressed = (number(octets, 0, ByteOrder::big) >> 16U) == 0x1f8b;
  return fail(compressed ? "the file is compressed with gzip" : "neither pcap nor pcapng");
}

std::size_t FileReader::take_record(ByteView octets, PacketSink& sink) {
  if (octets.size() < kRecordHeader) {
    return need(kRecordHeader);
  }
  ByteReader in(octets.first(kRecordHeader), order_);
  const std::uint32_t seconds = in.u32("seconds");
  const std::uint32_t part = in.u32("fraction");
  const std::uint32_t kept = in.u32("captured length");
  const std::uint32_t size = in.u32("original length");
  if (kept > limits_.record) {
    return fail("a packet is longer than the limit");
  }
  if (octets.size() < kRecordHeader + kept) {
    return need(kRecordHeader + kept);
  }
  const Interface& only = interfaces_.front();
  const Time within = static_cast<Time>(part) * (kSecond / static_cast<Time>(only.units));
  sink.on_packet({static_cast<Time>(seconds) * kSecond + within, only.link,
                  std::max<std::uint64_t>(size, kept), octets.subspan(kRecordHeader, kept)});
  return kRecordHeader + kept;
}

std::size_t FileReader::begin_section(ByteView octets) {
  if (octets.size() < kBlockHeader) {
    return need(kBlockHeader);
  }
  if (number(octets, 8, ByteOrder::little) == kOrderMagic) {
    order_ = ByteOrder::little;
  } else if (number(octets, 8, ByteOrder::big) == kOrderMagic) {
    order_ = ByteOrder::big;
  } else {
    return fail("a section header without its byte order");
  }
  const std::uint32_t length = number(octets, 4, order_);
  if (length < 28 || length % 4 != 0 || length > limits_.record) {
    return fail("a section header of no possible length");
  }
  if (octets.size() < length) {
    return need(length);
  }
  interfaces_.clear();
  return length;
}

std::size_t FileReader::take_block(ByteView octets, PacketSink& sink) {
  if (octets.size() < kBlockHeader) {
    return need(kBlockHeader);
  }
  const std::uint32_t type = number(octets, 0, order_);
  if (type == kSection) {
    return begin_section(octets);
  }
  const std::uint32_t length = number(octets, 4, order_);
  if (length < kBlockHeader || length % 4 != 0) {
    return fail("a block of no possible length");
  }
  if (length > limits_.record) {
    return fail("a block is longer than the limit");
  }
  if (octets.size() < length) {
    return need(length);
  }
  if (number(octets, length - 4, order_) != length) {
    return fail("a block's two lengths differ");
  }
  on_block(type, octets.subspan(8, length - kBlockHeader), sink);
  return fault_ ? 0 : length;
}

void FileReader::on_block(std::uint32_t type, ByteView body, PacketSink& sink) {
  switch (type) {
    case kInterfaceBlock:
      on_interface(body);
      break;
    case kEnhancedPacketBlock:
    case kObsoletePacketBlock:
      on_enhanced(body, sink, type == kObsoletePacketBlock);
      break;
    case kSimplePacketBlock:
      on_simple(body, sink);
      break;
    default:
      break;
  }
}

void FileReader::on_interface(ByteView body) {
  ByteReader in(body, order_);
  Interface made;
  made.link = in.u16("link type");
  in.skip(2, "reserved");
  made.snap = in.u32("snapshot length");
  if (!in.ok() || interfaces_.size() >= limits_.interfaces) {
    fail(in.ok() ? "more interfaces than the limit" : "an interface block that is too short");
    return;
  }
  while (in.remaining() >= 4) {
    const std::uint16_t code = in.u16("option");
    const std::uint16_t length = in.u16("option length");
    ByteReader value(in.take(std::min<std::size_t>((length + 3U) & ~3U, in.remaining()), "option"),
                     order_);
    if (code == kOptionEnd) {
      break;
    }
    if (code == kResolution && length == 1) {
      made.units = units_of(value.u8("if_tsresol"));
    } else if (code == kTimeOffset && length == 8) {
      made.offset = static_cast<std::int64_t>(value.u64("if_tsoffset"));
    }
  }
  if (made.units == 0) {
    fail("an interface with an absurd resolution of time");
    return;
  }
  interfaces_.push_back(made);
}

void FileReader::on_enhanced(ByteView body, PacketSink& sink, bool obsolete) {
  ByteReader in(body, order_);
  std::uint32_t id = 0;
  if (obsolete) {
    id = in.u16("interface");
    in.skip(2, "drops");
  } else {
    id = in.u32("interface");
  }
  const std::uint64_t high = in.u32("time");
  const std::uint64_t ticks = (high << 32U) | in.u32("time");
  const std::uint32_t kept = in.u32("captured length");
  const std::uint32_t size = in.u32("original length");
  const ByteView octets = in.take(kept, "packet");
  if (!in.ok()) {
    fail("a packet block shorter than its packet");
  } else if (id >= interfaces_.size()) {
    fail("a packet of an interface that is not described");
  } else {
    const Interface& on = interfaces_[id];
    sink.on_packet({time_of(ticks, on.units, on.offset), on.link,
                    std::max<std::uint64_t>(size, kept), octets});
  }
}

void FileReader::on_simple(ByteView body, PacketSink& sink) {
  ByteReader in(body, order_);
  const std::uint32_t size = in.u32("original length");
  if (!in.ok() || interfaces_.empty()) {
    fail("a packet of an interface that is not described");
    return;
  }
  const Interface& on = interfaces_.front();
  std::size_t kept = std::min<std::size_t>(size, in.remaining());
  if (on.snap != 0) {
    kept = std::min<std::size_t>(kept, on.snap);
  }
  sink.on_packet({0, on.link, size, in.take(kept, "packet")});
}

}  // namespace pinhole::capture
