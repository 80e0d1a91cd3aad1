// rooms: snapshot
// SPDX-License-Identifier: Apache-2.0
// A netstat listing from anywhere: sockets in the order of their lines, and the same ones once
// line ends are Windows'.
#include <cstdlib>

#include "base/bytes.hpp"
#include "snapshot/netstat.hpp"

using namespace pinhole;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(view_of(data, size));
  const auto sockets = snapshot::read_netstat(text, "input");
  if (!sockets) {
    return sockets.error().empty() ? std::abort(), 0 : 0;
  }
  std::uint32_t line = 0;
  for (const auto& socket : *sockets) {
    if (socket.line <= line || (socket.udp && socket.state != snapshot::SocketState::none)) {
      std::abort();
    }
    line = socket.line;
  }
  if (text.starts_with("\xff\xfe") || text.find('\r') != std::string_view::npos) {
    return 0;
  }
  std::string windows;
  for (const char c : text) {
    windows += c == '\n' ? "\r\n" : std::string(1, c);
  }
  if (snapshot::read_netstat(windows, "input") != sockets) {
    std::abort();
  }
  return 0;
}
