// SPDX-License-Identifier: Apache-2.0
#pragma once
// The JSON of `pinhole dump --format json` (docs/schema/dump.schema.json). Read as it streams by:
// what is kept is what the entries say, and no tree is built of what is nested in nothing.

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/uuid.hpp"

namespace pinhole::snapshot {

struct InterfaceVersion {
  std::uint16_t major = 0;
  std::uint16_t minor = 0;

  friend bool operator==(const InterfaceVersion&, const InterfaceVersion&) = default;
};

struct DumpedEntry {
  Uuid interface;
  std::optional<InterfaceVersion> version;  // none where a listing was dumped, which names none
  Uuid object;                              // nil where there is none
  std::string annotation;
  std::string protocol_sequence;  // ncacn_ip_tcp
  std::string address;            // of the tower; may be empty
  std::string endpoint;           // 59532
  std::string binding;            // ncacn_ip_tcp:10.0.0.5[59532]
  std::optional<bool> alive;      // whether the endpoint answered, where asked
  std::uint32_t line = 0;         // where the entry starts

  friend bool operator==(const DumpedEntry&, const DumpedEntry&) = default;
};

struct DumpedTarget {
  std::string target;                // host:port as asked, or the file read
  std::optional<std::string> error;  // why there are no entries, or not all
  std::vector<DumpedEntry> entries;
  std::uint32_t line = 0;

  friend bool operator==(const DumpedTarget&, const DumpedTarget&) = default;
};

std::ostream& operator<<(std::ostream& out, const DumpedEntry& entry);

/// Every target in order, or every fault (exit 2): `dump-json` with its offset, text that is no
/// JSON or is nested too deep; `dump-schema`, a document that is not of pinhole.dump/1;
/// `dump-field` with the line of its target or entry, a member that is missing or wrong. Members
/// that the schema does not know are passed over.
[[nodiscard]] Checked<std::vector<DumpedTarget>> read_dump_json(std::string_view text,
                                                                std::string_view name);

}  // namespace pinhole::snapshot
