// SPDX-License-Identifier: Apache-2.0
#pragma once
// The listing of the Windows resource kit's `rpcdump /i`: for each protocol sequence a header, then
//
//   [endpoint] [interface uuid] annotation :YES
//
// with NO where the endpoint did not answer. Listings reach us through web pages and mail: entries
// run together on one line, U+00A0 stands for spaces, line ends are CRLF or lost. All are read.

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/uuid.hpp"

namespace pinhole::snapshot {

struct RpcdumpEntry {
  std::string protocol_sequence;  // ncacn_ip_tcp
  std::string endpoint;           // a port, a pipe, a name: as between the brackets
  Uuid interface;
  std::string annotation;     // may be empty
  std::optional<bool> alive;  // YES or NO; none where the listing did not ask
  std::uint32_t line = 0;     // where it stood; no part of what it says

  friend bool operator==(const RpcdumpEntry& a, const RpcdumpEntry& b) {
    return std::tie(a.protocol_sequence, a.endpoint, a.interface, a.annotation, a.alive) ==
           std::tie(b.protocol_sequence, b.endpoint, b.interface, b.annotation, b.alive);
  }
};

std::ostream& operator<<(std::ostream& out, const RpcdumpEntry& entry);

/// Every entry in the listing's order, or every fault with its byte offset; `name` is where the
/// text came from. Entries before any header, text that is no entry, and bad UUIDs are faults.
/// UTF-16LE with its byte order mark is read too; offsets are then those of the text as UTF-8.
[[nodiscard]] Checked<std::vector<RpcdumpEntry>> read_rpcdump(std::string_view text,
                                                              std::string_view name);

/// One entry a line under a header for each run of one protocol sequence. Reads back as it was,
/// except for what the form cannot hold: in endpoints and annotations runs of spaces and controls
/// become one space and square brackets round ones, and an annotation that itself ends in `:YES`
/// or `:NO` loses that to an entry without an answer.
[[nodiscard]] std::string write_rpcdump(const std::vector<RpcdumpEntry>& entries);

}  // namespace pinhole::snapshot
