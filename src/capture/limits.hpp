// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an analysis may keep at once: together they bound its memory, whatever the capture's size
// and whoever made it. What does not fit is counted (report.hpp) and told in less detail.

#include <cstddef>
#include <cstdint>

namespace pinhole::capture {

struct Limits {
  std::size_t record = 1U << 20U;      // octets of one packet record or pcapng block
  std::size_t interfaces = 1024;       // described in one section of a pcapng file
  std::size_t datagrams = 1024;        // IP datagrams whose fragments are not all there
  std::size_t fragments = 16U << 20U;  // octets of these
  std::size_t connections = 32768;     // TCP connections followed at once: the oldest ends
  std::size_t ahead = 1U << 20U;       // octets of one direction that wait for what is missing
  std::size_t held = 128U << 20U;      // octets that all connections hold together
  std::size_t rows = 500'000;          // conversations, their interfaces and operations together
  std::size_t answers = 65536;         // of mappers
  std::int64_t idle_seconds = 3600;    // without a packet a connection ends
};

}  // namespace pinhole::capture
