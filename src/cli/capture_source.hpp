// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where trace has its packets from: a file as it is read, or an interface as long as one watches.

#include <chrono>
#include <optional>
#include <string>

#include "base/diagnostic.hpp"
#include "capture/packet.hpp"

namespace pinhole::cli {

struct CaptureEnd {
  std::string cut;            // why a file's reading ended before the file did; empty: it did not
  std::uint64_t dropped = 0;  // packets that an interface lost
};

/// Tells every packet of a pcap or pcapng file; `-` is standard input. A file that is neither, or
/// cannot be read: exit 2. One that is damaged later is told up to there.
[[nodiscard]] Checked<CaptureEnd> read_capture(const std::string& path, capture::PacketSink& sink);

/// Tells every packet of an interface until SIGINT or SIGTERM, or for so long.
[[nodiscard]] Checked<CaptureEnd> watch_interface(const std::string& interface,
                                                  std::optional<std::chrono::seconds> time,
                                                  capture::PacketSink& sink);

}  // namespace pinhole::cli
