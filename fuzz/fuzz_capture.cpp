// rooms: capture
// SPDX-License-Identifier: Apache-2.0
// A capture file, read in pieces and analysed with small limits: what is held stays within them.
#include <algorithm>

#include "capture/analysis.hpp"
#include "capture/file_reader.hpp"
#include "require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pinhole;
  capture::Limits limits;
  limits.record = 4096;
  limits.datagrams = 4;
  limits.fragments = 4096;
  limits.connections = 8;
  limits.ahead = 1024;
  limits.held = 8192;
  limits.rows = 64;
  limits.answers = 16;
  capture::Analysis analysis(limits);
  capture::FileReader reader(limits);
  const ByteView file = view_of(data, size);
  std::size_t shown = 0;
  std::size_t taken = 0;
  while (shown < file.size() && !reader.fault()) {
    shown = std::min(file.size(), shown + 1 + shown % 97);
    const std::size_t count = reader.take(file.subspan(taken, shown - taken), analysis);
    fuzz::require(count <= shown - taken);
    taken += count;
    // Segments may hold as much, and PDUs may.
    fuzz::require(analysis.held() <= 2 * limits.held);
  }
  if (!reader.fault()) {
    reader.finish(file.size() - taken);
  }
  const capture::Report report = analysis.finish();
  fuzz::require(analysis.held() == 0);
  fuzz::require(report.conversations.size() <= limits.rows);
  fuzz::require(report.answers.size() <= limits.answers);
  for (const capture::Conversation& each : report.conversations) {
    fuzz::require(!each.answer || *each.answer < report.answers.size());
  }
  return 0;
}
