// SPDX-License-Identifier: Apache-2.0
#pragma once
// Capture files as they are read: pcap (draft-ietf-opsawg-pcap: both byte orders, microseconds and
// nanoseconds) and pcapng (draft-ietf-opsawg-pcapng: sections, interfaces of any link type,
// enhanced, simple and obsolete packet blocks; other blocks are passed over).
//
// The reader holds no octet of the file: what it does not take is shown to it again, with more
// behind it.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/wire.hpp"
#include "capture/limits.hpp"
#include "capture/packet.hpp"

namespace pinhole::capture {

/// Why the reading ended before the file did. Packets told until then are good.
struct FileFault {
  std::uint64_t offset = 0;  // of the record in the file
  std::string_view what;     // static storage
};

class FileReader {
 public:
  explicit FileReader(const Limits& limits = {}) : limits_(limits) {}

  /// Tells the packets of all whole records at the start of `octets`, and returns how many octets
  /// these are. Fewer than all: show the rest again with at least `wants()` octets in it.
  std::size_t take(ByteView octets, PacketSink& sink);
  /// Octets that the next record needs, as far as known; never more than the limit and a header.
  [[nodiscard]] std::size_t wants() const { return wants_; }
  /// The file is over, and so many octets were not taken.
  void finish(std::size_t left);
  [[nodiscard]] const std::optional<FileFault>& fault() const { return fault_; }

 private:
  enum class Format : std::uint8_t { unknown, pcap, pcapng };
  struct Interface {
    std::uint32_t link = 0;
    std::uint64_t units = 1'000'000;  // of time in a second
    std::int64_t offset = 0;          // seconds
    std::uint32_t snap = 0;           // 0: no limit
  };

  std::size_t begin(ByteView octets);
  std::size_t take_record(ByteView octets, PacketSink& sink);
  std::size_t take_block(ByteView octets, PacketSink& sink);
  std::size_t begin_section(ByteView octets);
  void on_block(std::uint32_t type, ByteView body, PacketSink& sink);
  void on_interface(ByteView body);
  void on_enhanced(ByteView body, PacketSink& sink, bool obsolete);
  void on_simple(ByteView body, PacketSink& sink);
  std::size_t need(std::size_t count);
  std::size_t fail(std::string_view what);

  const Limits limits_;
  Format format_ = Format::unknown;
  ByteOrder order_ = ByteOrder::little;
  std::vector<Interface> interfaces_;  // of a pcap file the one
  std::uint64_t offset_ = 0;
  std::size_t wants_ = 24;
  std::optional<FileFault> fault_;
};

}  // namespace pinhole::capture
